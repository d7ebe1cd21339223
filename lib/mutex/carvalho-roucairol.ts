/**
 * Carvalho and Roucairol 1983, "On Mutual Exclusion in Computer Networks" (CACM 26, 2): Ricart–Agrawala, but a site keeps a
 * permission until its giver asks for it back. The site that was inside last enters again without a message; 0 to 2(N−1) messages
 * for an entry. If a site gives its permission while its own younger request waits, and had not asked that other site, it must
 * ask it now.
 *
 * INV-CR: of two sites at most one keeps the other's permission. So a site gives a permission to keep only while it is not inside
 * and does not wait to share. Beside a shared holder or a user of permits the permission serves for that one entry.
 *
 * Deviations: those of `ricart-agrawala.ts`.
 */
import { invariant } from '../base/assert.ts'
import type { NodeId } from '../base/ids.ts'
import { LazyMap } from '../base/lazy.ts'
import type { Mode } from '../base/mode.ts'
import { isBefore, sameStamp, type Stamp } from '../clock/stamp.ts'
import type { BodyOf } from '../wire/bodies.ts'
import { common } from './common-messages.ts'
import type { Algorithm, Site, WiredKind } from './contract.ts'
import { Given, Inside, onlyCarried, Pending } from './permission.ts'

/** What the sites say to each other. */
const messages = {
  request: common.request,
  reply: common.reply,
  freed: common.freed,
  withdraw: common.withdraw,
  done: common.done,
  busy: common.busy,
}
type Message = BodyOf<typeof messages>

export const carvalhoRoucairol: WiredKind<Message> = {
  name: 'carvalho-roucairol',
  messages,
  modes: ['exclusive', 'shared', 'permits'],
  asksAlways: false,
  create: (site) => new CarvalhoRoucairol(site),
  untouched: onlyCarried,
}

export class CarvalhoRoucairol implements Algorithm<Message> {
  private readonly site: Site<Message>
  private readonly inside: Inside
  private readonly given: Given
  private pending: Pending | null = null
  /** Permissions kept, each with the request that it answered. */
  private readonly kept = new LazyMap<NodeId, Stamp>()
  /** Permissions that are no longer kept (given up, for one entry only, or late) and that their givers still note. */
  private readonly spent = new LazyMap<NodeId, Stamp>()
  private readonly deferred = new LazyMap<NodeId, { stamp: Stamp; mode: Mode }>()

  constructor(site: Site<Message>) {
    this.site = site
    this.inside = new Inside(site)
    this.given = new Given(site)
  }

  request(stamp: Stamp, mode: Mode, ifFree: boolean): void {
    invariant(this.pending === null, 'one request at a time')
    const asked = this.kept.size === this.site.peers.length ? noPeers : this.site.peers.filter((peer) => !this.kept.has(peer))
    this.pending = new Pending(stamp, mode, ifFree, asked)
    const request = { kind: 'request', stamp, mode, ifFree } as const
    this.site.broadcast(asked, request)
    this.enterIfAllowed()
  }

  receive(from: NodeId, message: Message): void {
    switch (message.kind) {
      case 'request':
        if (!this.mustWait(message.stamp, message.mode)) return this.reply(from, message.stamp, message.mode)
        if (message.ifFree) return this.site.send(from, { kind: 'busy', stamp: message.stamp })
        this.deferred.set(from, { stamp: message.stamp, mode: message.mode })
        return
      case 'reply':
        return this.receiveReply(from, message.stamp, message.using, message.keep)
      case 'freed':
        if (this.pending?.freed(from, message.stamp, message.using)) this.enterIfAllowed()
        return
      case 'busy':
        if (this.pending === null || !sameStamp(this.pending.stamp, message.stamp)) return
        this.cancel()
        return this.site.refused()
      case 'withdraw': {
        const request = this.deferred.get(from)
        if (request !== undefined && sameStamp(request.stamp, message.stamp)) this.deferred.delete(from)
        this.inside.forgetTold(from, message.stamp)
        return
      }
      case 'done':
        this.given.done(from, message.stamp)
        return
    }
  }

