/** This file declares what a user of the memory engine sees beside the port. */
import type { Locks } from '../../port/locks.ts'

/** Where a client is in its life: `draining` while `close` waits for its holds. */
export type MemoryLocksState = 'active' | 'draining' | 'closed'

/** A client of the memory engine. Made by `memoryLocks`. */
export interface MemoryLocks extends Locks {
  /** The name that it shares with the clients that it excludes. */
  readonly cluster: string
  /** Where it is in its life. */
  readonly state: MemoryLocksState
  /** What `JSON.stringify` shows of it, and `console.log` too. */
  toJSON(): MemoryLocksJson
}

/** A client as plain data. */
export interface MemoryLocksJson {
  /** The name that it shares with the clients that it excludes. */
  readonly cluster: string
  /** The id under which `query` tells of its holds and waiters. */
  readonly id: string
  /** Where it is in its life. */
  readonly state: MemoryLocksState
  /** How many holds it has. */
  readonly holds: number
  /** How many of its requests wait. */
  readonly waiters: number
}
