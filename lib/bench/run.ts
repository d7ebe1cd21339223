/** This file runs the scenarios of the bench one after another, each in fresh processes, and makes the report. */
import { median } from '../observe/statistics.ts'
import { failover, idle, start } from './events.ts'
import { describeMachine } from './machine.ts'
import {
  type BenchProfile,
  type BenchReport,
  type BenchRow,
  type Contestant,
  type OtherSystem,
  type ScenarioName,
  withRatios,
} from './rows.ts'
import type { ScenarioResult, ScenarioSetup } from './scenario.ts'
import { type Servers, withServers } from './servers.ts'
import { contended, distinct64, first, reacquire } from './timed.ts'

/** What to measure. */
export interface BenchOptions {
  readonly scenarios: readonly ScenarioName[]
  /** For every scenario; absent: each scenario's own. */
  readonly algorithms: readonly string[] | undefined
  /** Absent: each scenario's own. */
  readonly processes: readonly number[] | undefined
  /** What Holdfast is compared with beside the floor. */
  readonly against: readonly OtherSystem[]
  /** How long each contestant is measured. */
  readonly seconds: number
  /** How long each contestant is warmed up, at most. */
  readonly warmUpSeconds: number
  /** A folder for CPU profiles and their flame graphs; absent: none are taken. */
  readonly profileFolder: string | undefined
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
  distinct64: { measure: distinct64, algorithms: ['home-queue'], processes: [3] },
  contended: {
    measure: contended,
    algorithms: ['home-queue', 'token-ring', 'carvalho-roucairol', 'ricart-agrawala'],
    processes: [5],
  },
  failover: { measure: failover, algorithms: ['home-queue'], processes: [5] },
  idle: { measure: idle, algorithms: ['home-queue'], processes: [5] },
  start: { measure: start, algorithms: ['home-queue'], processes: [5] },
}

/**
 * Measures one scenario after another, each in fresh processes.
 *
 * @param progress told what is being measured
 */
export function runBench(options: BenchOptions, progress: (text: string) => void): Promise<BenchReport> {
  return withServers(options.against, progress, (servers) => runScenarios(options, servers, progress))
}

async function runScenarios(options: BenchOptions, servers: Servers, progress: (text: string) => void): Promise<BenchReport> {
  const rows: BenchRow[] = []
  const profiles: BenchProfile[] = []
  const ws: number[] = []
  for (const name of options.scenarios) {
    const scenario = scenarios[name]
    for (const processes of options.processes ?? scenario.processes) {
      const measured = await scenario.measure({
        contestants: contestantsOf(name, options.algorithms ?? scenario.algorithms, servers.rivals),
        processes,
        servers,
        profileFolder: options.profileFolder,
        forMs: options.seconds * 1000,
        warmUpMs: options.warmUpSeconds * 1000,
        progress: (text) => progress(`${name}, ${processes} processes: ${text}`),
      })
      for (const row of measured.rows) rows.push(row)
      for (const profile of measured.profiles) profiles.push(profile)
      for (const ms of measured.wsMs) ws.push(ms)
    }
  }
  return {
    machine: describeMachine(),
    wsRttMs: significant(median(ws)),
    rows: withRatios(rows).map(rounded),
    profiles: profiles.map(rounded),
  }
}

/** The floor, Holdfast with each algorithm, and the rivals that have the scenario; `idle` is measured for both ways to join. */
function contestantsOf(
  scenario: ScenarioName,
  algorithms: readonly string[],
  rivals: readonly OtherSystem[],
): readonly Contestant[] {
  const nodes = algorithms.map((algorithm): Contestant => ({ system: 'holdfast', algorithm }))
  const floor: Contestant = { system: 'floor' }
  if (scenario === 'failover' || scenario === 'start') return [floor, ...nodes]
  if (scenario === 'idle') {
    const joins = ['local', 'list'] as const
    return [floor, ...nodes.flatMap((node) => joins.map((join) => ({ ...node, join })))]
  }
  // Its locks are those of one process.
  const fitting = rivals.filter((rival) => rival !== 'async-mutex' || scenario === 'reacquire')
  return [floor, ...nodes, ...fitting.map((system) => ({ system }))]
}

/** Numbers with their significant digits, also those within. */
function rounded<Value>(value: Value): Value {
  if (typeof value === 'number') return significant(value) as Value
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(rounded) as Value
  return Object.fromEntries(Object.entries(value).map(([key, each]: [string, unknown]) => [key, rounded(each)])) as Value
}

function significant(value: number): number {
  return Number.isFinite(value) ? Number(value.toPrecision(4)) : value
}
