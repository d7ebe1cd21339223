/**
 * The queue lock of Mellor-Crummey and Scott 1991, "Algorithms for Scalable Synchronization on Shared-Memory Multiprocessors"
 * (ACM TOCS 9, 1), §2.4, carried over to messages. There a lock is one word that knows the queue's tail: a processor that comes
 * swaps itself in, tells the former tail who follows it, and spins on memory of its own. Here that word is a site, the lock's
 * *home*, and the swap is a request: the home tells the former tail who follows, and the token goes straight from holder to
 * follower. It stays where it was used last.
 *
 * 3 messages for an entry at any N: request, follow, baton; 2 when the home is one of requester and tail, none for the site that
 * has the token. One message from holder to holder. No site but home, tail and requester is asked anything.
 *
 * One thing is asked at a time (`asked`): so a `follow` says without a number which place in the queue is meant. A site that
 * withdraws keeps its place, without wanting it: there the token goes on, or rests. Asking again takes the place up again.
 *
 * Deviations, all outside the paper's count. A token that is not handed to a follower goes by way of the home, so that the home
 * always knows where the queue ends: when it has rested, and when a site tries for it (`ifFree`) at a tail that rests; a
 * `follow` that crossed it comes back `astray`. What becomes of a try at a withdrawn place is in `tries.ts`. In a view that a
 * site begins inside, the token begins there, and that site, told that it came home, tries for it in order to be as new.
 */
import { invariant } from '../base/assert.ts'
import type { NodeId } from '../base/ids.ts'
import { Mode } from '../base/mode.ts'
import { sameStamp, type Stamp } from '../clock/stamp.ts'
import { body, type BodyOf } from '../wire/bodies.ts'
import { stamp } from '../wire/fields.ts'
import { bool, nullable } from '../wire/schema.ts'
import { common } from './common-messages.ts'
import type { Algorithm, Site, WiredKind } from './contract.ts'
import { tokenStart } from './order.ts'
import { QueueEnd } from './queue-end.ts'
import { Tries } from './tries.ts'

/** What the sites say to each other. */
const messages = {
  request: common.request,
  busy: common.busy,
  baton: common.baton,
  anybody: common.anybody,
  /** The request so named comes after you; with `ifFree` it is to have the token if that rests, or to hear `busy`. */
  follow: body(8, { stamp, ifFree: bool() }),
  /** The token goes home, for that one who tried, or because it has rested. */
  homeward: body(10, { claimant: nullable(stamp) }),
  /** The token is home; all that was told to its former place has arrived there. */
  settled: body(11, {}),
  /** That one was said to follow me, and I had sent the token home. */
  astray: body(12, { stamp, ifFree: bool() }),
  /** The token is home, to its first place in a view that began with a hold; and from there, that it has it. */
  homecoming: body(14, {}),
}
type Message = BodyOf<typeof messages>

export const homeQueue: WiredKind<Message> = {
  name: 'home-queue',
  messages,
  modes: ['exclusive'],
  asksAlways: false,
  create: (site) => new HomeQueue(site),
  // Where the token began it still is; and no request enters elsewhere unless the home has heard of it.
  untouched(carried, firstPlace, self, peer) {
    const start = tokenStart(carried, firstPlace)
    return self !== start && (self !== firstPlace || peer === start)
  },
}

/** What this site waits to be told: its turn in the queue, yes or no to a try, or that a token it sent home is there. */
type Asked = { readonly what: 'place' | 'try'; readonly stamp: Stamp } | { readonly what: 'arrival' }

export class HomeQueue implements Algorithm<Message> {
  private readonly site: Site<Message>
  private readonly home: NodeId
  /** Where the token began. */
  private readonly start: NodeId
  private hasToken: boolean
  private inside: boolean
  private pending: { readonly stamp: Stamp; readonly ifFree: boolean } | null = null
  private asked: Asked | null = null
  /** Whose place in the queue is after this one. */
  private next: Stamp | null = null
  private readonly tries: Tries
  /** At home only. */
  private readonly end: QueueEnd | null
  /** The token has come home, and the `follow` that it crossed has not: it is for the request that the `follow` names. */
  private isOwed = false

