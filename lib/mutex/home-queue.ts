/**
 * The queue lock of Mellor-Crummey and Scott 1991, "Algorithms for Scalable Synchronization on Shared-Memory Multiprocessors"
 * (ACM TOCS 9, 1), §2.4, carried over to messages. There a lock is one word that knows the queue's tail: a processor swaps itself
 * in, tells the former tail that it follows, and spins on its own memory. Here that word is a site, the lock's *home*, and the
 * swap is a request. The home tells the former tail which site follows, and the token goes straight from holder to follower. It
 * stays where it was used last.
 *
 * 3 messages for an entry at any N: request, follow, turn; 2 when the home is one of requester and tail, none for the site that
 * has the token. One message from holder to holder. Only the home and the tail get a message for a request.
 *
 * Requests to share and for permits are grouped behind the last exclusive request: they take no place in the queue, but hang on
 * its last place. The readers of Mellor-Crummey and Scott's fair reader-writer lock are grouped in this way (PPoPP 1991,
 * "Scalable Reader-Writer Synchronization for Shared-Memory Multiprocessors", §3), and so are those of ShiftLock (FAST 2025).
 * When the token comes to that place and is not used alone, it is *lent* to them, in order, as far as they may be inside together
 * (`lender.ts`). It goes on to the follower when all loans are back. A borrower keeps its loan, and enters again without a
 * message, until it is reclaimed (`borrowed.ts`).
 *
 * A site asks for one thing at a time (`asked`), so a `follow` needs no number for the place in the queue. A site that withdraws
 * keeps its place without wanting to enter: the token goes on from there, or rests. A new request takes that place again.
 *
 * A site that has just left does not pass the sites that asked before. A token that was handed to a site at the moment of
 * another's release is *contended* there. After its use the site asks the home, since only the home knows whether another request
 * is under way. If none is, the home says that the site follows itself, and from then on it enters without a message. The home
 * itself asks no site; it reads the messages that have arrived.
 *
 * Deviations, all outside the paper's count. A token that is not handed to a follower goes by way of the home, so that the home
 * always knows where the queue ends. This happens when the token has rested, and when a site tries for it (`ifFree`) at a tail
 * that rests. A `follow` that crossed it comes back `astray`. What becomes of a try at a withdrawn place is in `tries.ts`. In a
 * view that a site begins inside alone, the token begins there, and that site, told that it came home, tries for it in order to
 * be as new.
 */
import { invariant } from '../base/assert.ts'
import type { NodeId } from '../base/ids.ts'
import { entriesOf, Mode } from '../base/mode.ts'
import { sameStamp, type Stamp } from '../clock/stamp.ts'
import { body, type BodyOf } from '../wire/bodies.ts'
import { mode, stamp } from '../wire/fields.ts'
import { bool, nullable } from '../wire/schema.ts'
import { Borrowed } from './borrowed.ts'
import { common } from './common-messages.ts'
import type { Algorithm, Site, WiredKind } from './contract.ts'
import { Lender, type LendingSite, lendingMessages, QueuePlace } from './lender.ts'
import { tokenStart } from './order.ts'
import { QueueHome, type Resident } from './queue-home.ts'
import { Tries, type Wanted } from './tries.ts'

/** What the sites say to each other. */
const messages = {
  request: common.request,
  ...lendingMessages,
  anybody: common.anybody,
  taken: common.taken,
  /** The request so named comes after you, or hangs on your place; with `ifFree` it is to enter now if it can, or to hear `busy`. */
  follow: body(8, { stamp, mode, ifFree: bool() }),
  /** The token, to the request so named; `isContended` when it was waited for. */
  turn: body(32, { stamp, isContended: bool() }),
  /** The token goes home, for the named try, or because it has rested. */
  homeward: body(10, { claimant: nullable(stamp) }),
  /** The token is at home; all messages to its former place have arrived there. */
  settled: body(11, {}),
  /** The named request should follow this place, but the token had gone home. */
  astray: body(12, { stamp, mode, ifFree: bool() }),
  /** The token is home, to its first place in a view that began with a hold; and from there, that it has it. */
  homecoming: body(14, {}),
}
export type HomeQueueMessage = BodyOf<typeof messages>
type Message = HomeQueueMessage

