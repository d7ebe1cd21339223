/**
 * Lamport 1978, "Time, Clocks, and the Ordering of Events in a Distributed System": every site keeps the queue of all requests. A
 * site that wants to enter tells every site, and every site that is told acknowledges. A site enters when its own request is the
 * first of its queue and all have acknowledged it. Then no earlier request can still be on its way. 3(N−1) messages for every
 * entry, entries in the order of the stamps.
 *
 * Links must keep their order: an acknowledgement that overtakes an earlier request would let two in.
 *
 * Deviations. The paper waits for any later message of each site, as a proof; here that is always the acknowledgement. A release
 * removes the request that it names, not any of its sender's. Withdrawals are outside the paper's count, and a site whose
 * request is `ifFree` withdraws as soon as its queue has an earlier request. A hold that was carried into the view is in no
 * queue: its holder acknowledges nothing before it has left.
 */
import { invariant } from '../base/assert.ts'
import type { NodeId } from '../base/ids.ts'
import { LazyMap, LazySet } from '../base/lazy.ts'
import { Mode } from '../base/mode.ts'
import { isBefore, sameStamp, type Stamp } from '../clock/stamp.ts'
import { body, type BodyOf } from '../wire/bodies.ts'
import { stamp } from '../wire/fields.ts'
import { common } from './common-messages.ts'
import type { Algorithm, Site, WiredKind } from './contract.ts'
import { onlyCarried } from './permission.ts'

/** What the sites say to each other. */
const messages = {
  request: common.request,
  withdraw: common.withdraw,
  busy: common.busy,
  release: common.release,
  /** That request is in the sender's queue, and all that it sent before has arrived. */
  acknowledge: body(20, { stamp }),
}
type Message = BodyOf<typeof messages>

export const lamport: WiredKind<Message> = {
  name: 'lamport',
  messages,
  modes: ['exclusive'],
  asksAlways: true,
  create: (site) => new Lamport(site),
  untouched: onlyCarried,
}

export class Lamport implements Algorithm<Message> {
  private readonly site: Site<Message>
  /** Requests of others that were not released yet; one for each site. */
  private readonly queue = new LazyMap<NodeId, Stamp>()
  private pending: { readonly stamp: Stamp; readonly ifFree: boolean } | null = null
  /** The sites that have not acknowledged the pending request. */
  private missing = new LazySet<NodeId>()
  /** The request by which this site is inside. */
  private entered: Stamp | null = null
  /** This site is inside by a hold that was carried into the view; or another site is, as far as this site knows. */
  private isCarried: boolean
  private carrier: NodeId | null
  /** Requests that a carried holder acknowledges when it has left. */
  private readonly unacknowledged = new LazyMap<NodeId, Stamp>()

  constructor(site: Site<Message>) {
    this.site = site
    const holder = site.carried[0]?.holder ?? null
    this.isCarried = holder === site.self
    this.carrier = holder === site.self ? null : holder
  }

  request(stamp: Stamp, _mode: Mode, ifFree: boolean): void {
    invariant(this.pending === null && this.entered === null && !this.isCarried, 'one request at a time')
    if (ifFree && this.queue.size > 0) return this.site.refused()
    this.pending = { stamp, ifFree }
    const request = { kind: 'request', stamp, mode: Mode.exclusive, ifFree } as const
    this.missing = new LazySet(this.site.peers)
    this.site.broadcast(this.site.peers, request)
    this.enterIfFirst()
  }

  receive(from: NodeId, message: Message): void {
    switch (message.kind) {
      case 'request':
        if (this.isCarried && message.ifFree) return this.site.send(from, { kind: 'busy', stamp: message.stamp })
        this.queue.set(from, message.stamp)
        if (this.isCarried) this.unacknowledged.set(from, message.stamp)
        else this.site.send(from, { kind: 'acknowledge', stamp: message.stamp })
        if (this.pending?.ifFree === true && isBefore(message.stamp, this.pending.stamp)) this.refuse()
        return
      case 'acknowledge':
        if (this.pending === null || !sameStamp(this.pending.stamp, message.stamp)) return
        this.missing.delete(from)
        if (this.carrier === from) this.carrier = null
        return this.enterIfFirst()
      case 'busy':
        if (this.pending !== null && sameStamp(this.pending.stamp, message.stamp)) this.refuse()
        return
      case 'release':
      case 'withdraw': {
        const request = this.queue.get(from)
        if (request === undefined || !sameStamp(request, message.stamp)) return
        this.queue.delete(from)
        this.unacknowledged.delete(from)
        return this.enterIfFirst()
      }
    }
  }

  release(): void {
    if (this.isCarried) return this.leaveCarried()
    invariant(this.entered !== null, 'only who is inside can leave')
    const release = { kind: 'release', stamp: this.entered } as const
    this.entered = null
    this.site.broadcast(this.site.peers, release)
  }

  cancel(): void {
    const { pending } = this
    if (pending === null) return
    this.pending = null
    const withdrawal = { kind: 'withdraw', stamp: pending.stamp } as const
    this.site.broadcast(this.site.peers, withdrawal)
  }

  wanted(): boolean {
    return this.queue.size > 0
  }

  /** No site enters without this site's acknowledgement, nor is its request forgotten here before it has left. */
  mayHold(peer: NodeId): boolean {
    return this.queue.has(peer) || this.carrier === peer
  }

  idle(): boolean {
    return this.pending === null && this.entered === null && !this.isCarried && this.queue.size === 0
  }

  rest(): void {
    // A site keeps no state beyond an entry.
  }

  describe(): { token: boolean; permissions: readonly NodeId[] } {
    return { token: false, permissions: [] }
  }

  private leaveCarried(): void {
    this.isCarried = false
    for (const [peer, stamp] of this.unacknowledged) this.site.send(peer, { kind: 'acknowledge', stamp })
    this.unacknowledged.clear()
  }

  private enterIfFirst(): void {
    const { pending } = this
    if (pending === null || this.missing.size > 0) return
    for (const stamp of this.queue.values()) if (isBefore(stamp, pending.stamp)) return
    this.pending = null
    this.entered = pending.stamp
    this.site.granted()
  }

  private refuse(): void {
    this.cancel()
    this.site.refused()
  }
}