  constructor(site: Site<Message>) {
    this.site = site
    this.tries = new Tries(site)
    this.home = site.firstPlace
    this.start = tokenStart(site.carried, site.firstPlace)
    this.hasToken = this.start === site.self
    this.inside = site.carried[0]?.holder === site.self
    this.end = this.home === site.self ? new QueueEnd(this.home, this.start) : null
  }

  request(stamp: Stamp, _mode: Mode, ifFree: boolean): void {
    invariant(this.pending === null && !this.inside, 'one request at a time')
    this.pending = { stamp, ifFree }
    if (this.hasToken) return this.enter()
    if (this.asked === null) return this.ask()
    if (this.asked.what !== 'place') return
    // The place in the queue is there already. Is another request before it?
    if (ifFree) this.tries.askAnybody(stamp)
    else this.tries.disappoint()
  }

  receive(from: NodeId, message: Message): void {
    switch (message.kind) {
      case 'request':
        return this.arrange(message.stamp, message.ifFree)
      case 'follow':
        return message.ifFree ? this.consider(message.stamp) : this.follow(message.stamp)
      case 'baton':
        return this.takeToken()
      case 'busy':
        return this.takeNo(message.stamp)
      case 'homeward':
        return this.comeHome(from, message.claimant)
      case 'settled':
        this.asked = null
        if (this.pending !== null) this.ask()
        return
      case 'astray':
        return this.redirect(message.stamp, message.ifFree)
      case 'anybody':
        return this.tries.answer(from, message.stamp, this.isTaken())
      case 'homecoming':
        if (this.end !== null) this.end.reached(from)
        else if (this.asked === null && !this.hasToken) this.ask()
        return
    }
  }

  release(): void {
    invariant(this.inside, 'only who is inside can leave')
    this.inside = false
    this.handOver()
  }

  cancel(): void {
    // The place stays, and what the try brings counts for nothing.
    this.pending = null
  }

  wanted(): boolean {
    return this.next !== null
  }

  mayHold(peer: NodeId): boolean {
    if (peer === this.site.self || this.hasToken || this.isOwed) return false
    // A site that waits for this place to pass the token on is not inside; at home, none is that never asked.
    return this.end === null ? this.next?.id !== peer : this.end.mayHold(peer)
  }

  idle(): boolean {
    const unused = this.pending === null && !this.inside && this.asked === null && !this.isOwed && this.tries.isEmpty
    return unused && (this.end?.isAsNew(this.hasToken) ?? this.hasToken === (this.start === this.site.self))
  }

  rest(): void {
    this.tries.forgetHopes()
    if (!this.hasToken || this.inside || this.site.self === this.start) return
    if (this.end !== null) this.tell(this.start, { kind: 'homecoming' })
    else this.sendHome(null)
  }

  describe(): { token: boolean; permissions: readonly NodeId[] } {
    return { token: this.hasToken, permissions: [] }
  }

  // What all sites do.

  /** Asks for a place, or tries. The token's first place tries for no request, only to have it. */
  private ask(): void {
    const { stamp, ifFree } = this.pending ?? { stamp: { time: 0, count: 0, id: this.site.self }, ifFree: true }
    this.asked = { what: ifFree ? 'try' : 'place', stamp }
    this.tell(this.home, { kind: 'request', stamp, mode: Mode.exclusive, ifFree })
  }

  /** The place of another request is after this one. */
  private follow(stamp: Stamp): void {
    if (this.asked?.what === 'arrival') return this.tell(this.home, { kind: 'astray', stamp, ifFree: false })
    invariant(this.next === null, 'each place is followed by one')
    this.next = stamp
    this.tries.refuse()
    if (this.hasToken && !this.inside) this.handOver()
  }

  /** A site tries, and this place is the last of the queue. */
  private consider(stamp: Stamp): void {
    if (this.hasToken && !this.inside) return this.yieldTo(stamp)
    if (!this.inside && this.asked?.what !== 'place') return this.tell(this.home, { kind: 'astray', stamp, ifFree: true })
    if (this.inside || this.pending !== null) return this.tell(stamp.id, { kind: 'busy', stamp })
    this.tries.park(stamp)
  }

