/**
 * Raymond 1989, "A distributed algorithm for multiple entries to a critical section" (Information Processing Letters 30):
 * Ricart–Agrawala for k permits. A site that wants to enter asks every other site; a site that is inside, or whose own request
 * is older, replies later. After N−k replies at most k−1 sites can be inside or before it, so it enters. The other replies come
 * late, and name their request, so that none is counted for the next one. At most 2(N−1) messages for an entry.
 *
 * One site is one process of the paper: it uses one permit at a time, and a request that it makes while it is inside waits until
 * it has left. With `raymond-k:many` it stands for k processes, whose replies travel as one: it replies at once for the processes
 * that are outside, and again as others leave. Then one site may use all permits, for more messages while permits are in use.
 *
 * All requests for permits of one lock name the same k, as in the paper. An exclusive request needs every reply, so all sites
 * know of it by the time that it enters.
 *
 * No site can testify that another is not inside: it may have entered without asking further. Notes of exclusive requests are
 * dropped when their senders rest. Withdrawals and `done` are outside the paper's count.
 */
import { invariant } from '../base/assert.ts'
import type { NodeId } from '../base/ids.ts'
import { LazyMap } from '../base/lazy.ts'
import { Mode } from '../base/mode.ts'
import { isBefore, sameStamp, type Stamp } from '../clock/stamp.ts'
import type { BodyOf } from '../wire/bodies.ts'
import { common } from './common-messages.ts'
import type { Algorithm, Site, WiredKind } from './contract.ts'

/** What the sites say to each other. */
const messages = {
  request: common.request,
  reply: common.reply,
  withdraw: common.withdraw,
  done: common.done,
  busy: common.busy,
}
type Message = BodyOf<typeof messages>

export const raymondK: WiredKind<Message> = kind('raymond-k', false)

function kind(name: string, isMany: boolean): WiredKind<Message> {
  return {
    name,
    messages,
    modes: ['exclusive', 'permits'],
    fixedPermits: true,
    asksAlways: true,
    create: (site) => new RaymondK(site, isMany),
    options: ['many'],
    withOptions: (options) => (options.length === 1 && options[0] === 'many' ? kind('raymond-k:many', true) : null),
    // A site with N−k replies needs none of the others.
    untouched: () => true,
  }
}

/** This site's request, until it enters or is withdrawn. */
class Pending {
  readonly stamp: Stamp
  readonly mode: Mode
  readonly ifFree: boolean
  /** How many processes of each peer may be inside or before this one. */
  readonly missing = new Map<NodeId, number>()
  /** Their sum. */
  outstanding = 0
  /** How many of them are certain, since their site would rather say so than keep a try waiting. */
  refusals = 0

  constructor(stamp: Stamp, mode: Mode, ifFree: boolean) {
    this.stamp = stamp
    this.mode = mode
    this.ifFree = ifFree
  }

  set(peer: NodeId, processes: number): void {
    this.outstanding += processes - (this.missing.get(peer) ?? 0)
    if (processes === 0) this.missing.delete(peer)
    else this.missing.set(peer, processes)
  }
}

export class RaymondK implements Algorithm<Message> {
  private readonly site: Site<Message>
  private readonly isMany: boolean
  private entries = 0
  private mode = Mode.exclusive
  private pending: Pending | null = null
  /** Requests to which not all replies were given, and how many processes are still without one. */
  private readonly deferred = new LazyMap<NodeId, { readonly stamp: Stamp; readonly mode: Mode; readonly without: number }>()
  /** Exclusive requests of others, until their next request, or until they are done with. */
  private readonly exclusive = new LazyMap<NodeId, Stamp>()
  /** Holds of others with which the view began, until they have left. */
  private readonly carried = new LazyMap<NodeId, { readonly mode: Mode; readonly entries: number }>()
  /** This site's latest request, if it was exclusive: the others still note it. */
  private spent: Stamp | null = null

  constructor(site: Site<Message>, isMany: boolean) {
    this.site = site
    this.isMany = isMany
    for (const { holder, mode } of site.carried) {
      if (holder !== site.self) this.carried.set(holder, { mode, entries: (this.carried.get(holder)?.entries ?? 0) + 1 })
      else {
        this.entries++
        this.mode = mode
      }
    }
  }

  request(stamp: Stamp, mode: Mode, ifFree: boolean): void {
    invariant(this.pending === null, 'one request at a time')
    if (ifFree && this.entries >= this.processes(mode)) return this.site.refused()
    const pending = new Pending(stamp, mode, ifFree)
    this.pending = pending
    this.spent = mode.isAlone ? stamp : null
    const request = { kind: 'request', stamp, mode, ifFree } as const
    for (const peer of this.site.peers) pending.set(peer, this.unknown(peer, mode))
    this.site.broadcast(this.site.peers, request)
    this.enterIfAllowed()
  }

