/**
 * This file declares the calls of the bench to its processes. The results carry measured times as typed arrays. All times are
 * milliseconds of the monotonic clock that the processes of one machine share.
 */
import type { Child } from '../children/child.ts'

/** One process of the bench. */
export type BenchProcess = Child<BenchCalls>

export interface BenchCalls {
  /** Joins the cluster. */
  open(place: { readonly cluster: string; readonly directory: string; readonly algorithm: string }): void
  /** How many members this node's view has. */
  memberCount(): number
  /** Listens for the floor's frames and for bare `ws`. */
  listen(): { readonly floorPort: number; readonly wsPort: number }
  /** Connects to the floors of others, and to the bare `ws` of the first of them. */
  connect(floorPorts: readonly number[], wsPort: number): void
  /** Bare round trips, one after the other. */
  wsRounds(count: number): Float64Array
  /** Rounds of the floor: a frame to every peer, all answers awaited. */
  floorRounds(count: number): Float64Array
  /** Acquires and releases names that no node used before. */
  firstRounds(count: number, prefix: string): Float64Array
  /** Acquires and releases one name, again and again. Times are of batches of `batch` pairs. */
  reacquire(name: string, forMs: number, batch: number): Reacquired
  /** Contends for one name from one moment to another. */
  contend(name: string, fromMs: number, untilMs: number): ContentionLog
  /** Acquires a name and keeps it. Returns the moment of the grant. */
  take(name: string): number
  /** Releases the hold of `take`. */
  give(): void
  /** The processor time and messages of this process so far. */
  usage(): Usage
}

/** How long batches of acquiring and releasing took, and all of them together. */
export interface Reacquired {
  readonly batchMs: Float64Array
  readonly wallMs: number
}

/** One process's entries, column by column. */
export interface ContentionLog {
  readonly askedMs: Float64Array
  readonly grantedMs: Float64Array
  readonly releasedMs: Float64Array
}

export interface Usage {
  /** User and system time, in microseconds. */
  readonly cpuUs: number
  readonly rssBytes: number
  /** Messages of locks sent. */
  readonly lockMessages: number
}
