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
 * A site waits for one place at a time (`asked`), so a `follow` needs no number for the place in the queue. Requests for permits
 * take no place, and a site may have several of them on their way. A site that withdraws keeps its place without wanting to
 * enter: the token goes on from there, or rests. A new request takes that place again, or the loan of a withdrawn one.
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
import { Lender, type LendingSite, lendingMessages } from './lender.ts'
import { tokenStart } from './order.ts'
import { OwnRequests } from './own-requests.ts'
import { QueueHome, type Resident } from './queue-home.ts'
import { QueuePlace } from './queue-place.ts'
import { QueueTries, type TriedSite } from './queue-tries.ts'
import type { Wanted } from './tries.ts'

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
  overlapsRequests: true,
  asksAlways: false,
  create: (site) => new HomeQueue(site),
  // The token is still where it began; and no request enters elsewhere unless the home knows of it.
  untouched(carried, firstPlace, self, peer) {
    const start = tokenStart(carried, firstPlace)
    return carried.some(({ holder }) => holder === peer) || (self !== start && (self !== firstPlace || peer === start))
  },
}

export class HomeQueue implements Algorithm<Message>, LendingSite, TriedSite, Resident {
  private readonly site: Site<Message>
  private readonly home: NodeId
  /** Where the token began. */
  private readonly start: NodeId
  hasToken: boolean
  entries: number
  mode: Mode
  readonly own = new OwnRequests()
  /** This site's place in the queue: where the token is, or is waited for. */
  place = new QueuePlace()
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
  private readonly tries: QueueTries
  /** At home only. */
  private readonly atHome: QueueHome | null

  constructor(site: Site<Message>) {
    const { self, carried } = site
    this.site = site
    this.home = site.firstPlace
    this.start = tokenStart(carried, site.firstPlace)
    this.hasToken = this.start === self
    this.entries = entriesOf(carried.filter(({ holder }) => holder === self))
    this.mode = carried[0]?.mode ?? Mode.exclusive
    this.lender = new Lender(site, this.hasToken, this)
    this.tries = new QueueTries(site, this, this.lender)
    this.borrowed = new Borrowed(site, this.start, this.hasToken ? 0 : this.entries)
    this.atHome = this.home === self ? new QueueHome(self, this.start, this) : null
  }

  request(stamp: Stamp, mode: Mode, ifFree: boolean): void {
    const { own } = this
    const request = { stamp, mode, ifFree }
    own.add(request)
    if (this.hasToken) return ifFree ? this.tryHere(request) : this.seek()
    if (this.borrowed.covers(mode)) return this.enter(request)
    if (own.asked === null) return this.ask(request)
    // Its place in the queue may be there already. Is another request before it?
    if (own.asked.what === 'place') ifFree ? this.tries.askAnybody(stamp) : this.tries.disappoint()
    this.seek()
  }

  receive(from: NodeId, message: Message): void {
    switch (message.kind) {
      case 'request':
        return this.atHome?.arrange(message)
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
        return this.atHome?.takeToken(from, message.claimant, this.own.tryOut)
      case 'settled':
        this.own.answered()
        return this.seek()
      case 'astray':
        return this.atHome?.redirect(message, this.own.tryOut)
      case 'anybody':
        return this.tries.answer(from, message.stamp, this.own.isTaken(this.entries, this.hasToken))
      case 'homecoming':
        if (this.atHome !== null) this.atHome.end.reached(from)
        else if (this.own.asked === null && !this.hasToken) this.ask(unwanted(this.site.self))
        return
    }
  }

  release(): void {
    invariant(this.entries > 0, 'only who is inside can leave')
    this.entries--
    if (this.hasToken) this.serve(true)
    else this.borrowed.leave()
  }

  cancel(stamp: Stamp): void {
    // The place stays, and the answer of the try has no effect.
    if (!this.own.withdraw(stamp)) return
    this.place.forget(stamp)
    this.tries.forget(stamp)
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
    const isUnused = this.own.isDone && this.entries === 0 && this.place.line.length === 0
    const hasNothing = this.lender.isAsNew && this.borrowed.isEmpty && this.tries.isEmpty
    if (!isUnused || !hasNothing || this.isContended || this.isPausing) return false
    if (this.atHome !== null) return !this.atHome.isOwed && this.atHome.end.isAsNew(this.hasToken)
    // Of what hung on the token's first place, the home must hear that it is over.
    return this.site.self === this.start ? this.hasToken && !this.place.wasHungOn : !this.hasToken
  }

  rest(): void {
    this.tries.forgetHopes()
    if (!this.own.isDone || this.entries > 0) return
    if (!this.hasToken) return this.borrowed.giveBack()
    this.isContended = false
    this.isResting = true
    this.serve(false)
  }

  describe(): { token: boolean; permissions: readonly NodeId[] } {
    return { token: this.hasToken, permissions: [] }
  }

  /** Seeks a way in for each request that has none and need not wait for an answer. */
  private seek(): void {
    for (;;) {
      const request = this.own.next(this.place)
      if (request === null) return
      if (!this.hasToken) this.ask(request)
      else if (request.ifFree) return this.tryHere(request)
      else if (!this.askHere(request)) return
    }
  }

  /** Asks for a place, or tries. */
  private ask(request: Wanted): void {
    // A loan that is kept does not serve for this.
    if (!this.hasToken && this.entries === 0) this.borrowed.giveBack()
    this.own.asks(request)
    const { stamp, mode, ifFree } = request
    if (this.atHome === null) this.site.send(this.home, { kind: 'request', stamp, mode, ifFree })
    else this.atHome.arrange(request)
  }

