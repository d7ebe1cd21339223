/**
 * Singhal 1989, "A Heuristically-Aided Algorithm for Mutual Exclusion in Distributed Systems": Suzuki and Kasami's token, but a
 * site asks only where the token may be. Each site keeps what it last knew of every other site: its state and the number of its
 * request. The state is R if that site requests, so that it has the token or will have it; else it is N. The paper's E and H are
 * a site's own states: `inside`, and an unused `token`. A site that wants the token asks the sites in state R. The token carries
 * such vectors of its own, and a site that leaves brings both up to date, by number. When the view begins the states are a
 * staircase: each site has the sites below it in state R. So of two sites that request, at least one hears the other's request. 0
 * to N messages for an entry.
 *
 * Deviations. The token's first place is the lowest step. Of the known requests, the next in ring order is served. By the rules
 * alone a request may reach a site after the token that has served it. Then each of the two sites may believe that it need not
 * ask the other, and a later request waits for ever (three sites are enough). A site that is overtaken in this way is told, and
 * asks that site as well. A token that comes unwanted goes on; as long as it may come, a request that was withdrawn is told of
 * like any other. A try gets `busy` from a site that waits or is inside; the token's holder then counts the request as served.
 */
import { invariant } from '../base/assert.ts'
import { compareIds, type NodeId } from '../base/ids.ts'
import { LazyMap } from '../base/lazy.ts'
import type { Mode } from '../base/mode.ts'
import { sameStamp, type Stamp } from '../clock/stamp.ts'
import { body, type BodyOf } from '../wire/bodies.ts'
import { common } from './common-messages.ts'
import type { Algorithm, Site, WiredKind } from './contract.ts'

/** What the sites say to each other. */
const messages = {
  want: common.want,
  succession: common.succession,
  busy: common.busy,
  /** Your request came here after the token that had served it; ask me as well. */
  overtaken: body(27, {}),
}
type Message = BodyOf<typeof messages>

export const singhalHeuristic: WiredKind<Message> = {
  name: 'singhal-heuristic',
  messages,
  modes: ['exclusive'],
  asksAlways: false,
  create: (site) => new SinghalHeuristic(site),
  // The token may be anywhere unless it is still where it began, and that is here.
  untouched: (carried, firstPlace, self) => (carried[0]?.holder ?? firstPlace) !== self,
}

/** What the token carries of each site: TSV, as the set of those in state R, and TSN. */
interface Token {
  readonly requesting: Set<NodeId>
  readonly numbers: Map<NodeId, number>
}

export class SinghalHeuristic implements Algorithm<Message> {
  private readonly site: Site<Message>
  private readonly home: NodeId
  private token: Token | null
  private inside: boolean
  private pending: { readonly stamp: Stamp; readonly ifFree: boolean } | null = null
  /** The latest request, until the token comes: withdrawn or refused, it may still bring the token here, so others must know of it. */
  private outstanding: Stamp | null = null
  /** SV: the others whose state is R, as far as this site knows. */
  private readonly requesting = new Set<NodeId>()
  /** SN of the others. */
  private readonly numbers = new LazyMap<NodeId, number>()
  private number = 0
  /** The highest number that came from each site itself, and not by the token. */
  private readonly heard = new LazyMap<NodeId, number>()
  /** Those of these requests that are tries. */
  private readonly tries = new LazyMap<NodeId, Stamp>()

  constructor(site: Site<Message>) {
    this.site = site
    const holder = site.carried[0]?.holder
    this.home = holder ?? site.firstPlace
    this.inside = holder === site.self
    this.token = this.home === site.self ? { requesting: new Set(), numbers: new Map() } : null
    if (this.token !== null) return
    for (const peer of site.peers) if (peer === this.home || compareIds(peer, site.self) < 0) this.requesting.add(peer)
  }

  request(stamp: Stamp, _mode: Mode, ifFree: boolean): void {
    invariant(this.pending === null && !this.inside, 'one request at a time')
    this.pending = { stamp, ifFree }
    if (this.token !== null) return this.enter(this.token)
    this.outstanding = stamp
    this.number++
    this.site.broadcast(this.requesting, { kind: 'want', stamp, number: this.number, ifFree })
  }

  receive(from: NodeId, message: Message): void {
    switch (message.kind) {
      case 'want':
        return this.receiveWant(from, message.number, message.stamp, message.ifFree)
      case 'succession': {
        invariant(this.token === null, 'there is one token')
        const token = { requesting: new Set(message.queue), numbers: new Map(message.served) }
        this.token = token
        this.outstanding = null
        if (this.pending === null) return this.passOn(token)
        return this.enter(token)
      }
      case 'overtaken':
        // The site with the token must be known to the others, not they to it.
        if (this.token !== null) return this.site.send(from, { kind: 'overtaken' })
        this.requesting.add(from)
        return this.ask(from)
      case 'busy':
        if (this.pending?.ifFree !== true || !sameStamp(this.pending.stamp, message.stamp)) return
        this.pending = null
        this.site.refused()
        return this.turnAllAway()
    }
  }

