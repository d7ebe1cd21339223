/** This file declares the bounds of a node with their defaults. */

/** The bounds of a node. A call that reaches one rejects with OVERLOADED and its name. */
export interface Limits {
  /** Waiters of this node for one lock. */
  readonly waitersPerLockMax: number
  /**
   * Locks that this node holds or waits for at once. Locks that only rest here are given up at this number, the least recently
   * used first.
   */
  readonly locksMax: number
  /** After how many local handoffs a lock goes to a remote waiter, while one waits. */
  readonly localHandoffsMax: number
  /** Unacknowledged messages to one peer; beyond it the peer counts as unreachable. */
  readonly unacknowledgedMax: number
  /** Bytes of one frame. */
  readonly frameBytesMax: number
  /** Messages that wait for one actor of the user. */
  readonly mailboxMax: number
}

/** Large for a pool of processes; each is a bound on memory, not a target. */
export const defaultLimits: Limits = {
  waitersPerLockMax: 10_000,
  locksMax: 1_000_000,
  localHandoffsMax: 1,
  unacknowledgedMax: 100_000,
  frameBytesMax: 1_048_576,
  mailboxMax: 10_000,
}
