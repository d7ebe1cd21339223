/** This file declares the bounds of a node with their defaults. */

/** The bounds of a node. A call that reaches one rejects with OVERLOADED and its name. */
export interface Limits {
  /** Waiters of this node for one lock. */
  readonly waitersPerLockMax: number
  /** Locks that this node holds or waits for at once. Others that rest here give way at this number, the least lately used first. */
  readonly locksMax: number
  /** After how many local handoffs a lock goes to a remote waiter, while one waits. */
  readonly localHandoffsMax: number
  /** Messages to one peer that it has not acknowledged; past it the peer counts as unreachable. */
  readonly unacknowledgedMax: number
  /** Bytes of one frame. */
  readonly frameBytesMax: number
  /** Messages that wait for one actor of the user's own. */
  readonly mailboxMax: number
}

/** Roomy for a pool of processes; each is a bound on memory, not a target. */
export const defaultLimits: Limits = {
  waitersPerLockMax: 10_000,
  locksMax: 1_000_000,
  localHandoffsMax: 1,
  unacknowledgedMax: 100_000,
  frameBytesMax: 1_048_576,
  mailboxMax: 10_000,
}
