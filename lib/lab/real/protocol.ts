/**
 * This file declares the calls that the lab makes to the processes of a real run. All times are milliseconds of the monotonic
 * clock, which the processes of one machine share.
 */
import type { NodeId } from '../../base/ids.ts'
import type { Child } from '../../children/child.ts'
import type { PlacePlan } from './plan.ts'
import type { SentLog } from './wiretap.ts'

export interface LabCalls {
  /** Joins the cluster. */
  open(place: { readonly cluster: string; readonly directory: string; readonly algorithm: string }): NodeId
  /** Whom this node sees in its view. */
  members(): readonly NodeId[]
  /** Round trips to a peer, one after the other, when nothing else happens. */
  rounds(peer: NodeId, count: number): Float64Array
  /** From here on everything is noted. */
  begin(beginning: Beginning): void
  /** Lets users come as planned, and resolves when the last of them has left. */
  users(users: UsersOfPlace): void
  /** Lets one user come, and resolves when it has left. */
  visit(): void
  /** How many have entered since `begin`. */
  entryCount(): number
  /** No users come any more. */
  stop(): void
  /** What was noted; ends the noting. */
  log(): ProcessLog
}

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
export type LabProcess = Child<LabCalls>