  release(): void {
    invariant(this.inside && this.token !== null, 'only who is inside can leave')
    this.inside = false
    this.passOn(this.token)
  }

  cancel(): void {
    // The token may be on its way for this request: it goes on when it comes.
    this.pending = null
  }

  wanted(): boolean {
    const { token } = this
    return token !== null && this.site.peers.some((peer) => this.isRequesting(peer, token))
  }

  mayHold(peer: NodeId): boolean {
    return peer !== this.site.self && this.token === null
  }

  idle(): boolean {
    const unused = this.pending === null && !this.inside && this.number === 0 && this.numbers.size === 0
    return unused && (this.token !== null) === (this.home === this.site.self)
  }

  rest(): void {
    // Numbers only rise: an instance that was used stays until the next view.
  }

  describe(): { token: boolean; permissions: readonly NodeId[] } {
    return { token: this.token !== null, permissions: [] }
  }

  private receiveWant(from: NodeId, number: number, stamp: Stamp, ifFree: boolean): void {
    if (number <= (this.heard.get(from) ?? 0)) return
    this.heard.set(from, number)
    if (number <= Math.max(this.numbers.get(from) ?? 0, this.token?.numbers.get(from) ?? 0)) {
      return this.site.send(from, { kind: 'overtaken' })
    }
    this.numbers.set(from, number)
    const wasRequesting = this.requesting.has(from)
    this.requesting.add(from)
    if (ifFree) this.tries.set(from, stamp)
    else this.tries.delete(from)
    const { token, pending } = this
    if (token !== null) {
      if (!this.inside) return this.send(token, from)
      if (ifFree) this.turnAway(from, stamp)
      return
    }
    // It may come by the token before this site does.
    if (!wasRequesting) this.ask(from)
    if (ifFree && pending?.ifFree === false) this.turnAway(from, stamp)
  }

  private ask(peer: NodeId): void {
    if (this.outstanding === null) return
    const ifFree = this.pending?.ifFree === true
    this.site.send(peer, { kind: 'want', stamp: this.outstanding, number: this.number, ifFree })
  }

  private enter(token: Token): void {
    this.pending = null
    this.inside = true
    for (const peer of [...this.tries.keys()]) {
      if ((this.numbers.get(peer) ?? 0) <= (token.numbers.get(peer) ?? 0)) this.tries.delete(peer)
    }
    this.turnAllAway()
    this.site.granted()
  }

  private turnAllAway(): void {
    for (const [peer, stamp] of [...this.tries]) this.turnAway(peer, stamp)
  }

  /** The site with the token knows by it that this request is done with. */
  private turnAway(peer: NodeId, stamp: Stamp): void {
    this.tries.delete(peer)
    this.token?.numbers.set(peer, this.numbers.get(peer) ?? 0)
    this.token?.requesting.delete(peer)
    this.site.send(peer, { kind: 'busy', stamp })
  }

  /** This site was served, or did not want to be: what it knows and what the token knows are brought up to date. */
  private passOn(token: Token): void {
    token.requesting.delete(this.site.self)
    token.numbers.set(this.site.self, this.number)
    for (const peer of this.site.peers) {
      const own = this.numbers.get(peer) ?? 0
      const carried = token.numbers.get(peer) ?? 0
      if (own > carried) {
        token.numbers.set(peer, own)
        copyState(this.requesting, token.requesting, peer)
      } else {
        if (carried > 0) this.numbers.set(peer, carried)
        copyState(token.requesting, this.requesting, peer)
      }
    }
    const next = this.site.peers.find((peer) => this.requesting.has(peer))
    if (next !== undefined) this.send(token, next)
  }

  private send(token: Token, to: NodeId): void {
    this.token = null
    this.tries.delete(to)
    // What is known of the receiver: it will have the token.
    token.requesting.add(to)
    token.numbers.set(to, Math.max(token.numbers.get(to) ?? 0, this.numbers.get(to) ?? 0))
    this.requesting.add(to)
    this.site.send(to, { kind: 'succession', served: [...token.numbers], queue: [...token.requesting] })
  }

  private isRequesting(peer: NodeId, token: Token): boolean {
    const own = this.numbers.get(peer) ?? 0
    const carried = token.numbers.get(peer) ?? 0
    return own > carried ? this.requesting.has(peer) : token.requesting.has(peer)
  }
}

function copyState(from: ReadonlySet<NodeId>, to: Set<NodeId>, peer: NodeId): void {
  if (from.has(peer)) to.add(peer)
  else to.delete(peer)
}