export const homeQueue: WiredKind<Message> = {
  name: 'home-queue',
  messages,
  modes: ['exclusive', 'shared', 'permits'],
  asksAlways: false,
  create: (site) => new HomeQueue(site),
  // The token is still where it began; and no request enters elsewhere unless the home knows of it.
  untouched(carried, firstPlace, self, peer) {
    const start = tokenStart(carried, firstPlace)
    return carried.some(({ holder }) => holder === peer) || (self !== start && (self !== firstPlace || peer === start))
  },
}

/** What this site waits to be told: its turn, yes or no to a try, or that a token it sent home is there. */
type Asked =
  | { readonly what: 'place'; readonly mode: Mode }
  | { readonly what: 'try'; readonly mode: Mode; readonly stamp: Stamp }
  | { readonly what: 'arrival' }

export class HomeQueue implements Algorithm<Message>, LendingSite, Resident {
  private readonly site: Site<Message>
  private readonly home: NodeId
  /** Where the token began. */
  private readonly start: NodeId
  private hasToken: boolean
  entries: number
  mode: Mode
  private pending: (Wanted & { readonly ifFree: boolean }) | null = null
  private asked: Asked | null = null
  /** This site's place in the queue: where the token is, or is waited for. */
  private place = new QueuePlace()
  /** The one after that: this site asked again while its former place waits for its loans. */
  private later = new QueuePlace()
  /** Whether the home is to be asked before the token is used again. */
  private isContended = false
  /** At home: `wake` will be called. */
  private isPausing = false
  /** The token goes home when all loans are back, unless a site wants it first. */
  private isResting = false
  private readonly lender: Lender
  private readonly borrowed: Borrowed
  private readonly tries: Tries
  /** At home only. */
  private readonly atHome: QueueHome | null

  constructor(site: Site<Message>) {
    const { self, carried } = site
    this.site = site
    this.tries = new Tries(site)
    this.home = site.firstPlace
    this.start = tokenStart(carried, site.firstPlace)
    this.hasToken = this.start === self
    this.entries = entriesOf(carried.filter(({ holder }) => holder === self))
    this.mode = carried[0]?.mode ?? Mode.exclusive
    this.lender = new Lender(site, this.hasToken, this)
    this.borrowed = new Borrowed(site, this.start, this.hasToken ? 0 : this.entries)
    this.atHome = this.home === self ? new QueueHome(self, this.start, this) : null
  }

  request(stamp: Stamp, mode: Mode, ifFree: boolean): void {
    invariant(this.pending === null, 'one request at a time')
    this.pending = { stamp, mode, ifFree }
    if (this.hasToken) return this.askHere(this.pending)
    if (this.borrowed.covers(mode)) return this.enter()
    if (this.asked === null) return this.ask()
    if (this.asked.what !== 'place') return
    // The place in the queue is there already. Is another request before it?
    if (ifFree) this.tries.askAnybody(stamp)
    else this.tries.disappoint()
  }

  receive(from: NodeId, message: Message): void {
    switch (message.kind) {
      case 'request':
        return this.atHome?.arrange(message, message.ifFree)
      case 'follow':
        return message.ifFree ? this.consider(message) : this.follow(message)
      case 'turn':
        return this.takeToken(message.isContended)
      case 'lend':
        return this.borrow(from, message.mayKeep)
      case 'reclaim':
        return this.borrowed.reclaimed(from)
      case 'back':
        this.lender.returned(from, message.entries, message.carried)
        return this.serve(true)
      case 'busy':
        return this.takeNo(message.stamp)
      case 'taken':
        return message.stamp.id === this.site.self ? this.giveUp(message.stamp) : this.tries.refuse(message.stamp)
      case 'homeward':
        return this.atHome?.takeToken(from, message.claimant, this.ownTry)
      case 'settled':
        this.asked = null
        if (this.pending !== null) this.ask()
        return
      case 'astray':
        return this.atHome?.redirect(message, message.ifFree, this.ownTry)
      case 'anybody':
        return this.tries.answer(from, message.stamp, this.isTaken())
      case 'homecoming':
        if (this.atHome !== null) this.atHome.end.reached(from)
        else if (this.asked === null && !this.hasToken) this.ask()
        return
    }
  }

