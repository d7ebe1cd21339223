/** This file measures the timed scenarios, in which processes acquire and release, and makes their rows. */
import { largest, percentile, sorted, sum } from '../observe/statistics.ts'
import { contention } from './contention.ts'
import { type Group, withGroups } from './group.ts'
import { type MeasuredPhase, takeSlice, warm } from './phases.ts'
import { profiled } from './profile/profiling.ts'
import { type BenchProfile, type BenchRow, labelOf, type TimedScenario, unmeasuredRow } from './rows.ts'
import { type ScenarioResult, type ScenarioSetup, WsSamples } from './scenario.ts'

/** The node that had a lock last acquires and releases it again and again. */
export const reacquire = timed('reacquire')
/** Names that no node used before, one after the other, at one node. */
export const first = timed('first')
/** Each process asks for 64 names at once that no node used before, again and again. */
export const distinct64 = timed('distinct64')
/** Every process asks for one lock again as soon as it has released it. */
export const contended = timed('contended')

function timed(scenario: TimedScenario): (setup: ScenarioSetup) => Promise<ScenarioResult> {
  return (setup) =>
    withGroups(setup.processes, setup.servers, async (open) => {
      const groups: Group[] = []
      const measured: MeasuredPhase[] = []
      for (const contestant of setup.contestants) {
        setup.progress(`${labelOf(contestant)}, cold`)
        const group = await open(contestant)
        const slice = await takeSlice(group, scenario, Math.min(1000, setup.forMs))
        groups.push(group)
        measured.push({ group, phase: 'cold', slices: [slice], steadyAfterSec: null })
      }
      setup.progress('warm')
      const ws = new WsSamples(groups)
      await ws.warmUp()
      measured.push(...(await warm(groups, scenario, setup, () => ws.take())))
      const profiles: BenchProfile[] = []
      if (setup.profileFolder !== undefined) {
        setup.progress('profiles')
        for (const group of groups)
          profiles.push(await profiled(group, scenario, setup.profileFolder, () => takeSlice(group, scenario, setup.forMs)))
      }
      return { rows: measured.map((each) => rowOf(each, scenario, setup.processes, ws.medianMs)), wsMs: ws.all, profiles }
    })
}

function rowOf(
  { group, phase, slices, steadyAfterSec }: MeasuredPhase,
  scenario: TimedScenario,
  processes: number,
  wsMs: number,
): BenchRow {
  const { contestant } = group
  const times = scenario === 'contended' ? handoffs(slices) : rounds(slices)
  const messages = contestant.system === 'holdfast' ? sum(slices.map((slice) => slice.lockMessages)) : null
  const costs = {
    messagesPerEntry: forEach(times.entries, messages),
    cpuUsPerGrant: forEach(times.entries, sum(slices.map((slice) => slice.cpuUs))),
    serverCpuUsPerGrant: forEach(times.entries, sumOrNull(slices.map((slice) => slice.serverCpuUs))),
    rssMb: largest(slices.map((slice) => slice.rssMb)),
  }
  const { entries: _, ...shown } = times
  return {
    ...unmeasuredRow,
    ...contestant,
    scenario,
    processes,
    phase,
    steadyAfterSec,
    ...shown,
    ratioToWs: times.p50Ms / wsMs,
    ...costs,
  }
}

function forEach(entries: number, spent: number | null): number | null {
  return spent === null || entries === 0 ? null : spent / entries
}

function sumOrNull(values: readonly (number | null)[]): number | null {
  return values.reduce((total, each) => (total === null || each === null ? null : total + each), 0)
}

type Slices = MeasuredPhase['slices']

function handoffs(slices: Slices) {
  const windows = slices.map(({ logs, fromMs, untilMs }) => ({
    logs: logs.flatMap((log) => log.contention ?? []),
    fromMs,
    untilMs,
  }))
  const { handoffP50Ms: p50Ms, handoffP99Ms: p99Ms, ...rest } = contention(windows)
  return { p50Ms, p99Ms, ...rest }
}

function rounds(slices: Slices) {
  const logs = slices.flatMap((slice) => slice.logs)
  const ascending = sorted(logs.flatMap(({ ms }) => [...ms]))
  const entries = sum(logs.map((log) => log.entries))
  return {
    entries,
    perSec: entries / (sum(slices.map(({ fromMs, untilMs }) => untilMs - fromMs)) / 1000),
    p50Ms: percentile(ascending, 50),
    p99Ms: percentile(ascending, 99),
  }
}
