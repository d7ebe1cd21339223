/**
 * Singhal 1992, "A Dynamic Information-Structure Mutual Exclusion Algorithm for Distributed Systems": Ricart–Agrawala in which a
 * site asks only sites that may have entered since they last gave it their permission. R is the set of sites to ask, and for any
 * two sites i and j either j is in R of i or i is in R of j. It begins as a staircase, each site asking those below it; a site
 * that gives its permission to another asks that site next time. N−1 messages on average with one request in the system at a
 * time, at most 2(N−1).
 *
 * Deviations. Replies name their request; a late one has no effect, and its sender stays in R, which is safe. In a view that
 * begins with a hold, its holder is the lowest step: every site asks it, and it asks none. With `ifFree` a site that would defer
 * its reply says `busy` instead. Outside the paper's count are withdrawals, and what builds the staircase again: a site that
 * rests recalls its permissions from those above it, and they ask it from then on.
 */
import { invariant } from '../base/assert.ts'
import { compareIds, type NodeId } from '../base/ids.ts'
import { LazyMap } from '../base/lazy.ts'
import { Mode } from '../base/mode.ts'
import { isBefore, sameStamp, type Stamp } from '../clock/stamp.ts'
import type { Carried } from '../view/flush-host.ts'
import { body, type BodyOf } from '../wire/bodies.ts'
import { stamp } from '../wire/fields.ts'
import { common } from './common-messages.ts'
import type { Algorithm, Site, WiredKind } from './contract.ts'

/** What the sites say to each other. */
const messages = {
  request: common.request,
  reply: common.reply,
  withdraw: common.withdraw,
  done: common.done,
  busy: common.busy,
  /** If the permission given to that request of yours is not in use, I should like to be asked again. */
  recall: body(28, { stamp }),
}
type Message = BodyOf<typeof messages>

export const singhalDynamic: WiredKind<Message> = {
  name: 'singhal-dynamic',
  messages,
  modes: ['exclusive'],
  asksAlways: false,
  create: (site) => new SinghalDynamic(site),
  // A site above does not ask those below, which may be inside without its knowing.
  untouched: (carried, _firstPlace, self, peer) => isBelow(carried, peer, self),
}

/** The first staircase: by id, but the holder that a view begins with is the lowest step. */
function isBelow(carried: readonly Carried[], peer: NodeId, self: NodeId): boolean {
  const holder = carried[0]?.holder
  return holder === peer || (holder !== self && compareIds(peer, self) < 0)
}

export class SinghalDynamic implements Algorithm<Message> {
  private readonly site: Site<Message>
  /** R: the sites to ask. */
  private readonly toAsk = new Set<NodeId>()
  /** I: the sites whose requests wait for this site to leave. */
  private readonly toInform = new LazyMap<NodeId, Stamp>()
  private pending: { readonly stamp: Stamp; readonly ifFree: boolean } | null = null
  private inside: boolean
  /** How many peers are in R that were not as the view began, or the other way round. */
  private moved = 0
  /** The sites of R that are not below, each with the request to which this site gave its permission. */
  private readonly lent = new LazyMap<NodeId, Stamp>()

  constructor(site: Site<Message>) {
    this.site = site
    this.inside = site.carried[0]?.holder === site.self
    for (const peer of site.peers) if (isBelow(site.carried, peer, site.self)) this.toAsk.add(peer)
  }

  request(stamp: Stamp, _mode: Mode, ifFree: boolean): void {
    invariant(this.pending === null && !this.inside, 'one request at a time')
    this.pending = { stamp, ifFree }
    const request = { kind: 'request', stamp, mode: Mode.exclusive, ifFree } as const
    this.site.broadcast(this.toAsk, request)
    this.enterIfAllowed()
  }

