/**
 * Lodha and Kshemkalyani 2000, "A Fair Distributed Mutual Exclusion Algorithm" (IEEE TPDS 11, 6): Ricart–Agrawala in which one
 * message does the work of several. Two requests that cross are each the other's reply. A reply or flush tells which request its
 * sender was served for last, and so retires that request and all before it. A site that leaves flushes the next of the queue,
 * and replies to the sites that asked later. N−1 requests, a reply from each site whose request did not cross, and one flush: N−1
 * to 2(N−1) messages for an entry, entries in the order of the stamps.
 *
 * Links must keep their order, as in the paper.
 *
 * Deviations. A site's next request tells, as its reply would, that its last one was served; without that, a site whose request
 * crosses both would not learn of it. Others count on a request once they know it. So a withdrawn or refused request goes on
 * without its user and, when it is its turn, leaves at once. A user who comes back before that takes its place. With `ifFree` it
 * is refused at the first older request, or at a `busy` from a site that defers its reply. A site that rests tells all others
 * what it was served for last, outside the paper's count, and forgets it.
 */
import { invariant } from '../base/assert.ts'
import type { NodeId } from '../base/ids.ts'
import { LazyMap, LazySet } from '../base/lazy.ts'
import { Mode } from '../base/mode.ts'
import { isBefore, sameStamp, type Stamp } from '../clock/stamp.ts'
import { body, type BodyOf } from '../wire/bodies.ts'
import { stamp } from '../wire/fields.ts'
import { nullable } from '../wire/schema.ts'
import { common } from './common-messages.ts'
import type { Algorithm, Site, WiredKind } from './contract.ts'
import { Given, onlyCarried } from './permission.ts'

/** What the sites say to each other. */
const messages = {
  request: common.request,
  done: common.done,
  busy: common.busy,
  /** The reply to that request, and which request of its sender's was served last. */
  served: body(21, { stamp, last: nullable(stamp) }),
  /** The request so named has left, and with it all before it: it is your turn, as far as those are concerned. */
  flush: body(22, { stamp }),
}
type Message = BodyOf<typeof messages>

export const lodhaKshemkalyani: WiredKind<Message> = {
  name: 'lodha-kshemkalyani',
  messages,
  modes: ['exclusive'],
  asksAlways: true,
  create: (site) => new LodhaKshemkalyani(site),
  untouched: onlyCarried,
}

/** This site's request, until it has left. */
interface Own {
  readonly stamp: Stamp
  ifFree: boolean
  isInside: boolean
  /** False once it was withdrawn or refused: it is only there for the others. */
  isWanted: boolean
  /** The latest request known to be served: one before it that only now arrives was served as well. */
  retired: Stamp | null
}

export class LodhaKshemkalyani implements Algorithm<Message> {
  private readonly site: Site<Message>
  /** The sites that may have entered by a reply of this site, or by a request that crossed its own. */
  private readonly given: Given
  private own: Own | null = null
  /** The sites that have sent neither a reply nor a crossing request since this site's request. */
  private missing = new LazySet<NodeId>()
  /** The local request queue: requests that crossed the own one, and were not retired. */
  private readonly queue = new LazyMap<NodeId, Stamp>()
  /** Requests that came after that: they are replied to when this site has left. */
  private readonly deferred = new LazyMap<NodeId, Stamp>()
  /** The request for which this site was served last. */
  private served: Stamp | null = null

  constructor(site: Site<Message>) {
    this.site = site
    this.given = new Given(site)
    if (!site.carried.some(({ holder }) => holder === site.self)) return
    this.own = { stamp: { time: 0, count: 0, id: site.self }, ifFree: false, isInside: true, isWanted: true, retired: null }
  }

  request(stamp: Stamp, _mode: Mode, ifFree: boolean): void {
    if (this.own !== null) {
      invariant(!this.own.isInside && !this.own.isWanted, 'one request at a time')
      if (ifFree) return this.site.refused()
      this.own.isWanted = true
      this.own.ifFree = false
      return
    }
    this.own = { stamp, ifFree, isInside: false, isWanted: true, retired: null }
    this.missing = new LazySet(this.site.peers)
    const request = { kind: 'request', stamp, mode: Mode.exclusive, ifFree } as const
    this.site.broadcast(this.site.peers, request)
    this.enterIfFirst()
  }