  release(): void {
    this.inside.leave()
    // This site's own permit may be what its next request waits for.
    this.enterIfAllowed()
    this.replyToDeferred()
  }

  cancel(): void {
    const { pending } = this
    if (pending === null) return
    this.pending = null
    // Only sites that have not replied still know this request as waiting. Late replies to it do not count.
    const withdrawal = { kind: 'withdraw', stamp: pending.stamp } as const
    this.site.broadcast(pending.missing, withdrawal)
    this.replyToDeferred()
  }

  wanted(): boolean {
    return this.deferred.size > 0
  }

  mayHold(peer: NodeId): boolean {
    return this.given.has(peer)
  }

  idle(): boolean {
    return (
      this.pending === null &&
      this.inside.count === 0 &&
      this.deferred.size === 0 &&
      this.kept.size === 0 &&
      this.spent.size === 0 &&
      this.given.isEmpty
    )
  }

  rest(): void {
    if (this.pending !== null || this.inside.count > 0) return
    for (const permissions of [this.kept, this.spent]) {
      for (const [peer, stamp] of permissions) this.site.send(peer, { kind: 'done', stamp })
      permissions.clear()
    }
  }

  describe(): { token: boolean; permissions: readonly NodeId[] } {
    return { token: false, permissions: [...this.kept.keys()] }
  }

  private receiveReply(from: NodeId, stamp: Stamp, using: number, keep: boolean): void {
    if (this.pending === null || !this.pending.replied(from, stamp, using)) {
      // The reply crossed the withdrawal of its request: its permission is not used, and is given back when this site rests.
      this.spent.set(from, stamp)
      return
    }
    if (!this.pending.mode.isOneEntry && using === 0) this.given.gone(from)
    if (keep) {
      // A site that gives its permission is not inside, and has dropped this site's permission: the request that this site
      // permitted is done with.
      this.given.taken(from)
      this.kept.set(from, stamp)
      this.spent.delete(from)
    } else this.spent.set(from, stamp)
    this.enterIfAllowed()
  }

  private mustWait(stamp: Stamp, mode: Mode): boolean {
    if (this.inside.excludes(mode)) return true
    const { pending } = this
    return pending !== null && isBefore(pending.stamp, stamp) && (!pending.mode.isCompatibleWith(mode) || mode.isCounted)
  }

  private reply(to: NodeId, stamp: Stamp, mode: Mode): void {
    const { pending } = this
    // Its permission may have been given up earlier, to a request that the pending one could stand beside.
    const relied = pending !== null && !pending.missing.has(to)
    const kept = this.kept.get(to)
    // Until it asks itself, the site that gave it may believe that it is in use here.
    if (kept !== undefined) this.spent.set(to, kept)
    this.kept.delete(to)
    this.given.give(to, stamp)
    const keep = this.inside.count === 0 && (pending === null || !pending.mode.isCompatibleWith(mode))
    this.site.send(to, { kind: 'reply', stamp, using: this.inside.tell(to, stamp, mode), keep })
    if (relied && (!pending.mode.isCompatibleWith(mode) || mode.isCounted)) {
      pending.missing.add(to)
      this.site.send(to, { kind: 'request', stamp: pending.stamp, mode: pending.mode, ifFree: pending.ifFree })
    }
  }

  private replyToDeferred(): void {
    if (this.deferred.size === 0) return
    for (const [peer, { stamp, mode }] of [...this.deferred]) {
      if (this.mustWait(stamp, mode)) continue
      this.deferred.delete(peer)
      this.reply(peer, stamp, mode)
    }
  }

  private enterIfAllowed(): void {
    const { pending } = this
    if (pending === null || !pending.mayEnter(this.inside.count)) return
    this.pending = null
    this.inside.enter(pending.mode)
    this.site.granted()
    this.replyToDeferred()
  }
}

const noPeers: readonly NodeId[] = []
