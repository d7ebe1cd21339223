/**
 * This file declares the result of `holdfast bench`. Times are milliseconds; a value that a scenario does not measure is null.
 */
export interface BenchReport {
  readonly machine: Machine
  /** The median round trip of the bare `ws` package between two processes, over all scenarios of this run. */
  readonly wsRttMs: number
  readonly rows: readonly BenchRow[]
}

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGb: number
  readonly platform: string
  readonly node: string
}

export type System = 'holdfast' | 'floor'
export type ScenarioName = 'reacquire' | 'first' | 'contended' | 'failover'

/** One system in one scenario. */
export interface BenchRow {
  readonly system: System
  readonly algorithm?: string
  readonly scenario: ScenarioName
  readonly processes: number
  /** Acquire and release pairs a second, all processes together; of the floor, rounds. */
  readonly perSec: number
  /**
   * `reacquire`: one pair. `first`: from asking to having. `contended`: from a release to the grant at the next process.
   * `failover`: from `kill -9` of the holder to the grant at another process.
   */
  readonly p50Ms: number
  /** Only in `failover`. */
  readonly p95Ms?: number
  readonly p99Ms: number
  /** `p50Ms` against the round trip of bare `ws`, measured between the same processes in the same minute. */
  readonly ratioToWs: number
  /** `p50Ms` against that of the floor, whose rounds alternated with these: only in `first`. */
  readonly ratioToFloor: number | null
  /** Jain's index of the processes' entries: 1 when all are equal. */
  readonly jain: number | null
  readonly longestWaitMs: number | null
  /** The share of entries whose process had entered just before. */
  readonly sameHolderAgain: number | null
  /** Messages of locks sent for one entry, all processes together. */
  readonly messagesPerEntry: number | null
  /** Processor time of all processes for one entry, in microseconds. */
  readonly cpuUsPerGrant: number | null
  /** The largest resident memory of a process, in megabytes. */
  readonly rssMb: number
}
