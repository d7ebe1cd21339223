/** This file runs the scenarios of the bench one after another, each in fresh processes, and makes the report. */
import { median } from '../observe/statistics.ts'
import { describeMachine } from './machine.ts'
import type { BenchReport, BenchRow, ScenarioName } from './rows.ts'
import { contended, failover, first, type ScenarioResult, type ScenarioSetup, reacquire } from './scenarios.ts'

/** What to measure. */
export interface BenchOptions {
  readonly scenarios: readonly ScenarioName[]
  /** For every scenario; absent: each scenario's own. */
  readonly algorithms: readonly string[] | undefined
  /** Absent: each scenario's own. */
  readonly processes: readonly number[] | undefined
  /** How long each measurement takes. */
  readonly seconds: number
}

interface Scenario {
  readonly measure: (setup: ScenarioSetup) => Promise<ScenarioResult>
  readonly algorithms: readonly string[]
  readonly processes: readonly number[]
}

/** The scenarios, each with its algorithms and numbers of processes. */
export const scenarios: Readonly<Record<ScenarioName, Scenario>> = {
  reacquire: { measure: reacquire, algorithms: ['home-queue'], processes: [5] },
  first: { measure: first, algorithms: ['home-queue', 'carvalho-roucairol'], processes: [3, 5] },
  contended: {
    measure: contended,
    algorithms: ['home-queue', 'token-ring', 'carvalho-roucairol', 'ricart-agrawala'],
    processes: [5],
  },
  failover: { measure: failover, algorithms: ['home-queue'], processes: [5] },
}

/**
 * Measures one scenario after another, each in fresh processes.
 *
 * @param progress told what is being measured
 */
export async function runBench(options: BenchOptions, progress: (text: string) => void): Promise<BenchReport> {
  const rows: BenchRow[] = []
  const ws: number[] = []
  for (const name of options.scenarios) {
    const scenario = scenarios[name]
    for (const processes of options.processes ?? scenario.processes) {
      for (const algorithm of options.algorithms ?? scenario.algorithms) {
        progress(`${name}: ${processes} processes, ${algorithm}`)
        const measured = await scenario.measure({ algorithm, processes, forMs: options.seconds * 1000 })
        rows.push(...measured.rows)
        ws.push(...measured.wsMs)
      }
    }
  }
  return { machine: describeMachine(), wsRttMs: median(ws), rows: rows.map(roundedRow) }
}

/** Numbers with their significant digits. */
function roundedRow(row: BenchRow): BenchRow {
  return Object.fromEntries(
    Object.entries(row).map(([key, value]: [string, unknown]) => [key, typeof value === 'number' ? significant(value) : value]),
  ) as unknown as BenchRow
}

function significant(value: number): number {
  return Number.isFinite(value) ? Number(value.toPrecision(4)) : value
}
