/**
 * This file takes groups of processes through the phases of a timed scenario: cold, the warm-up, and warm. The groups take turns
 * of one second, because on a busy machine minutes differ more than systems do.
 */
import { callAll } from '../children/child.ts'
import { sharedNowMs } from '../mesh/shared-clock.ts'
import { largest } from '../observe/statistics.ts'
import type { Group, GroupUsage } from './group.ts'
import type { WorkLog } from './protocol.ts'
import type { BenchPhase, TimedScenario } from './rows.ts'

/** What one group did and spent in one slice of time. */
export interface Slice {
  readonly logs: readonly WorkLog[]
  readonly fromMs: number
  readonly untilMs: number
  readonly cpuUs: number
  readonly serverCpuUs: number | null
  readonly lockMessages: number
  readonly rssMb: number
}

/** The slices of one group in one phase. */
export interface MeasuredPhase {
  readonly group: Group
  readonly phase: BenchPhase
  readonly slices: readonly Slice[]
  readonly steadyAfterSec: number | null
}

/** How long the phases take. */
export interface PhaseTimes {
  /** Of the measurement of each group, when it is warm. */
  readonly forMs: number
  /** Of the warm-up of each group, at most. */
  readonly warmUpMs: number
}

const steadySeconds = 3
const steadyWithin = 0.05

/** Whether the latest three rates agree within 5 %. */
export function isSteady(rates: readonly number[]): boolean {
  const latest = rates.slice(-steadySeconds)
  return latest.length === steadySeconds && latest.every((rate) => rate >= largest(latest) * (1 - steadyWithin))
}

/** Works for one slice of time and measures what it costs. */
export async function takeSlice(group: Group, scenario: TimedScenario, lengthMs: number): Promise<Slice> {
  const isAlone = scenario === 'reacquire' || scenario === 'first'
  const workers = isAlone ? [group.first] : group.processes
  const before = await group.usage()
  const fromMs = sharedNowMs() + (isAlone ? 0 : 50 + 2 * workers.length)
  const untilMs = fromMs + lengthMs
  const logs = await callAll(workers, 'work', scenario, fromMs, untilMs)
  return { logs, fromMs, untilMs, ...spent(before, await group.usage()) }
}

/**
 * Warms the groups up and measures them.
 *
 * @param between is called between the rounds of the measurement
 */
export async function warm(
  groups: readonly Group[],
  scenario: TimedScenario,
  { forMs, warmUpMs }: PhaseTimes,
  between: () => Promise<void>,
): Promise<MeasuredPhase[]> {
  const sliceMs = Math.min(1000, forMs)
  const states = groups.map((group) => ({ group, rates: [] as number[], slices: [] as Slice[] }))
  for (let usedMs = sliceMs; usedMs <= warmUpMs; usedMs += sliceMs) {
    const unsteady = states.filter(({ rates }) => !isSteady(rates))
    if (unsteady.length === 0) break
    for (const { group, rates } of unsteady) rates.push(rateOf(await takeSlice(group, scenario, sliceMs)))
  }
  for (let usedMs = 0; usedMs < forMs; usedMs += sliceMs) {
    for (const { group, slices } of states) slices.push(await takeSlice(group, scenario, sliceMs))
    await between()
  }
  return states.map(({ group, rates, slices }) => ({
    group,
    phase: 'warm',
    slices,
    steadyAfterSec: isSteady(rates) ? (rates.length * sliceMs) / 1000 : null,
  }))
}

/** Entries a second, all processes together. */
function rateOf({ logs, fromMs, untilMs }: Slice): number {
  return logs.reduce((sum, log) => sum + log.entries, 0) / (untilMs - fromMs)
}

function spent(before: GroupUsage, after: GroupUsage): Pick<Slice, 'cpuUs' | 'serverCpuUs' | 'lockMessages' | 'rssMb'> {
  return {
    cpuUs: after.cpuUs - before.cpuUs,
    serverCpuUs: after.serverCpuUs === null || before.serverCpuUs === null ? null : after.serverCpuUs - before.serverCpuUs,
    lockMessages: after.lockMessages - before.lockMessages,
    rssMb: after.rssMb,
  }
}