  receive(from: NodeId, message: Message): void {
    switch (message.kind) {
      case 'request':
        return this.receiveRequest(from, message.stamp, message.ifFree)
      case 'reply':
        if (this.pending === null || !sameStamp(this.pending.stamp, message.stamp)) return
        this.drop(from)
        return this.enterIfAllowed()
      case 'busy':
        if (this.pending === null || !sameStamp(this.pending.stamp, message.stamp)) return
        this.cancel()
        return this.site.refused()
      case 'withdraw': {
        const request = this.toInform.get(from)
        if (request !== undefined && sameStamp(request, message.stamp)) this.toInform.delete(from)
        return
      }
      case 'recall':
        if (this.pending !== null || this.inside) return
        this.ask(from)
        return this.site.send(from, { kind: 'done', stamp: message.stamp })
      case 'done': {
        const request = this.lent.get(from)
        const isUnused = this.pending === null && !this.inside
        // It asks this site from now on, unless it was given permission again since.
        if (isUnused && request !== undefined && sameStamp(request, message.stamp)) this.drop(from)
        return
      }
    }
  }

  release(): void {
    invariant(this.inside, 'only who is inside can leave')
    this.inside = false
    this.informAll()
  }

  cancel(): void {
    const { pending } = this
    if (pending === null) return
    this.pending = null
    // A site that has not replied may have put the request into its I.
    const withdrawal = { kind: 'withdraw', stamp: pending.stamp } as const
    this.site.broadcast(this.toAsk, withdrawal)
    this.informAll()
  }

  wanted(): boolean {
    return this.toInform.size > 0
  }

  /** A site that is not in R asks this site, which has given it no permission since. */
  mayHold(peer: NodeId): boolean {
    return this.toAsk.has(peer)
  }

  idle(): boolean {
    return this.pending === null && !this.inside && this.toInform.size === 0 && this.moved === 0
  }

  rest(): void {
    if (this.pending !== null || this.inside) return
    for (const [peer, stamp] of this.lent) this.site.send(peer, { kind: 'recall', stamp })
  }

  describe(): { token: boolean; permissions: readonly NodeId[] } {
    return { token: false, permissions: this.site.peers.filter((peer) => !this.toAsk.has(peer)) }
  }

  private receiveRequest(from: NodeId, stamp: Stamp, ifFree: boolean): void {
    const { pending } = this
    if (this.inside || (pending !== null && isBefore(pending.stamp, stamp))) {
      if (ifFree) this.site.send(from, { kind: 'busy', stamp })
      else this.toInform.set(from, stamp)
      return
    }
    const wasAsked = this.toAsk.has(from)
    this.reply(from, stamp)
    // It enters before the pending request, so it must be asked about that one.
    if (pending !== null && !wasAsked) {
      this.site.send(from, { kind: 'request', stamp: pending.stamp, mode: Mode.exclusive, ifFree: pending.ifFree })
    }
  }

  private reply(to: NodeId, stamp: Stamp): void {
    this.ask(to)
    if (!isBelow(this.site.carried, to, this.site.self)) this.lent.set(to, stamp)
    this.site.send(to, { kind: 'reply', stamp, using: 0, keep: true })
  }

  /** From now on that one is asked. */
  private ask(peer: NodeId): void {
    if (this.toAsk.has(peer)) return
    this.toAsk.add(peer)
    this.moved += isBelow(this.site.carried, peer, this.site.self) ? -1 : 1
  }

  /** From now on that one asks. */
  private drop(from: NodeId): void {
    if (!this.toAsk.delete(from)) return
    this.lent.delete(from)
    this.moved += isBelow(this.site.carried, from, this.site.self) ? 1 : -1
  }

  private informAll(): void {
    if (this.toInform.size === 0) return
    const waiting = [...this.toInform]
    this.toInform.clear()
    for (const [peer, stamp] of waiting) this.reply(peer, stamp)
  }

  private enterIfAllowed(): void {
    if (this.pending === null || this.toAsk.size > 0) return
    this.pending = null
    this.inside = true
    this.site.granted()
  }
}
