/**
 * The arbiter of the quorum algorithms: at every site one lock, given to one request at a time, that decides between all whose
 * quorums share the site (Maekawa 1985, §4). It is free, or locked for a request while others wait, the oldest first.
 *
 * The invariant by which nobody waits in a circle: of the waiting requests all have been told that they failed, except for one
 * that is older than the request that has the lock, and then that one has been inquired about. So every request either knows that
 * it cannot enter now, and hands over what an older one asks for, or is being made way for. The paper forgets to say `failed` to the one
 * that was made way for when a still older request displaces it; B. A. Sanders 1987, "The Information Structure of Distributed
 * Mutual Exclusion Algorithms", §6, found the deadlock that follows.
 */
import type { NodeId } from '../base/ids.ts'
import { isBefore, sameStamp, type Stamp } from '../clock/stamp.ts'
import type { LockBody } from '../wire/lock-bodies.ts'

/** Whoever carries what the arbiter says, to other sites and to its own. */
export interface Messenger {
  deliver(to: NodeId, message: LockBody): void
}

/** One site's vote: what it says goes through the messenger, as the last thing that each call does. */
export class Arbiter {
  /** The request that it is locked for. */
  private locked: Stamp | null
  /** Requests that wait, oldest first. */
  private readonly waiting: Stamp[] = []
  /** The request it is locked for was asked whether it can still enter. */
  private hasInquired = false

  /** Begins free, or locked for the hold that a view begins with. */
  constructor(locked: Stamp | null) {
    this.locked = locked
  }

  /** Nobody has the lock of this arbiter, and then nobody waits for it. */
  get isFree(): boolean {
    return this.locked === null
  }

  /** Whether somebody else than that site waits. */
  keepsWaiting(self: NodeId): boolean {
    return this.waiting.some(({ id }) => id !== self)
  }

  isLockedFor(site: NodeId): boolean {
    return this.locked?.id === site
  }

  /** With `ifFree` nothing is kept of a request that would have to wait. */
  request(stamp: Stamp, ifFree: boolean, messenger: Messenger): void {
    const { locked, waiting } = this
    if (locked === null) return this.lockFor(stamp, messenger)
    if (ifFree) return messenger.deliver(stamp.id, { kind: 'busy', stamp })
    const [first] = waiting
    this.enqueue(stamp)
    if (waiting[0] !== stamp || isBefore(locked, stamp)) return messenger.deliver(stamp.id, { kind: 'failed', stamp })
    if (first !== undefined && isBefore(first, locked)) messenger.deliver(first.id, { kind: 'failed', stamp: first })
    if (this.hasInquired) return
    this.hasInquired = true
    messenger.deliver(locked.id, { kind: 'inquire', stamp: locked })
  }

  /** The request gives the lock back, and waits for it again. */
  relinquish(stamp: Stamp, messenger: Messenger): void {
    if (this.locked === null || !sameStamp(this.locked, stamp)) return
    this.enqueue(stamp)
    this.lockForFirst(messenger)
  }

  /** The request is over: it was inside and has left, or it is withdrawn. */
  close(stamp: Stamp, messenger: Messenger): void {
    if (this.locked !== null && sameStamp(this.locked, stamp)) return this.lockForFirst(messenger)
    const at = this.waiting.findIndex((each) => sameStamp(each, stamp))
    if (at !== -1) this.waiting.splice(at, 1)
  }

  private lockForFirst(messenger: Messenger): void {
    const first = this.waiting.shift()
    this.locked = null
    this.hasInquired = false
    if (first !== undefined) this.lockFor(first, messenger)
  }

  private lockFor(stamp: Stamp, messenger: Messenger): void {
    this.locked = stamp
    messenger.deliver(stamp.id, { kind: 'locked', stamp })
  }

  /** New requests are younger than nearly all that wait, so the search begins at the end. */
  private enqueue(stamp: Stamp): void {
    const { waiting } = this
    let at = waiting.length
    while (at > 0 && isBefore(stamp, waiting[at - 1] as Stamp)) at--
    waiting.splice(at, 0, stamp)
  }
}
