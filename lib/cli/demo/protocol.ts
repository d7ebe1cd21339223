/**
 * This file declares the calls of the demo's parent to its workers, and the workers' reports. Times are milliseconds of the
 * monotonic clock that all processes of one machine share, so that the parent can order the reports.
 */

/** What a worker is told when it is started. */
export interface Assignment {
  /** Shown to people: `w1`, `w2`, … */
  readonly worker: string
  /** Where the ledger is. */
  readonly ledger: string
  /** False: no lock is taken, to show what happens then. */
  readonly locked: boolean
  readonly cluster: string
  readonly directory: string
  readonly algorithm?: string
  readonly clock?: 'hlc' | 'lamport'
  /** How long a worker counts its money between reading the ledger and writing it. */
  readonly workMs: number
  /** The longest pause between two entries; each is drawn at random. */
  readonly thinkMs: number
}

/** The calls of a worker. */
export interface DemoCalls {
  /** Joins, and moves money until `stop`. Resolves when the worker has left. */
  work(assignment: Assignment): void
  /** At its next entry the worker stands still in the middle of a transfer, and reports it: it will be killed. */
  standStill(): void
  /** The worker finishes its present entry, and leaves. */
  stop(): void
}

export type WorkerState = 'joining' | 'thinking' | 'waiting' | 'inside' | 'leaving'

/** From then on a worker was in that state. */
export interface Transition {
  readonly atMs: number
  readonly state: WorkerState
}

/** One grant. */
export interface Grant {
  readonly atMs: number
  readonly waitedMs: number
  /** Decimal; absent in a run without locks. */
  readonly fence?: string
}

/** What the ledger noticed while this worker used it. */
export type Incident =
  | { readonly type: 'overlap'; readonly atMs: number; readonly otherPid: number }
  | { readonly type: 'lostUpdates'; readonly atMs: number; readonly count: number }
  | { readonly type: 'fenceRegression'; readonly atMs: number; readonly fence: string; readonly stored: string }
  | { readonly type: 'finishedForOther'; readonly atMs: number; readonly carrierPid: number; readonly amount: number }
  | { readonly type: 'lost'; readonly atMs: number; readonly reason: string }

/** From a worker. */
export type WorkerReport =
  | { readonly type: 'joined'; readonly node: string }
  | { readonly type: 'view'; readonly epoch: number; readonly members: readonly string[] }
  | { readonly type: 'news'; readonly atMs: number; readonly text: string }
  | {
      readonly type: 'work'
      readonly transitions: readonly Transition[]
      readonly entries: readonly Grant[]
      readonly incidents: readonly Incident[]
      readonly writes: number
    }
  /** Standing still in mid-transfer, with the lock. */
  | { readonly type: 'standing'; readonly fence?: string }
