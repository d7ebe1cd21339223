/**
 * Suzuki and Kasami 1985, "A Distributed Mutual Exclusion Algorithm": one token, the privilege, goes to the sites that ask for
 * it. A site that wants it and does not have it tells every other site the number of its request. RN is the highest number heard
 * of each site. LN travels with the token and is the number for which each site was served last. A site that leaves appends all
 * sites with RN above LN to the token's queue, and sends the token to the first. 0 or N messages for an entry. Links need not
 * keep their order.
 *
 * Deviations. The test is RN > LN, not RN = LN + 1: numbers of requests that were withdrawn leave gaps, and a token that comes
 * unwanted goes on. Tries are noted apart: the token's holder says `busy` and counts the request as served, or sends the token if
 * no other site wants it. When the token comes to a site that uses it, all tries noted there get `busy`.
 */
import { invariant } from '../base/assert.ts'
import type { NodeId } from '../base/ids.ts'
import { LazyMap } from '../base/lazy.ts'
import type { Mode } from '../base/mode.ts'
import { sameStamp, type Stamp } from '../clock/stamp.ts'
import type { BodyOf } from '../wire/bodies.ts'
import { common } from './common-messages.ts'
import type { Algorithm, Site, WiredKind } from './contract.ts'

/** What the sites say to each other. */
const messages = {
  want: common.want,
  succession: common.succession,
  busy: common.busy,
}
type Message = BodyOf<typeof messages>

export const suzukiKasami: WiredKind<Message> = {
  name: 'suzuki-kasami',
  messages,
  modes: ['exclusive'],
  asksAlways: false,
  create: (site) => new SuzukiKasami(site),
  // The token may be anywhere unless it is still where it began, and that is here.
  untouched: (carried, firstPlace, self) => (carried[0]?.holder ?? firstPlace) !== self,
}

/** What the token carries. */
interface Token {
  /** LN. */
  readonly served: Map<NodeId, number>
  readonly queue: NodeId[]
}

export class SuzukiKasami implements Algorithm<Message> {
  private readonly site: Site<Message>
  private readonly home: NodeId
  private token: Token | null
  private inside: boolean
  private pending: Stamp | null = null
  /** RN of the others. */
  private readonly asked = new LazyMap<NodeId, number>()
  /** RN of this site. */
  private number = 0
  /** Those of these requests that are tries. */
  private readonly tries = new LazyMap<NodeId, Stamp>()

  constructor(site: Site<Message>) {
    this.site = site
    const holder = site.carried[0]?.holder
    this.home = holder ?? site.firstPlace
    this.token = this.home === site.self ? { served: new Map(), queue: [] } : null
    this.inside = holder === site.self
  }

  request(stamp: Stamp, _mode: Mode, ifFree: boolean): void {
    invariant(this.pending === null && !this.inside, 'one request at a time')
    this.pending = stamp
    if (this.token !== null) return this.enter()
    this.number++
    const want = { kind: 'want', stamp, number: this.number, ifFree } as const
    this.site.broadcast(this.site.peers, want)
  }

  receive(from: NodeId, message: Message): void {
    switch (message.kind) {
      case 'want':
        return this.receiveWant(from, message.number, message.stamp, message.ifFree)
      case 'succession':
        invariant(this.token === null, 'there is one token')
        this.token = { served: new Map(message.served), queue: [...message.queue] }
        if (this.pending === null) return this.passOn(this.token)
        return this.enter()
      case 'busy':
        if (this.pending === null || !sameStamp(this.pending, message.stamp)) return
        this.pending = null
        return this.site.refused()
    }
  }

  release(): void {
    const { token } = this
    invariant(this.inside && token !== null, 'only who is inside can leave')
    this.inside = false
    this.passOn(token)
  }

  cancel(): void {
    // The token may be on its way for this request: it goes on when it comes.
    this.pending = null
  }

  wanted(): boolean {
    const { token } = this
    return token !== null && (token.queue.length > 0 || this.site.peers.some((peer) => this.isWaiting(peer, token)))
  }

  mayHold(peer: NodeId): boolean {
    return peer !== this.site.self && this.token === null
  }

  idle(): boolean {
    const unused = this.pending === null && !this.inside && this.number === 0 && this.asked.size === 0
    return unused && (this.token !== null) === (this.home === this.site.self)
  }

  rest(): void {
    // Numbers only rise: an instance that was used stays until the next view.
  }

  describe(): { token: boolean; permissions: readonly NodeId[] } {
    return { token: this.token !== null, permissions: [] }
  }

  private receiveWant(from: NodeId, number: number, stamp: Stamp, ifFree: boolean): void {
    if (number <= (this.asked.get(from) ?? 0)) return
    this.asked.set(from, number)
    if (ifFree) this.tries.set(from, stamp)
    else this.tries.delete(from)
    const { token } = this
    if (token === null || number <= (token.served.get(from) ?? 0)) return
    if (!this.inside) return this.send(token, from)
    if (ifFree) this.turnAway(from, stamp, token)
  }

  private enter(): void {
    const { token } = this
    invariant(token !== null, 'only who has the token enters')
    this.pending = null
    this.inside = true
    for (const [peer, stamp] of [...this.tries]) {
      if (this.isBehind(peer, token)) this.turnAway(peer, stamp, token)
      else this.tries.delete(peer)
    }
    this.site.granted()
  }

  private turnAway(peer: NodeId, stamp: Stamp, token: Token): void {
    this.tries.delete(peer)
    token.served.set(peer, this.asked.get(peer) ?? 0)
    this.site.send(peer, { kind: 'busy', stamp })
  }

  /** This site was served, or did not want to be; the next one is. */
  private passOn(token: Token): void {
    token.served.set(this.site.self, this.number)
    const queued = new Set(token.queue)
    for (const peer of this.site.peers) if (!queued.has(peer) && this.isWaiting(peer, token)) token.queue.push(peer)
    const next = token.queue.shift() ?? this.firstTry(token)
    if (next !== null) this.send(token, next)
  }

  /** When no site waits, a try is served; a site that was told `busy` counts as served already. */
  private firstTry(token: Token): NodeId | null {
    for (const peer of this.tries.keys()) if (this.isBehind(peer, token)) return peer
    return null
  }

  private send(token: Token, to: NodeId): void {
    this.token = null
    this.tries.delete(to)
    this.site.send(to, { kind: 'succession', served: [...token.served], queue: [...token.queue] })
  }

  private isBehind(peer: NodeId, token: Token): boolean {
    return (this.asked.get(peer) ?? 0) > (token.served.get(peer) ?? 0)
  }

  private isWaiting(peer: NodeId, token: Token): boolean {
    return this.isBehind(peer, token) && !this.tries.has(peer)
  }
}
