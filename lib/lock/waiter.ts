/** This file declares what the lock layer knows of a request, and what it asks the session and the view before each grant. */
import type { HoldfastError, LostError } from '../base/errors.ts'
import type { Mode } from '../base/mode.ts'

/**
 * What the lock layer knows of a request and, once granted, of the hold that it becomes: the public `Hold` implements
 * it, so that a grant costs no second object.
 */
export interface Waiter {
  readonly name: string
  readonly lockMode: Mode
  /** Orders this node's own queue: higher first, then in the order of arrival. Peers never see it. */
  readonly priority: number
  /** Told to a caller that asks who holds the lock. */
  readonly meta: unknown
  /** Refused instead of kept waiting, when another request has the lock or waits for it. */
  readonly ifFree: boolean
  /** The lock is held from now on, under this fence. */
  granted(fence: bigint): void
  /** Asked `ifFree`, and it is not. */
  refused(): void
  /** Will never be granted. */
  failed(error: HoldfastError): void
  /** The hold is over although its owner did not release it: the one error that all who ask are told. */
  lost(error: InstanceType<typeof LostError>): void
  /** Aborts the owner's signal: every hold that is lost with this one is marked as `lost` by now. */
  signalLost(): void
  /** The session is near its end (true), or was renewed after all (false). */
  suspected(suspected: boolean): void
}

/** What the lock layer asks before every grant. */
export interface Gate {
  /** The session is valid at this very moment, and the view active. Reads no boot clock: this is the hot path. */
  mayGrant(): boolean
  /**
   * What is left of a wait of so long, counted from the view's installation, for a node that is not in the view any more;
   * without an argument, of the longest such wait. 0 when it is over.
   */
  quarantineMs(waitMs?: number): number
  /** The fences of this epoch are running out: a new view of the same members is wanted. */
  wantNewEpoch(): void
}
