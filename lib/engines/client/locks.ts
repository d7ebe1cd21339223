/** This file declares what a user of an engine on a server sees beside the port. */
import type { Locks } from '../../port/locks.ts'

/** The state of a client: `draining` while `close` waits for its holds. */
export type ServerLocksState = 'active' | 'draining' | 'closed'

/** A client of locks that a server keeps. `query` tells the holds and waiters of this client alone. */
export interface ServerLocks extends Locks {
  /** The name of its cluster: clients of one name exclude each other. */
  readonly cluster: string
  /** The state of the client. */
  readonly state: ServerLocksState
  /** What `JSON.stringify` shows of it, and `console.log` too. */
  toJSON(): ServerLocksJson
}

/** A client as plain data. */
export interface ServerLocksJson {
  /** The name of its cluster: clients of one name exclude each other. */
  readonly cluster: string
  /** The id by which `query` names its holds and waiters. */
  readonly id: string
  /** The state of the client. */
  readonly state: ServerLocksState
  /** How many holds it has. */
  readonly holds: number
  /** How many of its requests wait. */
  readonly waiters: number
}

/** The bounds of a client. */
export interface ServerLimits {
  /** Waiters of this client for one lock; a further one gets OVERLOADED. Default 10,000. */
  readonly waitersPerLockMax: number
}

/** The default bounds. */
export const defaultServerLimits: ServerLimits = { waitersPerLockMax: 10_000 }
