/**
 * Naimi, Trehel and Arnold 1996, "A log(N) Distributed Mutual Exclusion Algorithm Based on Path Reversal" (JPDC 34, 1): two
 * pointers and a token. `father` (the parent) leads, site by site, to the site that asked last, which is the root. A request goes
 * there, and every site on its way makes the asking site its father, since that one is the last now. If the root has the token
 * unused, it sends it straight to the asking site; otherwise that site is its `next`, and gets the token after it.
 *
 * Theorem 5: with one request at a time, equally likely from each site, an entry costs H(N−1) = 1 + 1/2 + … + 1/(N−1) messages on
 * average, the token included. It costs none at the site that has the token, and N at most. From one holder to the next it is one
 * message.
 *
 * Deviations. A site that withdraws keeps its place in the queue without wanting to enter: the token goes on from there, or
 * rests. A try (`ifFree`) follows the fathers and changes none. The site that gives it the token makes it its father, and the
 * trying site becomes the root when the token comes. A site asks for one thing at a time, so that no request of its own comes
 * back. What becomes of a try at a withdrawn place is in `tries.ts`. Where pointers have moved a site is not as new again before
 * the next view, however long it rests.
 */
import { invariant } from '../base/assert.ts'
import type { NodeId } from '../base/ids.ts'
import { Mode } from '../base/mode.ts'
import { sameStamp, type Stamp } from '../clock/stamp.ts'
import { body, type BodyOf } from '../wire/bodies.ts'
import { stamp } from '../wire/fields.ts'
import { common } from './common-messages.ts'
import type { Algorithm, Site, WiredKind } from './contract.ts'
import { tokenStart } from './order.ts'
import { Tries } from './tries.ts'

/** What the sites say to each other. */
const messages = {
  request: common.request,
  busy: common.busy,
  chase: common.chase,
  /** The token, to the request so named. */
  baton: body(9, { stamp }),
  anybody: common.anybody,
  taken: common.taken,
}
type Message = BodyOf<typeof messages>

export const naimiTrehel: WiredKind<Message> = {
  name: 'naimi-trehel',
  messages,
  modes: ['exclusive'],
  asksAlways: false,
  create: (site) => new NaimiTrehel(site),
  // The token may be anywhere unless it is still where it began, and that is here.
  untouched: (carried, firstPlace, self) => tokenStart(carried, firstPlace) !== self,
}

export class NaimiTrehel implements Algorithm<Message> {
  private readonly site: Site<Message>
  private readonly start: NodeId
  /** Towards the site that asked last; null if that is this site. */
  private father: NodeId | null
  /** The site that gets the token after this one. */
  private next: Stamp | null = null
  private hasToken: boolean
  private inside: boolean
  private pending: { readonly stamp: Stamp; readonly ifFree: boolean } | null = null
  /** A place in the queue whose turn has not come, or a try that was not answered. */
  private asked: { readonly what: 'place' | 'try'; readonly stamp: Stamp } | null = null
  private readonly tries: Tries

  constructor(site: Site<Message>) {
    this.site = site
    this.tries = new Tries(site)
    this.start = tokenStart(site.carried, site.firstPlace)
    this.hasToken = this.start === site.self
    this.father = this.hasToken ? null : this.start
    this.inside = site.carried[0]?.holder === site.self
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
        return this.receiveRequest(message)
      case 'chase':
        if (this.father === null) this.consider(message.stamp)
        else this.site.send(this.father, message)
        return
      case 'baton':
        return this.receiveToken()
      case 'busy':
      case 'taken':
        return this.receiveNo(message.stamp)
      case 'anybody':
        return this.tries.answer(from, message.stamp, this.isTaken())
    }
  }

  release(): void {
    invariant(this.inside, 'only who is inside can leave')
    this.inside = false
    this.handOver()
  }

  cancel(): void {
    // The place stays, and what a try brings counts for nothing.
    this.pending = null
  }

  wanted(): boolean {
    return this.next !== null
  }

  mayHold(peer: NodeId): boolean {
    // The site that has the token after this one has not had it before.
    return peer !== this.site.self && !this.hasToken && this.next?.id !== peer
  }

  idle(): boolean {
    const isRoot = this.start === this.site.self
    const isUnused = this.pending === null && !this.inside && this.asked === null && this.tries.isEmpty
    return isUnused && this.hasToken === isRoot && this.father === (isRoot ? null : this.start)
  }

  rest(): void {
    this.tries.forgetHopes()
  }

  describe(): { token: boolean; permissions: readonly NodeId[] } {
    return { token: this.hasToken, permissions: [] }
  }

  private ask(): void {
    const { pending, father } = this
    if (pending === null || father === null) return
    const { stamp, ifFree } = pending
    this.asked = { what: ifFree ? 'try' : 'place', stamp }
    if (ifFree) return this.site.send(father, { kind: 'chase', stamp, ifFree })
    this.father = null
    this.site.send(father, { kind: 'request', stamp, mode: Mode.exclusive, ifFree })
  }

  private receiveRequest(message: Message & { readonly kind: 'request' }): void {
    const { father } = this
    this.father = message.stamp.id
    if (father !== null) return this.site.send(father, message)
    this.next = message.stamp
    this.tries.refuse()
    if (this.hasToken && !this.inside) this.handOver()
  }

  /** A site tries, and this site is the root. */
  private consider(stamp: Stamp): void {
    if (this.hasToken && !this.inside) this.give(stamp)
    else if (this.inside || this.pending !== null) this.site.send(stamp.id, { kind: 'busy', stamp })
    else this.tries.park({ stamp, mode: Mode.exclusive, ifFree: true })
  }

  private receiveToken(): void {
    invariant(!this.hasToken && this.asked !== null, 'the token comes once, and to who asked')
    this.hasToken = true
    // The site that tried is the root only now.
    if (this.asked.what === 'try') this.father = null
    this.asked = null
    if (this.pending !== null) return this.enter()
    this.handOver()
  }

  private receiveNo(stamp: Stamp): void {
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

  /** The unused token goes to the next site, or to a site that tries, or rests. */
  private handOver(): void {
    const to = this.next ?? this.tries.takeFirst()?.stamp ?? null
    if (to !== null) this.give(to)
  }

  private give(stamp: Stamp): void {
    this.next = null
    this.hasToken = false
    // A request that came made this its father already; a try did not, and is the last now.
    if (this.father === null) this.father = stamp.id
    this.tries.forgetHopes()
    this.site.send(stamp.id, { kind: 'baton', stamp })
  }

  /** Is a request inside here, or waiting (`now`)? Could one be before the asking request (`later`)? */
  private isTaken(): 'now' | 'later' | 'no' {
    const isQueued = this.asked?.what === 'place'
    if (this.inside || (isQueued && this.pending?.ifFree === false)) return 'now'
    return this.hasToken || isQueued ? 'later' : 'no'
  }
}
