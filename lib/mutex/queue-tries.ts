/**
 * This file answers the tries (`ifFree`) that come to the last place of a `home-queue` lock's queue, this site's own among them.
 * A try that may not enter beside the loans waits until it is known whether these are in use. What becomes of a try at a
 * withdrawn place is in `tries.ts`.
 */
import type { NodeId } from '../base/ids.ts'
import type { ModeCounts } from '../base/mode-counts.ts'
import { sameStamp, type Stamp } from '../clock/stamp.ts'
import type { Common } from './common-messages.ts'
import type { Site } from './contract.ts'
import type { OwnRequests } from './own-requests.ts'
import type { TokenStay } from './token-stay.ts'
import { Tries, type Wanted } from './tries.ts'

/** The site at that place. */
export interface TriedSite {
  readonly entries: ModeCounts
  readonly own: OwnRequests
  /** Says it to a site, or takes it itself. */
  tell(to: NodeId, message: Common<'busy'>): void
  /** The try should have come to another place. */
  sendBack(wanted: Wanted): void
  /** Its own try enters. */
  enter(request: Wanted): void
  /** Its own try is refused. */
  giveUp(stamp: Stamp): void
}

/** The tries at a site's place that have no answer. */
export class QueueTries extends Tries {
  private readonly at: TriedSite
  private readonly stay: TokenStay
  /** Tries that wait to hear whether the loans are in use. */
  private readonly trying: Wanted[] = []

  constructor(site: Site<Common<'anybody' | 'taken' | 'busy'>>, at: TriedSite, stay: TokenStay) {
    super(site)
    this.at = at
    this.stay = stay
  }

  override get isEmpty(): boolean {
    return super.isEmpty && this.trying.length === 0
  }

  /** A site tries, and this place is the last of the queue. */
  consider(wanted: Wanted): void {
    const { at } = this
    const { own } = at
    const { hasToken, lender, place } = this.stay
    const { stamp, mode } = wanted
    if (!hasToken && !own.isInQueue) return at.sendBack(wanted)
    place.wasHungOn ||= !mode.isAlone
    // Loans of other modes may be unused; what is unused of the permits does not help, as long as this site has some of its own.
    const isFull = at.entries.size > 0 && mode.isCounted && !lender.hasRoomFor(mode)
    const isTaken = !place.isLast || at.entries.exclude(mode) || isFull || own.isWaiting
    if (hasToken ? isTaken : own.size > 0) at.tell(stamp.id, { kind: 'busy', stamp })
    else if (hasToken) this.trying.push(wanted)
    else this.park(wanted)
  }

  /** This site tries, and has the token. */
  considerOwn(wanted: Wanted): void {
    this.trying.push(wanted)
  }

  /** The site that tries is asked too: it may be inside in another mode. */
  override askAnybody(stamp: Stamp): void {
    this.site.broadcast(this.site.peers, { kind: 'anybody', stamp })
  }

  isConsidering(stamp: Stamp): boolean {
    return this.trying.some((wanted) => sameStamp(wanted.stamp, stamp))
  }

  /** The token has come to this withdrawn place. */
  considerParked(): void {
    for (const wanted of this.takeAll()) this.trying.push(wanted)
  }

  /** That try is withdrawn. */
  forget(stamp: Stamp): void {
    const at = this.trying.findIndex((wanted) => sameStamp(wanted.stamp, stamp))
    if (at !== -1) this.trying.splice(at, 1)
  }

  /** The token is here, and no request waits for it. Ends when the loans have to be reclaimed first. */
  serve(): void {
    const { at, stay, trying } = this
    const { lender } = stay
    for (let first = trying[0]; first !== undefined; first = trying[0]) {
      const { stamp, mode } = first
      const hasRoom = lender.hasRoomFor(mode)
      if (!hasRoom && !lender.isAllUsed) return lender.reclaim()
      trying.shift()
      if (!hasRoom) this.refuseOne(stamp)
      else if (stamp.id === this.site.self) at.enter(first)
      else if (mode.isAlone) stay.yieldTo(stamp)
      else lender.lend(first, true)
      if (!stay.hasToken) return this.refuseConsidered()
    }
  }

  /** A request has come that waits. */
  refuseConsidered(): void {
    for (const { stamp } of this.trying.splice(0)) this.refuseOne(stamp)
  }

  private refuseOne(stamp: Stamp): void {
    if (stamp.id === this.site.self) this.at.giveUp(stamp)
    else this.site.send(stamp.id, { kind: 'busy', stamp })
  }
}