  release(): void {
    invariant(this.entries > 0, 'only who is inside can leave')
    this.entries--
    if (this.hasToken) this.serve(true)
    else this.borrowed.leave()
  }

  cancel(): void {
    const { pending } = this
    if (pending === null) return
    // The place stays, and the answer of the try has no effect.
    this.pending = null
    this.place.forget(pending.stamp)
    this.lender.forget(pending.stamp)
    this.serve(false)
  }

  wanted(): boolean {
    return !this.place.isLast || (this.hasToken ? this.isContended : this.borrowed.isRecalled)
  }

  mayHold(peer: NodeId): boolean {
    if (peer === this.site.self || this.atHome?.isOwed === true) return false
    if (this.hasToken) return this.lender.mayHold(peer)
    // A site that waits for this place to pass the token on is not inside; at home, none is that never asked.
    return this.atHome === null ? this.place.next?.id !== peer : this.atHome.end.mayHold(peer)
  }

  idle(): boolean {
    const isUnused = this.pending === null && this.entries === 0 && this.asked === null && this.place.line.length === 0
    const hasNothing = this.lender.isAsNew && this.borrowed.isEmpty && this.tries.isEmpty
    if (!isUnused || !hasNothing || this.isContended || this.isPausing) return false
    if (this.atHome !== null) return !this.atHome.isOwed && this.atHome.end.isAsNew(this.hasToken)
    // Of what hung on the token's first place, the home must hear that it is over.
    return this.site.self === this.start ? this.hasToken && !this.place.wasHungOn : !this.hasToken
  }

  rest(): void {
    this.tries.forgetHopes()
    if (this.pending !== null || this.entries > 0 || this.asked !== null) return
    if (!this.hasToken) return this.borrowed.giveBack()
    this.isContended = false
    this.isResting = true
    this.serve(false)
  }

  describe(): { token: boolean; permissions: readonly NodeId[] } {
    return { token: this.hasToken, permissions: [] }
  }

  /** Asks for a place, or tries. The token's first place tries for no request, only to have it. */
  private ask(): void {
    const unwanted = { stamp: { time: 0, count: 0, id: this.site.self }, mode: Mode.exclusive, ifFree: true } as const
    const { stamp, mode, ifFree } = this.pending ?? unwanted
    // A loan that is kept does not serve for this.
    if (!this.hasToken && this.entries === 0) this.borrowed.giveBack()
    this.asked = ifFree ? { what: 'try', mode, stamp } : { what: 'place', mode }
    const request = { kind: 'request', stamp, mode, ifFree } as const
    if (this.atHome === null) this.site.send(this.home, request)
    else this.atHome.arrange(request, ifFree)
  }

  /** This site wants to enter, and has the token. */
  private askHere(pending: Wanted & { readonly ifFree: boolean }): void {
    const isFirst = this.place.isLast
    // Inside, a site waits for no place: the one before that place says that it is not inside.
    const mayEnter = isFirst && this.asked === null && this.lender.hasRoomFor(pending.mode)
    if (mayEnter && (pending.ifFree || !this.isContended)) return this.enter()
    if (pending.ifFree) {
      if (!isFirst) return this.takeNo(pending.stamp)
      this.lender.consider(pending)
      return this.serve(false)
    }
    if (this.asked !== null || this.isPausing) return
    if (this.isContended && this.atHome !== null && this.place.next === null) return this.readFirst()
    if (this.isContended || this.place.next !== null) return this.ask()
    this.stand(pending)
  }

