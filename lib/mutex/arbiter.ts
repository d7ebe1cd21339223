/**
 * The arbiter of the quorum algorithms. Each site has one vote and gives it to one request at a time. The vote decides between
 * all requests whose quorums share the site (Maekawa 1985, §4). The arbiter is free, or locked for a request while others wait,
 * the oldest first.
 *
 * An invariant prevents waiting in a circle. Each waiting request has been told that it failed, except for one that is older than
 * the locked request; then the locked request has been inquired about. Therefore each request knows that it cannot enter now and
 * relinquishes the votes that an older one needs, or a younger request gives way to it. The paper does not say `failed` to a
 * displaced request when a still older one takes its place; B. A. Sanders 1987, "The Information Structure of Distributed Mutual
 * Exclusion Algorithms", §6, found the deadlock that follows.
 *
 * A try (`ifFree`) waits here only while it is the oldest request that this arbiter knows, the locked one included. It also waits
 * only while the arbiter does not know the locked request to be inside. Otherwise the answer is `busy`, and the arbiter forgets
 * the try. The inquiry for a try says so, and the locked request answers such an inquiry with `inside` if it is inside, or when
 * it enters.
 *
 * Why one of several tries enters: an arbiter says `busy` only for an older request or for a request that is inside, and the
 * oldest try has no older request. So the oldest enters, or another has entered before it. Why no try waits for a hold to end: if
 * a request is inside, its quorum and the try's share an arbiter. That arbiter is locked for the request inside, and has told the
 * try `busy` or has inquired for the try. If no request is inside, a waiting request waits for a younger one that was inquired.
 * The younger one has failed elsewhere and relinquishes, or waits only for still younger ones. Requests are finite, so the chain
 * ends at a request that relinquishes, withdraws or enters.
 */
import type { NodeId } from '../base/ids.ts'
import { isBefore, sameStamp, type Stamp } from '../clock/stamp.ts'
import { body, type BodyOf } from '../wire/bodies.ts'
import { stamp } from '../wire/fields.ts'
import { bool } from '../wire/schema.ts'
import { common } from './common-messages.ts'

/** What an arbiter says to the sites that ask it. */
export const arbiterMessages = {
  busy: common.busy,
  locked: common.locked,
  /** That request waits at this arbiter, behind an older one. */
  failed: body(16, { stamp }),
  /**
   * An older request waits here. Can the named request, for which this arbiter is locked, still enter? `ifFree`: the older one is
   * a try, and the named request answers `inside` if it is inside, or once it is.
   */
  inquire: body(17, { stamp, ifFree: bool() }),
}

/** Carries the arbiter's messages, to other sites and to its own. */
export interface Messenger {
  deliver(to: NodeId, message: BodyOf<typeof arbiterMessages>): void
}

/** One site's vote. Its messages go through the messenger, as the last step of each call. */
export class Arbiter {
  /** The request that it is locked for. */
  private locked: Stamp | null
  /** Requests that wait, oldest first. */
  private readonly waiting: Stamp[] = []
  /** The request it is locked for was asked whether it can still enter. */
  private hasInquired = false
  /** The first waiting request, if it is a try: only the first can be a try, and the locked request knows of it. */
  private trying: Stamp | null = null
  /** The request it is locked for was told that a try waits, and answers when it is inside. */
  private hasInquiredForTry = false
  /** The request it is locked for has said that it is inside. */
  private isInside = false

  /** Begins free, or locked for the hold that a view begins with. */
  constructor(locked: Stamp | null) {
    this.locked = locked
  }

  /** No request has the lock of this arbiter, and then none waits for it. */
  get isFree(): boolean {
    return this.locked === null
  }

  /** Whether another site than that one waits. */
  keepsWaiting(self: NodeId): boolean {
    return this.waiting.some(({ id }) => id !== self)
  }

  isLockedFor(site: NodeId): boolean {
    return this.locked?.id === site
  }

  /** Whether a try with that stamp gets the answer `busy`: the locked request is inside, or an older request is here. */
  refuses(stamp: Stamp): boolean {
    const { locked, waiting } = this
    if (locked === null) return false
    const [first] = waiting
    return this.isInside || isBefore(locked, stamp) || (first !== undefined && isBefore(first, stamp))
  }

  /** With `ifFree` a request that has to wait for an older request, or for a request that is inside, is not kept. */
  request(stamp: Stamp, ifFree: boolean, messenger: Messenger): void {
    const { locked, waiting, trying } = this
    if (locked === null) return this.lockFor(stamp, messenger)
    if (ifFree && this.refuses(stamp)) return messenger.deliver(stamp.id, { kind: 'busy', stamp })
    const [first] = waiting
    this.enqueue(stamp)
    if (waiting[0] !== stamp || isBefore(locked, stamp)) return messenger.deliver(stamp.id, { kind: 'failed', stamp })
    // The locked request was inquired when the try came.
    if (trying !== null) return this.refuseTry(ifFree ? stamp : null, messenger)
    if (ifFree) this.trying = stamp
    if (first !== undefined && isBefore(first, locked)) messenger.deliver(first.id, { kind: 'failed', stamp: first })
    if (ifFree ? this.hasInquiredForTry : this.hasInquired) return
    this.hasInquired = true
    this.hasInquiredForTry = ifFree
    messenger.deliver(locked.id, { kind: 'inquire', stamp: locked, ifFree })
  }

  /** The request has entered: its answer to an inquiry for a try. */
  entered(stamp: Stamp, messenger: Messenger): void {
    if (this.locked === null || !sameStamp(this.locked, stamp)) return
    this.isInside = true
    this.refuseTry(null, messenger)
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
    if (this.trying !== null && sameStamp(this.trying, stamp)) this.trying = null
    this.drop(stamp)
  }

  /** The try gives way to an older request, perhaps a try as well, or to a request that is inside. */
  private refuseTry(next: Stamp | null, messenger: Messenger): void {
    const refused = this.trying
    this.trying = next
    if (refused === null) return
    this.drop(refused)
    messenger.deliver(refused.id, { kind: 'busy', stamp: refused })
  }

  private drop(stamp: Stamp): void {
    const at = this.waiting.findIndex((each) => sameStamp(each, stamp))
    if (at !== -1) this.waiting.splice(at, 1)
  }

  private lockForFirst(messenger: Messenger): void {
    const first = this.waiting.shift()
    this.locked = null
    this.hasInquired = false
    this.hasInquiredForTry = false
    this.isInside = false
    this.trying = null
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
