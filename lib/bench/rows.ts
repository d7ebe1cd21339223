/**
 * This file declares the result of `holdfast bench`. Times are milliseconds; a value that a scenario does not measure is null.
 */
import type { SelfTime } from './profile/call-tree.ts'

export interface BenchReport {
  readonly machine: Machine
  /** The median round trip of the bare `ws` package between two processes, over all scenarios of this run. */
  readonly wsRttMs: number
  readonly rows: readonly BenchRow[]
  /** One for each system of each scenario; empty unless profiles were asked for. */
  readonly profiles: readonly BenchProfile[]
}

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGb: number
  readonly platform: string
  readonly node: string
}

/** What Holdfast is compared with. */
export const rivals = ['async-mutex', 'postgres-advisory', 'redis', 'redis-queue'] as const
export type OtherSystem = (typeof rivals)[number]
export type System = 'holdfast' | 'floor' | OtherSystem
/** The scenarios whose rows come twice: cold and warm. */
export type TimedScenario = 'reacquire' | 'first' | 'distinct64' | 'contended'
export type ScenarioName = TimedScenario | 'failover' | 'idle' | 'start'
/** `cold`: the first second after all processes are in. `warm`: after the warm-up. */
export type BenchPhase = 'cold' | 'warm'
/** How the processes found each other: on one host, or by a list of addresses. */
export type Join = 'local' | 'list'

/** What is measured beside the others of a scenario: one system, with one algorithm if it has several. */
export interface Contestant {
  readonly system: System
  readonly algorithm?: string
  readonly join?: Join
}

/** One contestant in one scenario. */
export interface BenchRow extends Contestant {
  readonly scenario: ScenarioName
  readonly processes: number
  /** Null in scenarios that have no phases. */
  readonly phase: BenchPhase | null
  /**
   * Of a warm row: the seconds of work until three seconds in a row agreed within 5 %. Null if they did not agree within the
   * warm-up: then the row may not show the system at its full speed. Null in all other rows.
   */
  readonly steadyAfterSec: number | null
  /** Acquire and release pairs a second, all processes together; of the floor, rounds or hops. */
  readonly perSec: number | null
  /**
   * `reacquire`: one pair. `first`: from the request to the grant. `distinct64`: from 64 requests to the last grant. `contended`:
   * from a release to the grant at the next process. `failover`: from `kill -9` of the holder to the grant at another process.
   * `start`: `createNode`.
   */
  readonly p50Ms: number | null
  /** Only in `failover` and `start`. */
  readonly p95Ms: number | null
  readonly p99Ms: number | null
  /** `p50Ms` against the round trip of bare `ws`, measured between the slices of this scenario. */
  readonly ratioToWs: number | null
  /** This row against the others of the same scenario, size and phase, by `labelOf` them. */
  readonly ratios: Readonly<Record<string, Ratio>>
  /** Jain's index of the processes' entries: 1 when all are equal. */
  readonly jain: number | null
  readonly longestWaitMs: number | null
  /** The share of entries whose process had entered just before. */
  readonly sameHolderAgain: number | null
  /** Messages of locks sent for one entry, all processes together. */
  readonly messagesPerEntry: number | null
  /** Processor time of all processes for one entry, in microseconds, without that of a server. */
  readonly cpuUsPerGrant: number | null
  /** The same of the server; null if the system has none. */
  readonly serverCpuUsPerGrant: number | null
  /** Only in `idle`: the share of one core that a process takes, on average. */
  readonly cpuPercent: number | null
  /** Only in `idle`, on Linux: what a process reads and writes, on average. */
  readonly bytesPerSec: number | null
  /** The largest resident memory of a process, in megabytes. */
  readonly rssMb: number
}

/**
 * Where the time of one contestant's processes went, while they worked once more after the measurement: in `failover` of those that
 * stay, in `start` of the newcomer.
 */
export interface BenchProfile extends Contestant {
  readonly scenario: ScenarioName
  readonly processes: number
  /** The pictures, one for each process. The profiles are beside them and end in `.cpuprofile`. */
  readonly flameGraphs: readonly string[]
  /** The time that the profiler saw the processes at work, all together. It counts the time in which a process waits for a core. */
  readonly busyMs: number
  /** The functions that took most of it themselves, in all processes. */
  readonly top: readonly (SelfTime & { readonly share: number })[]
}

/** One row against another, by what both measured. */
export interface Ratio {
  /** Above 1: this row did more in a second. */
  readonly perSec: number | null
  /** Below 1: this row was faster at the median. */
  readonly p50: number | null
}

/** What no scenario measures unless it says so. */
export const unmeasuredRow = {
  phase: null,
  steadyAfterSec: null,
  perSec: null,
  p50Ms: null,
  p95Ms: null,
  p99Ms: null,
  ratioToWs: null,
  ratios: {},
  jain: null,
  longestWaitMs: null,
  sameHolderAgain: null,
  messagesPerEntry: null,
  cpuUsPerGrant: null,
  serverCpuUsPerGrant: null,
  cpuPercent: null,
  bytesPerSec: null,
} as const

/** The name of a contestant, which is unique among those of one scenario. */
export function labelOf({ system, algorithm, join }: Contestant): string {
  return `${algorithm ?? system}${join === 'list' ? ' (join list)' : ''}`
}

/** The rows, each with its ratios to the others of the same scenario, size and phase. */
export function withRatios(rows: readonly BenchRow[]): BenchRow[] {
  return rows.map((row) => {
    const peers = rows.filter(
      (each) => each !== row && each.scenario === row.scenario && each.processes === row.processes && each.phase === row.phase,
    )
    const ratios = peers.map((peer): [string, Ratio] => [
      labelOf(peer),
      { perSec: quotient(row.perSec, peer.perSec), p50: quotient(row.p50Ms, peer.p50Ms) },
    ])
    return { ...row, ratios: Object.fromEntries(ratios) }
  })
}

function quotient(a: number | null, b: number | null): number | null {
  return a === null || b === null || b === 0 ? null : a / b
}
