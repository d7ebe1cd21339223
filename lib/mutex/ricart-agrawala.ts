/**
 * Ricart and Agrawala 1981, "An Optimal Algorithm for Mutual Exclusion in Computer Networks", §2. A site that wants to enter asks
 * every other site and waits for all replies. A site that is inside, or whose own request is older, defers its reply until it has
 * left. 2(N−1) messages for every entry, entries in the order of the stamps.
 *
 * Deviations. Replies are a set and name their request, so that neither a duplicate nor a late one counts. Requests whose modes go
 * together do not exclude each other. With k permits (Raymond 1989, "A distributed algorithm for multiple entries to a critical
 * section") a site inside replies at once and says how many permits it uses, as in Raynal 1991. It says so again when it uses fewer.
 * The asking site adds them up. A site may ask for several permits at once; its requests enter in their order. Withdrawals and
 * `done` are outside the paper's count.
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

export const ricartAgrawala: WiredKind<Message> = {
  name: 'ricart-agrawala',
  messages,
  modes: modeKinds,
  overlapsRequests: true,
  asksAlways: true,
  create: (site) => new RicartAgrawala(site),
  untouched: onlyCarried,
}

export class RicartAgrawala implements Algorithm<Message> {
  private readonly site: Site<Message>
  private readonly inside: Inside
  private readonly given: Given
  private readonly pending = new Few<Pending>()
  private readonly deferred = new Deferred()
  /** The latest permission that each peer gave and still notes: used, withdrawn or late, it is to be told that it is done with. */
  private readonly spent = new LazyMap<NodeId, Stamp>()

  constructor(site: Site<Message>) {
    this.site = site
    this.inside = new Inside(site)
    this.given = new Given(site)
  }

  request(stamp: Stamp, mode: Mode, ifFree: boolean): void {
    this.pending.add(new Pending(stamp, mode, ifFree, this.site.peers))
    const request = { kind: 'request', stamp, mode, ifFree } as const
    this.site.broadcast(this.site.peers, request)
    this.enterIfAllowed()
  }

  receive(from: NodeId, message: Message): void {
    switch (message.kind) {
      case 'request':
        if (!this.mustWait(message.stamp, message.mode)) return this.reply(from, message.stamp, message.mode)
        if (message.ifFree) return this.site.send(from, { kind: 'busy', stamp: message.stamp })
        return this.deferred.add({ from, stamp: message.stamp, mode: message.mode })
      case 'reply': {
        this.spent.set(from, message.stamp)
        const permitted = this.pending.find((each) => each.replied(from, message.stamp, message.using))
        if (permitted === null) return
        if (permitted.meetsNoHolder && message.using === 0) this.given.gone(from)
        return this.enterIfAllowed()
      }
      case 'freed':
        for (const each of this.pending) each.freed(from, message.stamp, message.using)
        return this.enterIfAllowed()
      case 'busy':
        if (this.withdraw(message.stamp)) this.site.refused()
        return
      case 'withdraw':
        this.deferred.withdraw(from, message.stamp)
        return this.inside.forgetTold(from, message.stamp)
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
      this.given.isEmpty &&
      this.spent.size === 0
    )
  }

  rest(): void {
    if (this.pending.size > 0 || this.inside.count > 0) return
    for (const [peer, stamp] of this.spent) this.site.send(peer, { kind: 'done', stamp })
    this.spent.clear()
  }

  describe(): { token: boolean; permissions: readonly NodeId[] } {
    return { token: false, permissions: [] }
  }

  private mustWait(stamp: Stamp, mode: Mode): boolean {
    if (this.inside.excludes(mode)) return true
    const { first } = this.pending
    // Two that want permits take turns by stamp as well: each counts what the other uses only once it has entered.
    return first !== null && isBefore(first.stamp, stamp) && (!first.mode.isCompatibleWith(mode) || mode.isCounted)
  }

  private reply(to: NodeId, stamp: Stamp, mode: Mode): void {
    this.given.give(to, stamp)
    this.site.send(to, { kind: 'reply', stamp, using: this.inside.tell(to, stamp, mode), keep: false })
  }

  private replyToDeferred(): void {
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
      pending.remove(first)
      this.inside.enter(first.mode)
      this.site.granted(first.stamp)
      this.replyToDeferred()
    }
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