  private takeToken(): void {
    invariant(!this.hasToken && this.asked !== null, 'the token comes once, and to who asked')
    this.hasToken = true
    this.asked = null
    // The sites before this one in the queue have left.
    if (this.end !== null) this.end.passed(this.home)
    else if (this.site.self === this.start) this.tell(this.home, { kind: 'homecoming' })
    if (this.pending !== null) return this.enter()
    this.handOver()
  }

  private takeNo(stamp: Stamp): void {
    if (stamp.id !== this.site.self) return this.tries.refuse(stamp)
    const { asked, pending } = this
    if (asked?.what === 'try' && sameStamp(asked.stamp, stamp)) this.asked = null
    if (pending === null) return
    if (pending.ifFree && sameStamp(pending.stamp, stamp)) {
      this.pending = null
      this.site.refused()
    } else if (this.asked === null) this.ask()
  }

  private enter(): void {
    this.pending = null
    this.inside = true
    this.tries.disappoint()
    this.site.granted()
  }

  /** The token, unused here: to the one who follows, or to one who tries, or it rests. */
  private handOver(): void {
    const { next } = this
    if (next !== null) {
      this.next = null
      this.giveAway()
      return this.tell(next.id, { kind: 'baton', stamp: next })
    }
    const first = this.tries.takeFirst()
    if (first !== null) this.yieldTo(first)
  }

  /** No request follows: by way of the home the token goes to a site that tries. */
  private yieldTo(stamp: Stamp): void {
    if (this.end !== null) this.lend(this.end, stamp)
    else this.sendHome(stamp)
  }

  private sendHome(claimant: Stamp | null): void {
    this.giveAway()
    this.asked = { what: 'arrival' }
    this.tell(this.home, { kind: 'homeward', claimant })
  }

  private giveAway(): void {
    this.hasToken = false
    this.tries.forgetHopes()
  }

  /** Is a request inside here, or waiting? Or could it be, before the one that asks. */
  private isTaken(): 'now' | 'later' | 'no' {
    const isQueued = this.asked?.what === 'place'
    if (this.inside || (isQueued && this.pending?.ifFree === false)) return 'now'
    return this.hasToken || isQueued ? 'later' : 'no'
  }

  private tell(to: NodeId, message: Message): void {
    if (to === this.site.self) this.receive(to, message)
    else this.site.send(to, message)
  }

  // What the home does.

  private arrange(stamp: Stamp, ifFree: boolean): void {
    const { end } = this
    if (end === null) return
    invariant(end.tail !== stamp.id, 'the site that asks is not the last already')
    this.tell(ifFree ? end.tail : end.queue(stamp.id), { kind: 'follow', stamp, ifFree })
  }

  /** The token is here, or comes, and goes on to one who tries, who is the queue's end then. */
  private lend(end: QueueEnd, stamp: Stamp): void {
    this.giveAway()
    end.lent(stamp.id)
    this.tell(stamp.id, { kind: 'baton', stamp })
  }

  private comeHome(from: NodeId, claimant: Stamp | null): void {
    const { end, asked } = this
    if (end === null) return
    this.site.send(from, { kind: 'settled' })
    if (end.tail !== from) {
      // A request that is waited for follows; a try comes after it.
      this.isOwed = true
      end.passed(from)
      if (claimant !== null) this.tell(claimant.id, { kind: 'busy', stamp: claimant })
      return
    }
    if (claimant !== null) return this.lend(end, claimant)
    // A try of the home's own is still out, and would find the token here.
    if (asked?.what === 'try') return this.lend(end, asked.stamp)
    end.cameHome()
    this.hasToken = true
    if (this.start !== this.home) this.tell(this.start, { kind: 'homecoming' })
  }

  /** What was told to a site that had sent the token home. */
  private redirect(stamp: Stamp, ifFree: boolean): void {
    const { asked } = this
    const isOver = stamp.id === this.home && !(asked?.what === 'try' && sameStamp(asked.stamp, stamp))
    if (ifFree) return isOver ? undefined : this.arrange(stamp, true)
    // The token came home before, on the same link; if that was lost, only a new view can help.
    if (!this.isOwed) return
    this.isOwed = false
    this.tell(stamp.id, { kind: 'baton', stamp })
  }
}
