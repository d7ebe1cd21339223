/**
 * Carvalho and Roucairol 1983, "On Mutual Exclusion in Computer Networks" (CACM 26, 2): Ricart–Agrawala, but a site keeps a
 * permission until its giver asks for it back. The site that was inside last enters again without a message; 0 to 2(N−1) messages
 * for an entry. If a site gives its permission while its own younger request waits, and had not asked that other site, it must
 * ask it now.
 *
 * INV-CR: of two sites at most one keeps the other's permission. So a site gives a permission to keep only while it is not inside
 * and waits for nothing that goes together with the request. Beside a holder that shares the lock, the permission serves for that one
 * entry. A kept permission serves for every mode: its giver is not inside, and asks before it enters.
 *
 * Deviations: those of `ricart-agrawala.ts`.
 */
import { Few } from '../base/few.ts'
import type { NodeId } from '../base/ids.ts'
import { LazyMap } from '../base/lazy.ts'
import { type Mode, modeKinds } from '../base/mode.ts'
import { isBefore, sameStamp, type Stamp } from '../clock/stamp.ts'
import type { BodyOf } from '../wire/bodies.ts'
import { common } from './common-messages.ts'
import type { Algorithm, Site, WiredKind } from './contract.ts'
import { Deferred, Given, Inside, onlyCarried, Pending } from './permission.ts'

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
  modes: modeKinds,
  overlapsRequests: true,
  asksAlways: false,
  create: (site) => new CarvalhoRoucairol(site),
  untouched: onlyCarried,
}

export class CarvalhoRoucairol implements Algorithm<Message> {
  private readonly site: Site<Message>
  private readonly inside: Inside
  private readonly given: Given
  private readonly pending = new Few<Pending>()
  /** Permissions kept, each with the request that it answered. */
  private readonly kept = new LazyMap<NodeId, Stamp>()
  /** Permissions that are no longer kept (given up, for one entry only, or late) and that their givers still note. */
  private readonly spent = new LazyMap<NodeId, Stamp>()
  private readonly deferred = new Deferred()

  constructor(site: Site<Message>) {
    this.site = site
    this.inside = new Inside(site)
    this.given = new Given(site)
  }

  request(stamp: Stamp, mode: Mode, ifFree: boolean): void {
    const asked = this.kept.size === this.site.peers.length ? noPeers : this.site.peers.filter((peer) => !this.kept.has(peer))
    this.pending.add(new Pending(stamp, mode, ifFree, asked))
    const request = { kind: 'request', stamp, mode, ifFree } as const
    this.site.broadcast(asked, request)
    this.enterIfAllowed()
  }

  receive(from: NodeId, message: Message): void {
    switch (message.kind) {
      case 'request':
        if (!this.mustWait(message.stamp, message.mode)) return this.reply(from, message.stamp, message.mode)
        if (message.ifFree) return this.site.send(from, { kind: 'busy', stamp: message.stamp })
        return this.deferred.add({ from, stamp: message.stamp, mode: message.mode })
      case 'reply':
        return this.receiveReply(from, message.stamp, message.using, message.keep)
      case 'freed':
        for (const each of this.pending) each.freed(from, message.stamp, message.using)
        return this.enterIfAllowed()
      case 'busy':
        if (this.withdraw(message.stamp)) this.site.refused()
        return
      case 'withdraw':
        this.deferred.withdraw(from, message.stamp)
        this.inside.forgetTold(from, message.stamp)
        return this.enterIfAllowed()
      case 'done':
        this.given.done(from, message.stamp)
        return
    }
  }

  release(mode: Mode): void {
    this.inside.leave(mode)
    // This site's own permit may be what its next request waits for.
    this.enterIfAllowed()
    this.replyToDeferred()
  }

  cancel(stamp: Stamp): void {
    this.withdraw(stamp)
  }

  wanted(mode: Mode): boolean {
    return this.deferred.exclude(mode)
  }

  mayHold(peer: NodeId): boolean {
    return this.given.has(peer)
  }