  receive(from: NodeId, message: Message): void {
    const { pending } = this
    switch (message.kind) {
      case 'request':
        return this.receiveRequest(from, message.stamp, message.mode, message.ifFree)
      case 'reply':
        if (message.using === 0) this.carried.delete(from)
        if (pending === null || !sameStamp(pending.stamp, message.stamp) || !pending.missing.has(from)) return
        pending.set(from, message.using)
        if (pending.ifFree) this.countRefusals(pending, message.using)
        return this.enterIfAllowed()
      case 'busy':
        if (pending === null || !sameStamp(pending.stamp, message.stamp)) return
        return this.countRefusals(pending, pending.missing.get(from) ?? 0)
      case 'withdraw': {
        const request = this.deferred.get(from)
        if (request !== undefined && sameStamp(request.stamp, message.stamp)) this.deferred.delete(from)
        return this.forgetExclusive(from, message.stamp)
      }
      case 'done':
        return this.forgetExclusive(from, message.stamp)
    }
  }

  release(): void {
    invariant(this.entries > 0, 'only who is inside can leave')
    this.entries--
    this.enterIfAllowed()
    this.replyToDeferred()
  }

  cancel(): void {
    const { pending } = this
    if (pending === null) return
    this.pending = null
    const withdrawal = { kind: 'withdraw', stamp: pending.stamp } as const
    const told = pending.mode.isAlone ? this.site.peers : pending.missing.keys()
    this.site.broadcast(told, withdrawal)
    if (pending.mode.isAlone) this.spent = null
    this.replyToDeferred()
  }

  wanted(): boolean {
    return this.deferred.size > 0
  }

  mayHold(_peer: NodeId): boolean {
    return true
  }

  idle(): boolean {
    return (
      this.pending === null && this.entries === 0 && this.deferred.size === 0 && this.exclusive.size === 0 && this.spent === null
    )
  }

  rest(): void {
    if (this.pending !== null || this.entries > 0 || this.spent === null) return
    const done = { kind: 'done', stamp: this.spent } as const
    this.site.broadcast(this.site.peers, done)
    this.spent = null
  }

  describe(): { token: boolean; permissions: readonly NodeId[] } {
    return { token: false, permissions: [] }
  }

  private receiveRequest(from: NodeId, stamp: Stamp, mode: Mode, ifFree: boolean): void {
    const { pending } = this
    if (!mode.isAlone) this.exclusive.delete(from)
    else {
      this.exclusive.set(from, stamp)
      // It goes first, and may be inside before it replies: then alone.
      if (pending?.missing.has(from) && isBefore(stamp, pending.stamp)) pending.set(from, this.unknown(from, pending.mode))
    }
    const busy = this.ahead(stamp, mode)
    const silent = this.processes(mode)
    if (busy < silent) this.site.send(from, { kind: 'reply', stamp, using: busy, keep: false })
    if (!ifFree) {
      if (busy === 0) this.deferred.delete(from)
      else this.deferred.set(from, { stamp, mode, without: Math.min(busy, silent) })
    } else if (busy >= silent) this.site.send(from, { kind: 'busy', stamp })
  }

  /** How many processes of this site are inside or before that request; infinite if the request cannot be beside them. */
  private ahead(stamp: Stamp, mode: Mode): number {
    const { pending } = this
    const isOlder = pending !== null && isBefore(pending.stamp, stamp)
    if (this.entries > 0 && !this.mode.isCompatibleWith(mode)) return Number.POSITIVE_INFINITY
    if (isOlder && !pending.mode.isCompatibleWith(mode)) return Number.POSITIVE_INFINITY
    return this.entries + (isOlder ? 1 : 0)
  }

  /** For how many processes a site stands: it replies for so many, and may be inside as often. */
  private processes(mode: Mode): number {
    return this.isMany ? mode.limit : 1
  }

  /** How many processes of a peer may be inside as long as it says nothing. */
  private unknown(peer: NodeId, mode: Mode): number {
    if (!mode.isCounted) return 1
    const carried = this.carried.get(peer)
    if (this.exclusive.has(peer) || (carried !== undefined && !carried.mode.isCompatibleWith(mode))) return mode.limit
    return Math.max(this.processes(mode), carried?.entries ?? 0)
  }

  private countRefusals(pending: Pending, processes: number): void {
    pending.refusals += processes
    if (pending.mode.hasRoomBeside(pending.refusals + this.entries)) return
    this.cancel()
    this.site.refused()
  }

  private forgetExclusive(peer: NodeId, stamp: Stamp): void {
    const request = this.exclusive.get(peer)
    if (request !== undefined && sameStamp(request, stamp)) this.exclusive.delete(peer)
  }

  private replyToDeferred(): void {
    if (this.deferred.size === 0) return
    for (const [peer, { stamp, mode, without }] of [...this.deferred]) {
      const busy = this.ahead(stamp, mode)
      if (busy >= without) continue
      if (busy === 0) this.deferred.delete(peer)
      else this.deferred.set(peer, { stamp, mode, without: busy })
      this.site.send(peer, { kind: 'reply', stamp, using: busy, keep: false })
    }
  }

  private enterIfAllowed(): void {
    const { pending } = this
    if (pending === null || this.entries >= this.processes(pending.mode)) return
    if (!pending.mode.hasRoomBeside(pending.outstanding + this.entries)) return
    this.pending = null
    this.entries++
    this.mode = pending.mode
    this.site.granted()
  }
}