  /** The place that the home means: no other place follows it yet. */
  private get openPlace(): QueuePlace {
    return this.place.next === null ? this.place : this.later
  }

  /** A request comes last in the line at this place. */
  private stand(wanted: Wanted): void {
    this.isResting = false
    const place = this.openPlace
    place.line.push(wanted)
    place.wasHungOn ||= wanted.stamp.id !== this.site.self
    this.lender.refuseTries()
    this.serve(false)
  }

  /** The request so named comes after this place, or hangs on it. */
  private follow(wanted: Wanted): void {
    const { stamp, mode } = wanted
    if (stamp.id === this.site.self) return this.followSelf()
    if (this.asked?.what === 'arrival') return this.tell(this.home, { kind: 'astray', stamp, mode, ifFree: false })
    this.tries.refuse()
    if (!mode.isAlone) return this.stand(wanted)
    const place = this.openPlace
    invariant(place.next === null, 'each place is followed by one')
    place.next = stamp
    this.lender.refuseTries()
    this.serve(false)
  }

  /** The home has heard of no request since this site's own last one: the token may be used here as before. */
  private followSelf(): void {
    const { asked, pending } = this
    this.place.wasHungOn ||= asked?.what === 'place' && !asked.mode.isAlone
    this.asked = null
    this.isContended = false
    if (pending === null || this.lender.isConsidering(pending.stamp)) this.serve(false)
    else if (this.hasToken) this.askHere(pending)
    else this.ask()
  }

  /** A site tries, and this place is the last of the queue. */
  private consider(wanted: Wanted): void {
    const { stamp, mode } = wanted
    const { asked } = this
    const isWaiting = this.pending !== null && !this.pending.ifFree
    if (this.hasToken) {
      this.place.wasHungOn ||= !mode.isAlone
      const isTaken = !this.place.isLast || (this.entries > 0 && !this.lender.hasRoomFor(mode))
      if (isTaken || isWaiting) return this.tell(stamp.id, { kind: 'busy', stamp })
      this.lender.consider(wanted)
      return this.serve(false)
    }
    if (asked?.what !== 'place' || !asked.mode.isAlone) {
      return this.tell(this.home, { kind: 'astray', stamp, mode, ifFree: true })
    }
    this.place.wasHungOn ||= !mode.isAlone
    if (this.pending !== null) return this.tell(stamp.id, { kind: 'busy', stamp })
    this.tries.park(wanted)
  }

  private takeToken(isContended: boolean): void {
    invariant(!this.hasToken && this.asked !== null, 'the token comes once, and to who asked')
    this.hasToken = true
    this.asked = null
    this.isContended = isContended
    // The sites before this one in the queue have left.
    if (this.atHome !== null) this.atHome.end.passed(this.home)
    else if (this.site.self === this.start) this.tell(this.home, { kind: 'homecoming' })
    if (this.pending !== null) this.enter()
    else for (const wanted of this.tries.takeAll()) this.lender.consider(wanted)
    this.serve(true)
  }

  /** A loan for the latest request. It may be withdrawn by now, or another thing may be wanted. */
  private borrow(lender: NodeId, mayKeep: boolean): void {
    const { asked, pending } = this
    invariant(asked !== null && asked.what !== 'arrival' && !this.hasToken, 'a loan comes to who asked for it')
    this.asked = null
    this.borrowed.take(lender, asked.mode, mayKeep)
    if (pending?.mode.equals(asked.mode) === true) return this.enter()
    if (!mayKeep) this.borrowed.giveBack()
    if (pending !== null) this.ask()
  }

  /** No to a try of this site. */
  private takeNo(stamp: Stamp): void {
    const { asked } = this
    if (asked?.what === 'try' && sameStamp(asked.stamp, stamp)) this.asked = null
    this.giveUp(stamp)
    if (this.pending !== null && this.asked === null && !this.hasToken) this.ask()
  }