  /** This site wants to enter, and has the token. False if the request waits for what has arrived to be read. */
  private askHere(request: Wanted): boolean {
    const { place } = this
    if (place.isLast && !this.isContended && this.lender.hasRoomFor(request.mode)) this.enter(request)
    else if (this.isPausing) return false
    else if (this.isContended && this.atHome !== null && place.next === null) {
      this.isPausing = true
      this.site.pause(true)
      return false
    } else if (this.isContended || place.next !== null) this.ask(request)
    else this.stand(request)
    return true
  }

  private tryHere(request: Wanted): void {
    const { isLast } = this.place
    // Inside, a site waits for no place: the one before that place says that it is not inside.
    if (isLast && this.own.asked === null && this.lender.hasRoomFor(request.mode)) return this.enter(request)
    if (!isLast) return this.takeNo(request.stamp)
    this.tries.considerOwn(request)
    this.serve(false)
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
    this.tries.refuseConsidered()
    this.serve(false)
  }

  /** The request so named comes after this place, or hangs on it. */
  private follow(wanted: Wanted): void {
    const { stamp, mode } = wanted
    if (stamp.id === this.site.self) return this.followSelf()
    if (this.own.asked?.what === 'arrival') return this.sendBack(wanted)
    this.tries.refuse()
    if (!mode.isAlone) return this.stand(wanted)
    const place = this.openPlace
    invariant(place.next === null, 'each place is followed by one')
    place.next = stamp
    this.tries.refuseConsidered()
    this.serve(false)
  }

  /** The home has heard of no request since this site's own last one: the token may be used here as before. */
  private followSelf(): void {
    const { asked, first } = this.own
    this.place.wasHungOn ||= asked?.what === 'place' && !asked.mode.isAlone
    this.own.answered()
    this.isContended = false
    if (first === null || this.tries.isConsidering(first.stamp)) this.serve(false)
    else this.seek()
  }

  /** A site tries, and this place is the last of the queue. */
  private consider(wanted: Wanted): void {
    this.tries.consider(wanted)
    this.serve(false)
  }

  private takeToken(isContended: boolean): void {
    const { own } = this
    invariant(!this.hasToken && own.asked !== null, 'the token comes once, and to who asked')
    this.hasToken = true
    own.answered()
    this.isContended = isContended
    // The sites before this one in the queue have left.
    if (this.atHome !== null) this.atHome.end.passed(this.home)
    else if (this.site.self === this.start) this.tell(this.home, { kind: 'homecoming' })
    if (own.first !== null) this.enter(own.first)
    else this.tries.considerParked()
    this.serve(true)
    this.seek()
  }

  /** A loan for the latest request. It may be withdrawn by now, or another thing may be wanted. */
  private borrow(lender: NodeId, mayKeep: boolean): void {
    const { own } = this
    const { asked } = own
    invariant(asked !== null && asked.what !== 'arrival' && !this.hasToken, 'a loan comes to who asked for it')
    own.answered()
    this.borrowed.take(lender, asked.mode, mayKeep)
    if (own.first?.mode.equals(asked.mode) === true) return this.enter(own.first)
    if (!mayKeep) this.borrowed.giveBack()
    this.seek()
  }

  /** No to a try of this site. */
  private takeNo(stamp: Stamp): void {
    const { own } = this
    if (own.tryOut !== null && sameStamp(own.tryOut, stamp)) own.answered()
    this.giveUp(stamp)
    if (!this.hasToken) this.seek()
  }

  /** The try so named is refused, if this site still tries. */
  giveUp(stamp: Stamp): void {
    const { first } = this.own
    if (first?.ifFree !== true || !sameStamp(first.stamp, stamp)) return
    this.own.remove(first)
    this.site.refused()
  }

  enter(request: Wanted): void {
    this.own.remove(request)
    this.mode = request.mode
    this.entries++
    if (!this.hasToken) this.borrowed.enter()
    this.isResting = false
    this.tries.disappoint()
    this.site.granted(request.stamp)
  }

  /** The token is here, and not used alone: lends it, hands it on, gives it to a site that tries, or lets it rest. */
  private serve(isContended: boolean): void {
    while (this.hasToken) {
      const turn = this.lender.serveLine(this.place, !this.isResting)
      if (turn === null) break
      this.enter(turn)
    }
    if (!this.hasToken || (this.entries > 0 && this.mode.isAlone)) return
    if (!this.place.isLast) return this.handOn(isContended)
    if (this.own.asked !== null) return
    this.tries.serve()
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
    this.seek()
  }

  /** No request follows: by way of the home the token goes to a site that tries. */
  yieldTo(stamp: Stamp): void {
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
    this.own.asked = { what: 'arrival' }
    this.tell(this.home, { kind: 'homeward', claimant })
  }

  private giveAway(place: QueuePlace): void {
    this.hasToken = false
    place.wasHungOn = false
    this.isContended = false
    this.isResting = false
    this.tries.forgetHopes()
  }

  wake(): void {
    this.isPausing = false
    this.isContended = false
    this.seek()
  }

  /** The token is at home, and stays. Its first place is told, in order to be as new. */
  keepToken(): void {
    this.hasToken = true
    if (this.start !== this.home) this.tell(this.start, { kind: 'homecoming' })
  }

  /** What should have come to another place. */
  sendBack({ stamp, mode, ifFree }: Wanted): void {
    this.tell(this.home, { kind: 'astray', stamp, mode, ifFree })
  }

  tell(to: NodeId, message: Message): void {
    if (to === this.site.self) this.receive(to, message)
    else this.site.send(to, message)
  }
}

/** The token's first place tries for no request, only to have the token. */
function unwanted(self: NodeId): Wanted {
  return { stamp: { time: 0, count: 0, id: self }, mode: Mode.exclusive, ifFree: true }
}
