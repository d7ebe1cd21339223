import type { Mode } from '../../base/mode.ts'

/**
 * What a run did to its locks, as whoever watched it wrote it down: one event a line (JSONL), in order of true time. The
 * checker judges these lines and nothing else, so a history of real processes is judged like one of a simulation.
 *
 * Fences travel as decimal text, times in milliseconds since the run began. A *call* is one request for its whole life: its
 * number joins the events that belong to it.
 */
export type HistoryEvent = { readonly atMs: number } & (
  | Run
  | Phase
  | Life
  | Fault
  | Invoked
  | Answered
  | Ended
  | Accessed
  | Viewed
  | Quiet
  | Counted
)

/** The first line: what is to be expected of this run. */
export interface Run {
  readonly type: 'run'
  readonly seed: number
  readonly nodes: number
  readonly algorithm: string
  readonly sessionMs: number
  /** How long, after everything healed, a waiter may still wait. */
  readonly healMs: number
  /** No fault was drawn: lock messages must stay within the bounds of the algorithm's formula. */
  readonly faultless: boolean
  /**
   * Clocks kept their rates within the tolerance, so two valid holds exclude each other. If not, exclusion, deadlines and
   * partitions are not judged, and of fences only what needs no clocks.
   */
  readonly timely: boolean
  /** What decides views. With `local`, a file, both sides of a partition may go on for a while. Absent: `quorum`. */
  readonly register?: 'local' | 'quorum'
  /** After so long everybody has heard of a request, for the order in which requests are served. Absent: `sessionMs`. */
  readonly heardMs?: number
}

/** `faults` until everything heals, then `calm`, then `closing`, then `end`. */
export interface Phase {
  readonly type: 'phase'
  readonly phase: 'faults' | 'calm' | 'closing' | 'end'
}

export interface Life {
  readonly type: 'started' | 'joined' | 'crashed' | 'paused' | 'resumed' | 'closing' | 'closed'
  readonly process: string
  /** `joined`: the id under which it is a member. */
  readonly node?: string
}

/**
 * A fault begins (`over: false`) or ends; a number joins the two. Partitions of everybody that lives say which processes are on
 * which side, and may say which side has a majority of the join list: its place among the sides, null for none.
 */
export interface Fault {
  readonly type: 'fault'
  readonly fault: number
  readonly kind: string
  readonly over: boolean
  readonly sides?: readonly (readonly string[])[]
  readonly majority?: number | null
  readonly text?: string
}

export interface Invoked {
  readonly type: 'invoked'
  readonly call: number
  readonly process: string
  readonly lock: string
  readonly mode: Mode
  readonly how: 'acquire' | 'tryAcquire'
  /** The caller's deadline. */
  readonly waitMs?: number
}

/** `granted` carries the fence; `refused` is `tryAcquire`'s null; `failed` carries the code of the error and whether it was definite. */
export interface Answered {
  readonly type: 'granted' | 'refused' | 'failed'
  readonly call: number
  readonly process: string
  readonly fence?: string
  readonly code?: string
  readonly definite?: boolean
}

/**
 * The end of a hold's certainty: its owner calls `release` (`releasing`, then `released` with what it heard), its signal was
 * aborted (`lost`), or its session had ended by its own machine's clocks, found by looking from outside (`expired`).
 */
export interface Ended {
  readonly type: 'releasing' | 'released' | 'lost' | 'expired'
  readonly call: number
  readonly process: string
  readonly outcome?: string
  readonly reason?: string
}

/** The resource that a lock guards, judged by fences alone: it admits none below the highest it has seen. */
export interface Accessed {
  readonly type: 'read' | 'write'
  readonly call: number
  readonly process: string
  readonly lock: string
  readonly fence: string
  /** `read`: the version found; `write`: the version that the writer had read. */
  readonly version: number
  readonly admitted: boolean
}

/** A node took up a view. */
export interface Viewed {
  readonly type: 'view'
  readonly process: string
  readonly node: string
  readonly epoch: number
  readonly digest: number
  readonly members: readonly string[]
}

/** What was left of a process after it closed: nothing, if all is well. */
export interface Quiet {
  readonly type: 'quiet'
  readonly process: string
  readonly timers: number
  readonly waiters: number
}

/** Lock messages that some entries took, for the formulas. */
export interface Counted {
  readonly type: 'counted'
  readonly lockMessages: number
  readonly entries: number
  /** The paper's bound for these entries, exact or a range; null where it promises none. */
  readonly least: number | null
  readonly most: number | null
}
