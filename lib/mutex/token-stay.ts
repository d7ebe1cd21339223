/**
 * This file is what a site of a `home-queue` lock does with the token while it has it: lends it, hands it on to the follower, gives
 * it to a site that tries, lets it rest here, and sends it home when it has rested. What waits for the token is noted here before
 * it comes.
 */
import { invariant } from '../base/assert.ts'
import type { NodeId } from '../base/ids.ts'
import { sameStamp, type Stamp } from '../clock/stamp.ts'
import type { Site } from './contract.ts'
import type { HomeQueueMessage } from './home-queue.ts'
import { Lender, type LendingSite } from './lender.ts'
import type { QueueHome } from './queue-home.ts'
import { QueuePlace } from './queue-place.ts'
import { QueueTries, type TriedSite } from './queue-tries.ts'
import type { Wanted } from './tries.ts'

/** The site at which the token is, or will be. */
export interface TokenSite extends LendingSite, Omit<TriedSite, 'hasToken' | 'place' | 'yieldTo' | 'tell'> {
  readonly home: NodeId
  readonly start: NodeId
  readonly atHome: QueueHome | null
  /** Seeks a way in for each request of its own that has none. */
  seek(): void
  /** Says it to a site, or takes it itself. */
  tell(to: NodeId, message: HomeQueueMessage): void
  /** An answer has come: its own requests may find a way in, or the token goes on. */
  resume(): void
  readonly self: NodeId
}

export class TokenStay {
  hasToken: boolean
  /** This site's place in the queue: where the token is, or is waited for. */
  place = new QueuePlace()
  /** Whether the home is to be asked before the token is used again. */
  isContended = false
  /** The token goes home when all loans are back, unless a site wants it first. */
  isResting = false
  readonly lender: Lender
  readonly tries: QueueTries
  private readonly site: Site<HomeQueueMessage>
  private readonly at: TokenSite
  /** The place after that: this site asked again while its former place waits for its loans. */
  private later = new QueuePlace()

  constructor(site: Site<HomeQueueMessage>, at: TokenSite) {
    this.site = site
    this.at = at
    this.hasToken = at.start === site.self
    this.lender = new Lender(site, this.hasToken, at)
    this.tries = new QueueTries(site, at, this)
  }

  /** A request comes last in the line at this place. */
  stand(wanted: Wanted): void {
    this.standAt(this.openPlace, wanted)
  }

  /** A request comes last in the line at that place of this site. */
  standAt(place: QueuePlace, wanted: Wanted): void {
    this.isResting = false
    place.line.push(wanted)
    place.wasHungOn ||= wanted.stamp.id !== this.site.self
    this.tries.refuseConsidered()
    this.serve(false)
  }

  /** The place at which this site waits for its turn, if it does. */
  get waitingPlace(): QueuePlace {
    return this.hasToken ? this.later : this.place
  }

  /** The place of this site that comes before the named one. */
  placeBefore(next: Stamp): QueuePlace | null {
    return [this.place, this.later].find((place) => place.next !== null && sameStamp(place.next, next)) ?? null
  }

  /** That request is withdrawn. False if it does not wait here. */
  dropFromLine(stamp: Stamp): boolean {
    if (!this.place.forget(stamp) && !this.later.forget(stamp)) return false
    this.serve(false)
    return true
  }

  /** That request comes after this place. */
  precede(stamp: Stamp): void {
    const place = this.openPlace
    invariant(place.next === null, 'each place is followed by one')
    place.next = stamp
    this.tries.refuseConsidered()
    this.serve(false)
  }

  /** The token is here, and not used alone: lends it, hands it on, gives it to a site that tries, or lets it rest. */
  serve(isContended: boolean): void {
    while (this.hasToken) {
      const turn = this.lender.serveLine(this.place, !this.isResting)
      if (turn === null) break
      this.at.enter(turn)
    }
    if (!this.hasToken || this.at.entries.isAlone) return
    if (!this.place.isLast) return this.handOn(isContended)
    if (this.at.own.asked !== null) return
    this.tries.serve()
    if (!this.hasToken || this.at.entries.size > 0) return
    if (this.isResting) this.goHome()
    else if (this.lender.isFree) this.at.atHome?.end.cameHome()
  }

  /**
   * Reclaims the loans for the first request in the line, or else for the follower, which gets the token when all loans are back.
   */
  private handOn(isContended: boolean): void {
    const { place } = this
    const { next } = place
    this.lender.reclaim()
    if (next === null || place.line.length > 0 || !this.lender.isFree) return
    this.place = this.later
    this.later = place
    place.next = null
    place.isNextBeside = false
    this.giveAway(place)
    this.at.tell(next.id, { kind: 'turn', stamp: next, isContended })
    // At home this site's own request had to wait until what has arrived is read.
    this.at.seek()
  }

  /** No request follows: by way of the home the token goes to a site that tries. */
  yieldTo(stamp: Stamp): void {
    if (this.at.atHome === null) return this.sendHome(stamp)
    this.giveAway(this.place)
    this.at.atHome.give(stamp)
  }

  /** The token has rested here. */
  private goHome(): void {
    this.lender.reclaim()
    if (!this.lender.isFree) return
    this.isResting = false
    if (this.at.atHome !== null) {
      this.at.atHome.end.cameHome()
      this.keepToken()
      // The home is as new only when it knows that all loans are back.
    } else if (this.site.self !== this.at.start || this.place.wasHungOn) this.sendHome(null)
  }

  /** The token is at home, and stays. Its first place is told, in order to be as new. */
  keepToken(): void {
    this.hasToken = true
    if (this.at.start !== this.at.home) this.at.tell(this.at.start, { kind: 'homecoming' })
  }

  /** The place that the home means: no other place follows it yet. */
  private get openPlace(): QueuePlace {
    return this.place.next === null ? this.place : this.later
  }

  private sendHome(claimant: Stamp | null): void {
    this.giveAway(this.place)
    this.at.own.asked = { what: 'arrival' }
    this.at.tell(this.at.home, { kind: 'homeward', claimant })
  }

  private giveAway(place: QueuePlace): void {
    this.hasToken = false
    place.wasHungOn = false
    this.isContended = false
    this.isResting = false
    this.tries.forgetHopes()
  }
}
