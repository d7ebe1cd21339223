/**
 * The queue lock of Mellor-Crummey and Scott 1991, "Algorithms for Scalable Synchronization on Shared-Memory Multiprocessors"
 * (ACM TOCS 9, 1), §2.4, carried over to messages. There a lock is one word that knows the queue's tail: a processor swaps itself
 * in, tells the former tail that it follows, and spins on its own memory. Here that word is a site, the lock's *home*, and the
 * swap is a request. The home tells the former tail which site follows, and the token goes straight from holder to follower. It
 * stays where it was used last.
 *
 * 3 messages for an entry at any N: request, follow, turn; 2 when the home is one of requester and tail, none for the site that
 * has the token. One message from holder to holder. Only the home and the tail get a message for a request. What a site does with
 * the token while it has it is in `token-stay.ts`.
 *
 * Requests that others may be beside, such as those to share and for permits, are grouped behind the last exclusive request: they take no place in the queue, but hang on
 * its last place. The readers of Mellor-Crummey and Scott's fair reader-writer lock are grouped in this way (PPoPP 1991,
 * "Scalable Reader-Writer Synchronization for Shared-Memory Multiprocessors", §3), and so are those of ShiftLock (FAST 2025).
 * When the token comes to that place and is not used alone, it is *lent* to them, in order, as far as they may be inside together
 * (`lender.ts`). It goes on to the follower when all loans are back. A borrower keeps its loan, and enters again without a
 * message, until it is reclaimed (`borrowed.ts`).
 *
 * A site waits for one place at a time (`asked`), so a `follow` needs no number for the place in the queue. Requests for permits
 * take no place, and a site may have several of them on their way. A site that withdraws keeps its place without wanting to
 * enter: the token goes on from there, or rests. A new request takes that place again. What hangs on such a place need not wait for
 * its turn, and is passed on to the place before (`queue-passing.ts`).
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
import { type Mode, modeKinds } from '../base/mode.ts'
import { entriesOf, ModeCounts } from '../base/mode-counts.ts'
import { sameStamp, type Stamp } from '../clock/stamp.ts'
import { body, type BodyOf } from '../wire/bodies.ts'
import { mode, stamp } from '../wire/fields.ts'
import { bool, nullable } from '../wire/schema.ts'
import { Borrowed } from './borrowed.ts'
import { common } from './common-messages.ts'
import type { Algorithm, Site, WiredKind } from './contract.ts'
import { lendingMessages } from './lender.ts'
import { tokenStart } from './order.ts'
import { OwnRequests, unwanted } from './own-requests.ts'
import { QueueHome, type Resident } from './queue-home.ts'
import { passingMessages, QueuePassing } from './queue-passing.ts'
import { TokenStay, type TokenSite } from './token-stay.ts'
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
  ...passingMessages,
}
export type HomeQueueMessage = BodyOf<typeof messages>
type Message = HomeQueueMessage

export const homeQueue: WiredKind<Message> = {
  name: 'home-queue',
  messages,
  modes: modeKinds,
  overlapsRequests: true,
  asksAlways: false,
  create: (site) => new HomeQueue(site),
  // The token is still where it began; and no request enters elsewhere unless the home knows of it.
  untouched(carried, firstPlace, self, peer) {
    const start = tokenStart(carried, firstPlace)
    return carried.some(({ holder }) => holder === peer) || (self !== start && (self !== firstPlace || peer === start))
  },
}

export class HomeQueue implements Algorithm<Message>, TokenSite, Resident {
  readonly self: NodeId
  private readonly site: Site<Message>
  readonly home: NodeId
  /** Where the token began. */
  readonly start: NodeId
  /** How often this site is inside, by mode. */
  readonly entries: ModeCounts
  readonly own = new OwnRequests()
  /** At home: `wake` will be called. */
  private isPausing = false
  private readonly stay: TokenStay
  private readonly borrowed: Borrowed
  private readonly passing: QueuePassing
  /** At home only. */
  readonly atHome: QueueHome | null

  constructor(site: Site<Message>) {
    const { self, carried } = site
    this.site = site
    this.self = self
    this.home = site.firstPlace
    this.start = tokenStart(carried, site.firstPlace)
    this.entries = entriesOf(carried, self)
    this.stay = new TokenStay(site, this)
    this.passing = new QueuePassing(this, this.stay)
    this.borrowed = new Borrowed(site, this.start, this.stay.hasToken ? new ModeCounts() : entriesOf(carried, self))
    this.atHome = this.home === self ? new QueueHome(self, this.start, this, this.stay) : null
  }

  request(stamp: Stamp, mode: Mode, ifFree: boolean): void {
    const { own } = this
    const request = { stamp, mode, ifFree }
    own.add(request)
    if (this.stay.hasToken) return ifFree ? this.tryHere(request) : this.seek()
    if (this.borrowed.covers(mode)) return this.enter(request)
    if (own.asked === null) return this.ask(request)
    // Its place in the queue may be there already. Is another request before it?
    if (own.asked.what === 'place') ifFree ? this.tryAtPlace(stamp) : this.stay.tries.disappoint()
    this.seek()
  }

  receive(from: NodeId, message: Message): void {
    switch (message.kind) {
      case 'request':
        return this.atHome?.arrange(message)
      case 'follow':
        return message.ifFree ? this.consider(message) : this.follow(message)
      case 'turn':
        return this.takeToken(message.stamp, message.isContended)
      case 'lend':
        return this.borrow(from, message.stamp, message.mayKeep)
      case 'reclaim':
        return this.borrowed.reclaimed(from)
      case 'back':
        this.stay.lender.returned(from, message.returned)
        return this.stay.serve(true)
      case 'busy':
        return this.takeNo(message.stamp)
      case 'taken':
        return message.stamp.id === this.site.self ? this.giveUp(message.stamp) : this.stay.tries.refuse(message.stamp)
      case 'homeward':
        return this.atHome?.takeToken(from, message.claimant, this.own.tryOut)
      case 'settled':
        this.own.answered()
        return this.seek()
      case 'astray':
        return this.atHome?.redirect(message, this.own.tryOut)
      case 'anybody':
        return this.stay.tries.answer(from, message.stamp, this.own.isTaken(this.entries.size, this.stay.hasToken))
      case 'past':
        return this.atHome?.pass(message)
      case 'before':
        return this.passing.before(message)
      case 'late':
        return message.place.id === this.self ? this.passing.late(message) : this.atHome?.returned(message)
      case 'withdraw':
        return this.atHome === null ? this.drop(message.stamp) : this.atHome.withdraw(message.stamp)
      case 'homecoming':
        if (this.atHome !== null) this.atHome.end.reached(from)
        else if (this.own.asked === null && !this.stay.hasToken) this.ask(unwanted(this.site.self))
        return
    }
  }

  release(mode: Mode): void {
    this.entries.remove(mode)
    if (this.stay.hasToken) this.stay.serve(true)
    else this.borrowed.leave(mode)
  }

  cancel(stamp: Stamp): void {
    // The place stays, and the answer of the try has no effect.
    if (!this.own.withdraw(stamp)) return
    this.stay.place.forget(stamp)
    this.stay.tries.forget(stamp)
    this.stay.serve(false)
    this.passing.withdrawn(stamp)
  }

  wanted(mode: Mode): boolean {
    return this.stay.place.excludes(mode) || (this.stay.hasToken ? this.stay.isContended : this.borrowed.isRecalled)
  }

  mayHold(peer: NodeId): boolean {
    if (peer === this.site.self || this.atHome?.isOwed === true) return false
    if (this.stay.hasToken) return this.stay.lender.mayHold(peer)
    // A site that waits for this place to pass the token on is not inside; at home, none is that never asked.
    const { next, isNextBeside } = this.stay.place
    return this.atHome === null ? isNextBeside || next?.id !== peer : this.atHome.end.mayHold(peer)
  }

  idle(): boolean {
    const isUnused = this.own.isDone && this.entries.size === 0 && this.stay.place.line.length === 0
    const hasNothing = this.stay.lender.isAsNew && this.borrowed.isEmpty && this.stay.tries.isEmpty
    if (!isUnused || !hasNothing || this.stay.isContended || this.isPausing) return false
    if (this.atHome !== null) return !this.atHome.isOwed && this.atHome.end.isAsNew(this.stay.hasToken)
    // Of what hung on the token's first place, the home must hear that it is over.
    return this.site.self === this.start ? this.stay.hasToken && !this.stay.place.wasHungOn : !this.stay.hasToken
  }

  rest(): void {
    this.stay.tries.forgetHopes()
    if (!this.own.isDone || this.entries.size > 0) return
    if (!this.stay.hasToken) return this.borrowed.giveBack()
    this.stay.isContended = false
    this.stay.isResting = true
    this.stay.serve(false)
  }

  describe(): { token: boolean; permissions: readonly NodeId[] } {
    return { token: this.stay.hasToken, permissions: [] }
  }

  /** Seeks a way in for each request that has none and need not wait for an answer. */
  seek(): void {
    for (;;) {
      const request = this.own.next(this.stay.place)
      if (request === null) return this.passing.seek()
      if (!this.stay.hasToken) this.ask(request)
      else if (request.ifFree) return this.tryHere(request)
      else if (!this.askHere(request)) return
    }
  }

  /** Asks for a place, or tries. */
  private ask(request: Wanted): void {
    // A loan that is kept does not serve for this, and may be in its way. Of permits the next request here may use it.
    if (!this.stay.hasToken && (this.entries.size === 0 || !request.mode.isCounted)) this.borrowed.giveBack()
    this.own.asks(request)
    const { stamp, mode, ifFree } = request
    if (this.atHome === null) this.site.send(this.home, { kind: 'request', stamp, mode, ifFree })
    else this.atHome.arrange(request)
  }

  /** This site wants to enter, and has the token. False if the request waits for what has arrived to be read. */
  private askHere(request: Wanted): boolean {
    const { place, isContended, lender } = this.stay
    if (place.isLast && !isContended && lender.hasRoomFor(request.mode)) this.enter(request)
    else if (this.isPausing) return false
    else if (isContended && this.atHome !== null && place.next === null) {
      this.isPausing = true
      this.site.pause(true)
      return false
    } else if (isContended || place.next !== null) this.ask(request)
    else this.stay.stand(request)
    return true
  }

  /** A try at this site's withdrawn place. Beside an entry of this site's own nothing would answer it before that is over. */
  private tryAtPlace(stamp: Stamp): void {
    if (this.entries.size > 0) this.giveUp(stamp)
    else this.stay.tries.askAnybody(stamp)
  }

  private tryHere(request: Wanted): void {
    const { place, lender, tries } = this.stay
    // Inside, a site waits for no place: the one before that place says that it is not inside.
    if (place.isLast && this.own.asked === null && lender.hasRoomFor(request.mode)) return this.enter(request)
    if (!place.isLast) return this.takeNo(request.stamp)
    tries.considerOwn(request)
    this.stay.serve(false)
  }

  /** The request so named comes after this place, or hangs on it. */
  private follow(wanted: Wanted): void {
    const { stamp, mode } = wanted
    if (stamp.id === this.site.self) return this.followSelf(stamp)
    if (this.own.asked?.what === 'arrival') return this.sendBack(wanted)
    this.stay.tries.refuse()
    if (mode.isAlone) this.stay.precede(stamp)
    else if (!this.passing.passes(wanted)) this.stay.stand(wanted)
  }

  /** The home has heard of no request since this site's own last one: the token may be used here as before. */
  private followSelf(stamp: Stamp): void {
    const { asked, beside } = this.own
    if (beside !== null && sameStamp(beside.stamp, stamp)) {
      this.own.beside = null
      return this.resume()
    }
    this.stay.place.wasHungOn ||= asked?.what === 'place' && !asked.mode.isAlone
    this.own.answered()
    this.passing.arrived(null)
    this.stay.isContended = false
    this.resume()
  }

  /** An answer has come: its own requests may find a way in, or the token goes on. */
  resume(): void {
    const { first } = this.own
    if (first === null || this.stay.tries.isConsidering(first.stamp)) this.stay.serve(false)
    else this.seek()
  }

  /** A site tries, and this place is the last of the queue. */
  private consider(wanted: Wanted): void {
    this.stay.tries.consider(wanted)
    this.stay.serve(false)
  }

  private takeToken(turn: Stamp, isContended: boolean): void {
    const { own } = this
    invariant(!this.stay.hasToken && own.asked !== null, 'the token comes once, and to who asked')
    this.stay.hasToken = true
    own.answered()
    this.passing.arrived(turn)
    this.stay.isContended = isContended
    // The sites before this one in the queue have left.
    if (this.atHome !== null) this.atHome.end.passed(this.home)
    else if (this.site.self === this.start) this.tell(this.home, { kind: 'homecoming' })
    if (own.first !== null) this.enter(own.first)
    else this.stay.tries.considerParked()
    this.stay.serve(true)
    this.seek()
  }

  /** A loan for the latest request. It may be withdrawn by now, or another thing may be wanted. */
  private borrow(lender: NodeId, stamp: Stamp, mayKeep: boolean): void {
    const { own } = this
    const mode = own.answeredFor(stamp)
    invariant(mode !== null && !this.stay.hasToken, 'a loan comes to who asked for it')
    this.borrowed.take(lender, mode, mayKeep)
    if (own.first?.mode.equals(mode) === true) this.enterByLoan(own.first, mayKeep)
    else if (!mayKeep) this.borrowed.giveBack()
    this.seek()
  }

  private enterByLoan(request: Wanted, mayKeep: boolean): void {
    this.enter(request)
    // The lender takes all to be in use now: it does not reclaim a loan of another mode that this site has kept.
    if (!mayKeep && !request.mode.isCounted) this.borrowed.giveBack()
  }

  /** No to a try of this site. */
  private takeNo(stamp: Stamp): void {
    const { own } = this
    if (own.tryOut !== null && sameStamp(own.tryOut, stamp)) own.answered()
    else if (own.hangs(stamp)) {
      own.answeredFor(stamp)
      return this.resume()
    }
    this.giveUp(stamp)
    if (!this.stay.hasToken) this.seek()
  }

  /** The try so named is refused, if this site still tries. */
  giveUp(stamp: Stamp): void {
    const { first } = this.own
    if (first?.ifFree !== true || !sameStamp(first.stamp, stamp)) return
    this.own.remove(first)
    this.site.refused()
    this.passing.vacated()
  }

  enter(request: Wanted): void {
    this.own.remove(request)
    this.entries.add(request.mode)
    if (!this.stay.hasToken) this.borrowed.enter(request.mode)
    this.stay.isResting = false
    this.stay.tries.disappoint()
    this.site.granted(request.stamp)
  }

  wake(): void {
    this.isPausing = false
    this.stay.isContended = false
    this.seek()
  }

  /** What should have come to another place. */
  sendBack({ stamp, mode, ifFree }: Wanted): void {
    this.tell(this.home, { kind: 'astray', stamp, mode, ifFree })
  }

  /** A request that hangs on this place is withdrawn. */
  drop(stamp: Stamp): void {
    this.passing.drop(stamp)
  }

  tell(to: NodeId, message: Message): void {
    if (to === this.site.self) this.receive(to, message)
    else this.site.send(to, message)
  }
}