  idle(): boolean {
    return (
      this.pending.size === 0 &&
      this.inside.count === 0 &&
      this.deferred.size === 0 &&
      this.kept.size === 0 &&
      this.spent.size === 0 &&
      this.given.isEmpty
    )
  }

  rest(): void {
    if (this.pending.size > 0 || this.inside.count > 0) return
    for (const permissions of [this.kept, this.spent]) {
      for (const [peer, stamp] of permissions) this.site.send(peer, { kind: 'done', stamp })
      permissions.clear()
    }
  }

  describe(): { token: boolean; permissions: readonly NodeId[] } {
    return { token: false, permissions: [...this.kept.keys()] }
  }

  private receiveReply(from: NodeId, stamp: Stamp, using: number, keep: boolean): void {
    const permitted = this.pending.find((each) => each.replied(from, stamp, using))
    if (permitted === null) {
      // The reply crossed the withdrawal of its request: its permission is not used, and is given back when this site rests.
      this.spent.set(from, stamp)
      return
    }
    if (permitted.meetsNoHolder && using === 0) this.given.gone(from)
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
    const { first } = this.pending
    return first !== null && isBefore(first.stamp, stamp) && (!first.mode.isCompatibleWith(mode) || mode.isCounted)
  }

  private reply(to: NodeId, stamp: Stamp, mode: Mode): void {
    const { first } = this.pending
    const kept = this.kept.get(to)
    // Until it asks itself, the site that gave it may believe that it is in use here, or that a later one is.
    if (kept !== undefined && !this.spent.has(to)) this.spent.set(to, kept)
    this.kept.delete(to)
    this.given.give(to, stamp)
    const keep = this.inside.count === 0 && (first === null || !first.mode.isCompatibleWith(mode))
    this.site.send(to, { kind: 'reply', stamp, using: this.inside.tell(to, stamp, mode), keep })
    for (const own of this.pending) {
      // Its permission may have been given up earlier, to a request that this one could stand beside.
      if (own.missing.has(to) || (own.mode.isCompatibleWith(mode) && !mode.isCounted)) continue
      own.missing.add(to)
      this.site.send(to, { kind: 'request', stamp: own.stamp, mode: own.mode, ifFree: own.ifFree })
    }
  }

  private replyToDeferred(): void {
    if (this.deferred.size === 0) return
    for (const request of [...this.deferred]) {
      if (this.mustWait(request.stamp, request.mode)) continue
      this.deferred.remove(request)
      this.reply(request.from, request.stamp, request.mode)
    }
  }

  /** The oldest first: the other sites take the younger ones to come after it. */
  private enterIfAllowed(): void {
    const { pending } = this
    for (let { first } = pending; first?.mayEnter(this.inside.countOf(first.mode)) === true; first = pending.first) {
      const passes = this.passesDeferred(first)
      if (passes && !first.ifFree) return
      pending.remove(first)
      if (passes) {
        this.site.refused()
        continue
      }
      this.inside.enter(first.mode)
      this.site.granted(first.stamp)
      this.replyToDeferred()
    }
  }

  /**
   * It would enter by kept permissions past an older request that this site's entries kept waiting. Holders of one site that follow
   * each other so would never let that one in.
   */
  private passesDeferred({ stamp, mode }: Pending): boolean {
    if (mode.isCounted) return false
    for (const each of this.deferred) if (isBefore(each.stamp, stamp) && !each.mode.isCompatibleWith(mode)) return true
    return false
  }

  /** False if that request has entered, or is withdrawn. */
  private withdraw(stamp: Stamp): boolean {
    const request = this.pending.find((each) => sameStamp(each.stamp, stamp))
    if (request === null) return false
    this.pending.remove(request)
    // Only sites that have not replied still know this request as waiting. Late replies to it do not count.
    const withdrawal = { kind: 'withdraw', stamp } as const
    this.site.broadcast(request.missing, withdrawal)
    this.enterIfAllowed()
    this.replyToDeferred()
    return true
  }
}

const noPeers: readonly NodeId[] = []
