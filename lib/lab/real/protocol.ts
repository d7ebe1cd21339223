/**
 * What the lab asks of the processes of a real run. One answer to each question. All times are milliseconds of the monotonic
 * clock, which the processes of one machine share.
 */
import type { NodeId } from '../../base/ids.ts'
import type { Forked } from '../../mesh/forked.ts'
import type { PlacePlan } from './plan.ts'
import type { SentLog } from './wiretap.ts'

export interface RealProtocol {
  /** Joins the cluster. */
  open: {
    readonly ask: { readonly cluster: string; readonly directory: string; readonly algorithm: string }
    readonly answer: { readonly id: NodeId }
  }
  /** Whom this node sees in its view. */
  members: { readonly ask: Empty; readonly answer: { readonly ids: readonly NodeId[] } }
  /** Round trips to a peer, one after the other, when nothing else happens. */
  rounds: {
    readonly ask: { readonly peer: NodeId; readonly count: number }
    readonly answer: { readonly ms: Float64Array }
  }
  /** From here on everything is noted. */
  begin: { readonly ask: Beginning; readonly answer: Empty }
  /** Lets users come as planned, and answers when the last of them has left. */
  users: { readonly ask: UsersOfPlace; readonly answer: Empty }
  /** Lets one user come, and answers when it has left. */
  visit: { readonly ask: Empty; readonly answer: Empty }
  /** How many have entered since `begin`. */
  entries: { readonly ask: Empty; readonly answer: { readonly count: number } }
  /** No users come any more. */
  stop: { readonly ask: Empty; readonly answer: Empty }
  /** What was noted; ends the noting. */
  log: { readonly ask: Empty; readonly answer: ProcessLog }
}

type Empty = Record<string, never>

export interface Beginning {
  readonly lock: string
  readonly sectionMs: number
  /** Peers to which this process measures the round trip as the run goes on; none: it measures nothing. */
  readonly probed: readonly NodeId[]
}

export interface UsersOfPlace {
  readonly plan: PlacePlan
  /** When it begins, and how long a T of the plan is. */
  readonly startMs: number
  readonly delayMs: number
}

/** What one process noted: its entries column by column, its messages, its probes. */
export interface ProcessLog {
  readonly id: NodeId
  readonly arrivedMs: Float64Array
  readonly askedMs: Float64Array
  readonly enteredMs: Float64Array
  readonly leftMs: Float64Array
  readonly fences: BigInt64Array
  readonly sent: SentLog
  /** Round trips to the probed peers. */
  readonly roundMs: Float64Array
  /** Views that were installed meanwhile, and holds that were lost. */
  readonly viewChanges: number
  readonly lost: number
  readonly cpuMs: number
}

/** One process of a real run. */
export type LabProcess = Forked<RealProtocol>
