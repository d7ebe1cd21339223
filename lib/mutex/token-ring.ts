/**
 * Le Lann 1977, "Distributed Systems: Towards a Formal Approach", §4: a token goes round a ring of sites, and a site that has
 * it may enter. Saturated, each entry costs one message; no site waits longer than one lap.
 *
 * `token-ring-perpetual` is the paper's: the token never stops (when a whole lap found nobody, it pauses before the next).
 *
 * `token-ring` parks the token when nobody wants it. Whoever uses it after somebody else sends it on for a lap, in
 * case others wait; when it comes back unused it stays. A request that cannot count on that lap goes along the ring as a
 * `chase` until it meets the token, or a site that waits too: the token comes there, and goes on. A chase never overtakes
 * the token, since links keep their order, so it misses none: if it comes round to its origin, the token came before.
 *
 * Deviations: parking; a token that has rested goes home to its first place, so that the lock can be forgotten.
 */
import { invariant } from '../base/assert.ts'
import type { NodeId } from '../base/ids.ts'
import type { Mode } from '../base/mode.ts'
import { sameStamp, type Stamp } from '../clock/stamp.ts'
import { body, type BodyOf } from '../wire/bodies.ts'
import { id, safe } from '../wire/fields.ts'
import { bool } from '../wire/schema.ts'
import { common } from './common-messages.ts'
import type { Algorithm, Site, WiredKind } from './contract.ts'

/** What the sites say to each other. */
const messages = {
  chase: common.chase,
  busy: common.busy,
  /** The token, so many hops after `starter` set it going; `homing` on its way to its first place. */
  token: body(6, { starter: id, hops: safe, homing: bool() }),
}
export type RingMessage = BodyOf<typeof messages>

export const tokenRing: WiredKind<RingMessage> = kind('token-ring', false)
export const tokenRingPerpetual: WiredKind<RingMessage> = kind('token-ring-perpetual', true)

function kind(name: string, perpetual: boolean): WiredKind<RingMessage> {
  return {
    name,
    messages,
    modes: ['exclusive'],
    asksAlways: false,
    create: (site) => new TokenRing(site, perpetual),
    // The token may be anywhere unless it is still where it began, and that is here.
    untouched: (carried, firstPlace, self) => (carried[0]?.holder ?? firstPlace) !== self,
  }
}

export class TokenRing implements Algorithm<RingMessage> {
  private readonly site: Site<RingMessage>
  private readonly perpetual: boolean
  private readonly home: NodeId
  private hasToken: boolean
  private inside: boolean
  private pending: { readonly stamp: Stamp; readonly ifFree: boolean } | null = null
  /** Who set the token going for the lap that it is on, as known when it was last here. */
  private starter: NodeId
  /** Somebody's chase ended here: the token must go on for a lap. */
  private demanded = false
  /** This site set the token going, or a perpetual one has passed, and has not been seen since: it comes by without being asked. */
  private returning = false
  private isPaused = false

  constructor(site: Site<RingMessage>, perpetual: boolean) {
    this.site = site
    this.perpetual = perpetual
    const holder = site.carried[0]?.holder
    this.home = holder ?? site.firstPlace
    this.starter = this.home
    this.hasToken = this.home === site.self
    this.inside = holder === site.self
    // A fresh perpetual token sets out at once, unless somebody is inside with it.
    if (perpetual && this.hasToken && !this.inside) this.pause()
  }

  request(stamp: Stamp, _mode: Mode, ifFree: boolean): void {
    invariant(this.pending === null && !this.inside, 'one request at a time')
    this.pending = { stamp, ifFree }
    if (this.hasToken) this.enter()
    else if (ifFree || !this.returning) this.sendOn({ kind: 'chase', stamp, ifFree })
  }

  receive(_from: NodeId, message: RingMessage): void {
    if (message.kind === 'token') this.receiveToken(message.starter, message.hops, message.homing)
    else if (message.kind === 'chase') this.receiveChase(message.stamp, message.ifFree)
    else if (message.kind === 'busy' && this.pending?.ifFree === true && sameStamp(this.pending.stamp, message.stamp)) {
      this.pending = null
      this.site.refused()
    }
  }

  release(): void {
    invariant(this.inside, 'only who is inside can leave')
    this.inside = false
    const usedByOthersBefore = this.starter !== this.site.self
    if (this.perpetual || this.demanded || usedByOthersBefore) this.startLap()
  }

  cancel(): void {
    // The token may be on its way for this request: it goes on when it comes.
    this.pending = null
  }

  wanted(): boolean {
    // Whoever has seen a perpetual token pass waits for it without a word.
    return this.demanded || (this.hasToken && (this.perpetual || this.starter !== this.site.self))
  }

  mayHold(peer: NodeId): boolean {
    return peer !== this.site.self && !this.hasToken
  }

  idle(): boolean {
    const unused = this.pending === null && !this.inside && !this.demanded && !this.returning && !this.isPaused
    return unused && this.hasToken === (this.home === this.site.self) && !(this.perpetual && this.site.peers.length > 0)
  }

  rest(): void {
    if (this.perpetual || !this.hasToken || this.inside || this.pending !== null || this.home === this.site.self) return
    this.hasToken = false
    this.sendOn({ kind: 'token', starter: this.home, hops: 0, homing: true })
  }

  wake(): void {
    this.isPaused = false
    if (this.hasToken && !this.inside) this.startLap()
  }

  describe(): { token: boolean; permissions: readonly NodeId[] } {
    return { token: this.hasToken, permissions: [] }
  }

  private receiveToken(starter: NodeId, hops: number, homing: boolean): void {
    invariant(!this.hasToken, 'there is one token')
    this.hasToken = true
    this.returning = false
    this.starter = starter
    if (this.pending !== null) return this.enter()
    if (this.demanded) return this.startLap()
    if (homing) {
      if (this.home !== this.site.self) this.passOn(hops, true)
      return
    }
    const isLapOver = hops > this.site.peers.length
    if (!isLapOver) this.passOn(hops, false)
    else if (this.perpetual) this.pause()
  }

  private receiveChase(stamp: Stamp, ifFree: boolean): void {
    // Round and back: the token came here before it, and the request was served or withdrawn.
    if (stamp.id === this.site.self) return
    if (ifFree && (this.inside || this.pending !== null)) return this.site.send(stamp.id, { kind: 'busy', stamp })
    if (this.hasToken && !this.inside) return this.startLap()
    // A waiter that may be refused brings the token here for nobody else.
    if (this.inside || (this.pending !== null && !this.pending.ifFree)) this.demanded = true
    else this.sendOn({ kind: 'chase', stamp, ifFree })
  }

  private enter(): void {
    this.pending = null
    this.inside = true
    this.site.granted()
  }

  /** The token leaves, and will pass every site once before it can stop. */
  private startLap(): void {
    if (this.site.peers.length === 0) return
    this.starter = this.site.self
    this.demanded = false
    this.returning = true
    this.passOn(0, false)
  }

  private passOn(hops: number, homing: boolean): void {
    this.hasToken = false
    if (this.perpetual) this.returning = true
    this.sendOn({ kind: 'token', starter: this.starter, hops: hops + 1, homing })
  }

  private pause(): void {
    if (this.site.peers.length === 0 || this.isPaused) return
    this.isPaused = true
    this.site.pause()
  }

  private sendOn(message: RingMessage): void {
    const next = this.site.peers[0]
    if (next !== undefined) this.site.send(next, message)
  }
}
