/** This file declares what `query` tells of an engine's locks. */
import type { PlainMode } from '../base/mode.ts'

/** One hold. It may be out of date: the hold may have ended while the answer was on its way. */
export interface HeldReport {
  /** The name of the lock. */
  readonly name: string
  /** What was granted. */
  readonly mode: PlainMode
  /** The fence of the hold. */
  readonly fence: bigint
  /** The holder: the id of a node, or of another engine's client. */
  readonly holder: string
  /** Who asked for it inside of that node or client. Rows of one holder with one number have one owner; each call is an owner of its own. */
  readonly owner: number
  /** For how long it has been held, by the holder's clock. */
  readonly heldMs: number
  /** The option `meta` of the holder's request, or what `setMeta` put in its place. */
  readonly meta: unknown
}

/** One waiter. */
export interface PendingReport {
  /** The name of the lock. */
  readonly name: string
  /** The requested mode. */
  readonly mode: PlainMode
  /** The waiter: the id of a node, or of another engine's client. */
  readonly node: string
  /** Who asked inside of that node or client. The hold that this waiter becomes has the same number. */
  readonly owner: number
  /** For how long it has waited, by the waiter's clock. */
  readonly waitedMs: number
  /**
   * Its place among the waiters of the lock that the report has, from 1. Those of one client are in that client's order; of several clients the one that has
   * waited longest is first. The algorithm of a lock, or a priority, may serve them in another order.
   */
  readonly place: number
  /** The option `meta` of the waiter's request. */
  readonly meta: unknown
}

/** The holders and waiters, as every engine can report them. */
export interface QueryReport {
  /** The holds. */
  readonly held: readonly HeldReport[]
  /** The waiters. */
  readonly pending: readonly PendingReport[]
}
