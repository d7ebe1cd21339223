/** This file declares the lines of a history: what users, nodes and resources did in a run, in the order of true time. */
import type { PlainMode } from '../../base/mode.ts'

/**
 * What a run did to its locks, as an observer of the whole run wrote it down: one event a line (JSONL), in order of true time.
 * The checker judges these lines and nothing else, so a history of real processes is judged like one of a simulation.
 *
 * Fences travel as decimal text, times in milliseconds since the run began. A *call* is one request for its whole life: its
 * number joins the events that belong to it.
 */
export type HistoryEvent = {
  /** Since the run began, by true time. */
  readonly atMs: number
} & (Run | Phase | ProcessChange | Fault | Invoked | Answered | Ended | Accessed | Viewed | Quiet | Counted)

/** The first line: what is to be expected of this run. */
export interface Run {
  readonly type: 'run'
  /** What the run was drawn from. It is not judged. */
  readonly seed: number
  /** How many processes there are. */
  readonly nodes: number
  /** Its name says whether requests are ordered. */
  readonly algorithm: string
  /** How long a session lasts. */
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
  /** After so long all have heard of a request, for the order in which requests are served. Absent: `sessionMs`. */
  readonly heardMs?: number
}

/** `faults` until everything heals, then `calm`, then `closing`, then `end`. */
export interface Phase {
  readonly type: 'phase'
  readonly phase: 'faults' | 'calm' | 'closing' | 'end'
}

/**
 * What becomes of a process: it starts, is a member, dies, is paused, is resumed, or has left (`closed`). While it is `draining`
 * it takes no new calls and its holds stand; while it is `closing` it gives everything up to leave. A second `started` under one
 * name is the process after a restart.
 */
export interface ProcessChange {
  readonly type: 'started' | 'joined' | 'crashed' | 'paused' | 'resumed' | 'draining' | 'closing' | 'closed'
  /** A name of the history's own. */
  readonly process: string
  /** `joined`: the id under which it is a member. */
  readonly node?: string
}

/**
 * A fault begins (`over: false`) or ends; a number joins the two. Partitions of all living processes say which processes are on
 * which side. They may say which side has a majority of the join list: its place among the sides, null for none.
 */
export interface Fault {
  readonly type: 'fault'
  /** The same for its beginning and its end. */
  readonly fault: number
  readonly kind: string
  /** False when it begins. */
  readonly over: boolean
  readonly sides?: readonly (readonly string[])[]
  readonly majority?: number | null
  /** For a reader of the story. */
  readonly text?: string
}

/** A process calls for a lock: this begins a call, which is a waiter until it is answered. */
export interface Invoked {
  readonly type: 'invoked'
  /** The call's number, used once in a history. */
  readonly call: number
  readonly process: string
  readonly lock: string
  readonly mode: PlainMode
  /** `tryAcquire` is refused rather than kept waiting. */
  readonly how: 'acquire' | 'tryAcquire'
  /** The caller's deadline, from now on. Absent: none. */
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
 * The end of a hold's certainty. Its owner calls `release` (`releasing`, then `released` with what it heard). Or its signal was
 * aborted (`lost`). Or its session had ended by its own machine's clocks, as the observer found (`expired`).
 */
export interface Ended {
  readonly type: 'releasing' | 'released' | 'lost' | 'expired'
  readonly call: number
  readonly process: string
  /** `released`: what `release` said. */
  readonly outcome?: string
  /** `lost`: why. It is the session's end if this has the word *session*, or is absent. */
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
  /** False: turned away for its fence. */
  readonly admitted: boolean
}

/** A node took up a view. */
export interface Viewed {
  readonly type: 'view'
  readonly process: string
  /** The id under which it is a member. */
  readonly node: string
  readonly epoch: number
  /** Equal for equal views. */
  readonly digest: number
  /** Their ids. */
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
  /** Of these entries, not of the whole run. */
  readonly lockMessages: number
  readonly entries: number
  /** The paper's bound for these entries, exact or a range; null where it promises none. */
  readonly least: number | null
  readonly most: number | null
}