  /** The try so named is refused, if this site still tries. */
  giveUp(stamp: Stamp): void {
    const { pending } = this
    if (pending?.ifFree !== true || !sameStamp(pending.stamp, stamp)) return
    this.pending = null
    this.site.refused()
  }

  private enter(): void {
    const { pending } = this
    invariant(pending !== null, 'what enters is wanted')
    this.mode = pending.mode
    this.pending = null
    this.entries++
    if (!this.hasToken) this.borrowed.enter()
    this.isResting = false
    this.tries.disappoint()
    this.site.granted()
  }

  /** The token is here, and not used alone: lends it, hands it on, gives it to a site that tries, or lets it rest. */
  private serve(isContended: boolean): void {
    while (this.hasToken && this.lender.serveLine(this.place, !this.isResting)) this.enter()
    if (!this.hasToken || (this.entries > 0 && this.mode.isAlone)) return
    if (!this.place.isLast) return this.handOn(isContended)
    if (this.asked !== null) return
    this.serveTries()
    if (!this.hasToken || this.entries > 0) return
    if (this.isResting) this.goHome()
    else if (this.lender.isFree) this.atHome?.end.cameHome()
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
    this.giveAway(place)
    this.tell(next.id, { kind: 'turn', stamp: next, isContended })
    // At home this site's own request had to wait until what has arrived is read.
    if (this.pending !== null && this.asked === null) this.ask()
  }

  private serveTries(): void {
    for (let first = this.lender.takeTry(); first !== null; first = this.lender.takeTry()) {
      if (first.stamp.id === this.site.self) this.enter()
      else this.yieldTo(first.stamp)
      if (!this.hasToken) return this.lender.refuseTries()
    }
  }

  /** No request follows: by way of the home the token goes to a site that tries. */
  private yieldTo(stamp: Stamp): void {
    if (this.atHome === null) return this.sendHome(stamp)
    this.giveAway(this.place)
    this.atHome.give(stamp)
  }

  /** The token has rested here. */
  private goHome(): void {
    this.lender.reclaim()
    if (!this.lender.isFree) return
    this.isResting = false
    if (this.atHome !== null) {
      this.atHome.end.cameHome()
      this.keepToken()
      // The home is as new only when it knows that all loans are back.
    } else if (this.site.self !== this.start || this.place.wasHungOn) this.sendHome(null)
  }

  private sendHome(claimant: Stamp | null): void {
    this.giveAway(this.place)
    this.asked = { what: 'arrival' }
    this.tell(this.home, { kind: 'homeward', claimant })
  }

  private giveAway(place: QueuePlace): void {
    this.hasToken = false
    place.wasHungOn = false
    this.isContended = false
    this.isResting = false
    this.tries.forgetHopes()
  }

  /** Is a request inside here, or waiting (`now`)? Could one be before the asking request (`later`)? */
  private isTaken(): 'now' | 'later' | 'no' {
    const isQueued = this.asked?.what === 'place'
    if (this.entries > 0 || (isQueued && this.pending?.ifFree === false)) return 'now'
    return this.hasToken || isQueued ? 'later' : 'no'
  }

  /** The home knows of every request that has arrived, as soon as it has read them. */
  private readFirst(): void {
    this.isPausing = true
    this.site.pause(true)
  }

  wake(): void {
    this.isPausing = false
    this.isContended = false
    if (this.hasToken && this.pending !== null) this.askHere(this.pending)
  }

  /** The token is at home, and stays. Its first place is told, in order to be as new. */
  keepToken(): void {
    this.hasToken = true
    if (this.start !== this.home) this.tell(this.start, { kind: 'homecoming' })
  }

  /** The try of this site that is out. */
  private get ownTry(): Stamp | null {
    return this.asked?.what === 'try' ? this.asked.stamp : null
  }

  tell(to: NodeId, message: Message): void {
    if (to === this.site.self) this.receive(to, message)
    else this.site.send(to, message)
  }
}
