/** This file declares what a user of the memory engine sees beside the port. */
import type { Admin } from '../../port/admin.ts'
import type { Locks } from '../../port/locks.ts'

/** The state of a client: `draining` while `close` waits for its holds. */
export type MemoryLocksState = 'active' | 'draining' | 'closed'

/** A client of the memory engine. Made by `memoryLocks`. */
export interface MemoryLocks extends Locks {
  /** The name of its cluster: clients of one name exclude each other. */
  readonly cluster: string
  /** The state of the client. */
  readonly state: MemoryLocksState
  /** The highest fence that this cluster has granted: what to store, and to give as `fenceFloor` to the next process. */
  fenceFloor(): bigint
  /** Ends holds of any client of the cluster, by name and fence. */
  readonly admin: Admin
  /** What `JSON.stringify` shows of it, and `console.log` too. */
  toJSON(): MemoryLocksJson
}

/** A client as plain data. */
export interface MemoryLocksJson {
  /** The name of its cluster: clients of one name exclude each other. */
  readonly cluster: string
  /** The id by which `query` names its holds and waiters. */
  readonly id: string
  /** The state of the client. */
  readonly state: MemoryLocksState
  /** How many holds it has. */
  readonly holds: number
  /** How many of its requests wait. */
  readonly waiters: number
}
