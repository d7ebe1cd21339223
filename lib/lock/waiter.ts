/** This file declares what the lock layer knows of a request, and what it asks the session and the view before each grant. */
import type { HoldfastError } from '../base/errors.ts'
import type { Mode } from '../base/mode.ts'
import type { LockHold } from './holds.ts'

/**
 * Who asks inside this process, as a number that no other owner of this node has. By default each call is an owner of its own; an owner
 * may have several waiters and holds.
 */
export type Owner = number

/** A request that has not been granted, as the lock layer knows it. */
export interface Waiter {
  readonly name: string
  readonly mode: Mode
  readonly owner: Owner
  /** Orders this node's own queue: higher first, aged by the grants of others, then in the order of arrival. */
  readonly priority: number
  /** Told to a caller that asks who waits for the lock. */
  readonly meta: unknown
  /** Refused instead of kept waiting, when another request has the lock or waits for it. */
  readonly ifFree: boolean
  /** Since when it waits at this node; the lock sets it. */
  sinceMs: number
  /** Its place in the order of arrival; the queue sets it. */
  order: number
  /** How many waiters had been granted the lock when it came; the queue sets it. */
  grantsBefore: number
  /** The lock is granted under this fence: makes the hold, and gives it to the caller. */
  granted(fence: bigint, sinceMs: number): LockHold
  /** The waiter asked `ifFree`, and the lock is not free. */
  refused(): void
  /** The request will never be granted. */
  failed(error: HoldfastError): void
}

/** What the lock layer asks before every grant. */
export interface Gate {
  /** Whether the session is valid at this moment, and the view active. It reads no boot clock: this is the hot path. */
  mayGrant(): boolean
  /**
   * The rest of a wait of this length, from the view's installation, for a node that is not in the view any more; without an
   * argument, of the longest such wait. 0 if it is over.
   */
  quarantineMs(waitMs?: number): number
  /** The fences of this epoch are running out: asks for a new view of the same members. */
  wantNewEpoch(): void
}
