/** This file declares what `query` tells of an engine's locks. */
import type { PlainMode } from '../base/mode.ts'

/** One hold. Stale by nature: it may have ended while the answer travelled. */
export interface HeldReport {
  /** The name of the lock. */
  readonly name: string
  /** What was granted. */
  readonly mode: PlainMode
  /** The fence of the hold. */
  readonly fence: bigint
  /** Who holds it: the id of a node, or of another engine's client. */
  readonly holder: string
  /** For how long it has been held, by the holder's clock. */
  readonly heldMs: number
  /** What the holder said of itself by the option `meta`. */
  readonly meta: unknown
}

/** One waiter. */
export interface PendingReport {
  /** The name of the lock. */
  readonly name: string
  /** What it waits for. */
  readonly mode: PlainMode
  /** Who waits: the id of a node, or of another engine's client. */
  readonly node: string
  /** For how long it has waited, by the waiter's clock. */
  readonly waitedMs: number
}

/** Who holds and who waits, as every engine can tell. */
export interface QueryReport {
  /** The holds. */
  readonly held: readonly HeldReport[]
  /** The waiters. */
  readonly pending: readonly PendingReport[]
}