  receive(from: NodeId, message: Message): void {
    switch (message.kind) {
      case 'request':
        return this.receiveRequest(from, message.stamp, message.ifFree)
      case 'served':
        this.heardFrom(from)
        if (this.own === null || !sameStamp(this.own.stamp, message.stamp)) return
        this.missing.delete(from)
        if (message.last !== null) this.retire(message.last)
        return this.enterIfFirst()
      case 'flush':
        this.heardFrom(from)
        this.retire(message.stamp)
        return this.enterIfFirst()
      case 'done':
        this.given.done(from, message.stamp)
        this.retire(message.stamp)
        return this.enterIfFirst()
      case 'busy':
        if (this.own !== null && sameStamp(this.own.stamp, message.stamp)) this.refuse(this.own)
        return
    }
  }

  release(): void {
    const { own } = this
    invariant(own?.isInside === true, 'only who is inside can leave')
    this.leave(own.stamp)
  }

  cancel(): void {
    if (this.own !== null && !this.own.isInside) this.own.isWanted = false
  }

  wanted(): boolean {
    return this.deferred.size > 0 || this.queue.size > 0
  }

  /** This site's request is a reply to each request that crosses it, known here or not. */
  mayHold(peer: NodeId): boolean {
    return this.given.has(peer) || (this.own !== null && this.missing.has(peer))
  }

  idle(): boolean {
    return this.own === null && this.given.isEmpty && this.served === null
  }

  rest(): void {
    if (this.own !== null || this.served === null) return
    const done = { kind: 'done', stamp: this.served } as const
    this.site.broadcast(this.site.peers, done)
    this.served = null
  }

  describe(): { token: boolean; permissions: readonly NodeId[] } {
    return { token: false, permissions: [] }
  }

  private receiveRequest(from: NodeId, stamp: Stamp, ifFree: boolean): void {
    const { own } = this
    const before = this.given.latest(from)
    if (before !== null) this.retire(before)
    this.heardFrom(from)
    if (own === null) {
      this.given.give(from, stamp)
      return this.site.send(from, { kind: 'served', stamp, last: this.served })
    }
    if (!this.missing.delete(from)) {
      this.deferred.set(from, stamp)
      if (ifFree) this.site.send(from, { kind: 'busy', stamp })
      return this.enterIfFirst()
    }
    // The requests crossed: each tells what the other's reply would have told.
    this.given.give(from, stamp)
    if (own.retired === null || isBefore(own.retired, stamp)) this.queue.set(from, stamp)
    if (own.ifFree && isBefore(stamp, own.stamp)) this.refuse(own)
    this.enterIfFirst()
  }

  /** It was served for this request: so were all before it. */
  private retire(last: Stamp): void {
    const { own } = this
    if (own === null) return
    if (own.retired === null || isBefore(own.retired, last)) own.retired = last
    for (const [peer, stamp] of [...this.queue]) if (!isBefore(last, stamp)) this.queue.delete(peer)
  }

  /** It says this outside of its critical section, so the request that it permitted before is done with. */
  private heardFrom(peer: NodeId): void {
    this.given.taken(peer)
    this.given.gone(peer)
  }

  private enterIfFirst(): void {
    const { own } = this
    if (own === null || own.isInside || this.missing.size > 0) return
    for (const stamp of this.queue.values()) if (isBefore(stamp, own.stamp)) return
    if (!own.isWanted) return this.leave(own.stamp)
    own.isInside = true
    this.site.granted()
  }

  private leave(stamp: Stamp): void {
    this.own = null
    // A carried hold was no request.
    if (stamp.time > 0) this.served = stamp
    const next = this.first()
    if (next !== null) this.site.send(next, { kind: 'flush', stamp })
    const waiting = [...this.deferred]
    this.queue.clear()
    this.deferred.clear()
    for (const [peer, theirs] of waiting) {
      this.given.give(peer, theirs)
      this.site.send(peer, { kind: 'served', stamp: theirs, last: this.served })
    }
  }

  /** The site whose request is the earliest of the queue. */
  private first(): NodeId | null {
    let first: Stamp | null = null
    for (const stamp of this.queue.values()) if (first === null || isBefore(stamp, first)) first = stamp
    return first?.id ?? null
  }

  private refuse(own: Own): void {
    if (!own.isWanted || own.isInside || !own.ifFree) return
    own.isWanted = false
    this.site.refused()
  }
}
