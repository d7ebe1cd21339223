/**
 * Le Lann 1977, "Distributed Systems: Towards a Formal Approach", §4: a token goes round a ring of sites, and a site that has
 * it may enter. Saturated, each entry costs one message; no site waits longer than one lap.
 *
 * `token-ring-perpetual` is the paper's: the token never stops (when a whole lap found no waiter, it pauses before the next).
 *
 * `token-ring` parks the token when no site wants it. A site that uses it after another one sends it on for a lap, in case others
 * wait; when it comes back unused it stays. A request that cannot count on that lap goes along the ring as a `chase`. It ends at
 * the token, or at a site that waits too: the token comes there, and goes on. A chase never overtakes the token, since links keep
 * their order, so it misses none: if it comes round to its origin, the token came before.
 *
 * Chase and token skip a silent site, so that a site which only computes delays no other. With gaps in their ways a chase
 * can miss the token, so neither ends as before:
 *
 * - A chase that skipped a site is a `detour`. No waiter keeps it. It ends at the token, or at its origin, which sends a chase
 *   again as soon as it hears one of the skipped sites.
 * - A token that skipped a site on its lap is a `leap`. The site where that lap ends starts another lap as soon as it hears
 *   one of the skipped sites.
 *
 * Each waiter is served: a suspicion ends, or the view does. A lap with skips is followed by another, and the last of them passes
 * every site. Without skips a token and a chase pass all sites in order, and the argument above holds. A detour is followed
 * by another chase; the last of them has no gap.
 *
 * Deviations: parking; skipping; a token that has rested goes home to its first place, so that the lock can be forgotten.
 */
import { invariant } from '../base/assert.ts'
import type { NodeId } from '../base/ids.ts'
import type { Mode } from '../base/mode.ts'
import { sameStamp, type Stamp } from '../clock/stamp.ts'
import { body, type BodyOf } from '../wire/bodies.ts'
import { id, safe, stamp } from '../wire/fields.ts'
import { bool, list } from '../wire/schema.ts'
import { common, sitesMax } from './common-messages.ts'
import type { Algorithm, Site, WiredKind } from './contract.ts'
import { isAnyHeard, nextHeard, none, type Skipped, union } from './skipped.ts'

/** What the sites say to each other. */
const messages = {
  chase: common.chase,
  busy: common.busy,
  /** The token, so many hops after `starter` set it going; `homing` on its way to its first place. */
  token: body(6, { starter: id, hops: safe, homing: bool() }),
  /** The token on a lap on which it skipped these silent members. */
  leap: body(30, { starter: id, hops: safe, skipped: list(id, sitesMax) }),
  /** A chase that skipped these silent members. */
  detour: body(31, { stamp, ifFree: bool(), skipped: list(id, sitesMax) }),
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
  /** The name of this site's chases: its latest request, as long as the token has not come. */
  private asked: Stamp | null = null
  /** The site that started the token's present lap, as known when the token was last here. */
  private starter: NodeId
  /** The sites that the token skipped on that lap. It may rest only if it skipped none. */
  private skipped = none
  /** The chase of another site ended here, so the token must go on for a lap. */
  private demanded = false
  /** This site set the token going, or a perpetual one has passed, and has not been seen since: it comes by without being asked. */
  private returning = false
  private isPaused = false
  /** A chase of this site came round in vain, and is sent again after the pause. */
  private chasesAgain = false

  constructor(site: Site<RingMessage>, perpetual: boolean) {
    this.site = site
    this.perpetual = perpetual
    const holder = site.carried[0]?.holder
    this.home = holder ?? site.firstPlace
    this.starter = this.home
    this.hasToken = this.home === site.self
    this.inside = holder === site.self
    // A fresh perpetual token sets out at once, unless a hold was carried into the view.
    if (perpetual && this.hasToken && !this.inside) this.pause()
  }

  request(stamp: Stamp, _mode: Mode, ifFree: boolean): void {
    invariant(this.pending === null && !this.inside, 'one request at a time')
    this.pending = { stamp, ifFree }
    if (this.hasToken) return this.enter()
    this.asked = stamp
    if (ifFree || !this.returning) this.sendChase(stamp, ifFree, none)
  }

  receive(_from: NodeId, message: RingMessage): void {
    switch (message.kind) {
      case 'token':
        return this.receiveToken(message.starter, message.hops, message.homing)
      case 'leap':
        return this.receiveToken(message.starter, message.hops, false, message.skipped)
      case 'chase':
        return this.receiveChase(message.stamp, message.ifFree)
      case 'detour':
        return this.receiveChase(message.stamp, message.ifFree, message.skipped)
      case 'busy':
        if (this.pending?.ifFree !== true || !sameStamp(this.pending.stamp, message.stamp)) return
        this.withdraw()
        return this.site.refused()
      default:
    }
  }

  release(): void {
    invariant(this.inside, 'only who is inside can leave')
    this.inside = false
    const usedByOthersBefore = this.starter !== this.site.self
    if (this.perpetual || this.demanded || usedByOthersBefore || this.isLapDue) this.startLap()
  }

  cancel(): void {
    // The token may be on its way for this request: it goes on when it comes.
    this.withdraw()
  }

  wanted(): boolean {
    // A site that has seen a perpetual token pass waits for it without a message.
    return this.demanded || (this.hasToken && (this.perpetual || this.starter !== this.site.self || this.isLapDue))
  }

  mayHold(peer: NodeId): boolean {
    return peer !== this.site.self && !this.hasToken
  }

  idle(): boolean {
    const unused = this.pending === null && !this.inside && !this.demanded && !this.returning && !this.isPaused
    const isFresh = this.hasToken === (this.home === this.site.self) && this.skipped.length === 0
    return unused && isFresh && !(this.perpetual && this.site.peers.length > 0)
  }

  rest(): void {
    if (this.perpetual || !this.hasToken || this.inside || this.pending !== null || this.home === this.site.self) return
    if (this.skipped.length === 0) this.goHome()
  }

  wake(): void {
    this.isPaused = false
    const { chasesAgain } = this
    this.chasesAgain = false
    if (!this.hasToken) {
      if (chasesAgain) this.chaseAgain()
    } else if (!this.inside && (this.perpetual || this.skipped.length > 0)) this.startLap()
  }

  /** The first chase may lie unread at a site that has fallen silent, and a site that is heard again may have the token. */
  silenceChanged(): void {
    if (!this.hasToken) this.chaseAgain()
    else if (!this.inside && this.isLapDue) this.startLap()
  }

  describe(): { token: boolean; permissions: readonly NodeId[] } {
    return { token: this.hasToken, permissions: [] }
  }

  private receiveToken(starter: NodeId, hops: number, homing: boolean, skipped = none): void {
    invariant(!this.hasToken, 'there is one token')
    this.hasToken = true
    this.returning = false
    this.asked = null
    this.starter = starter
    this.skipped = skipped
    if (this.pending !== null) return this.enter()
    if (this.demanded) return this.startLap()
    if (homing) {
      if (this.home !== this.site.self) this.goHome()
      return
    }
    const isLapOver = hops > this.site.peers.length
    if (isLapOver) this.stopHere()
    else this.passOn(hops)
  }

  private receiveChase(stamp: Stamp, ifFree: boolean, skipped = none): void {
    if (stamp.id === this.site.self) return this.cameRound(stamp, skipped)
    // A forged chase: no site ends it while the token is at a silent site, and the refusal of a try would go to a stranger.
    if (!this.site.peers.includes(stamp.id)) return
    const isDetour = skipped.length > 0
    // Of two tries that both skipped the token neither may end at the other.
    const isBefore = this.pending !== null && !(isDetour && this.pending.ifFree)
    if (ifFree && (this.inside || isBefore)) return this.site.send(stamp.id, { kind: 'busy', stamp })
    if (this.hasToken && !this.inside) return this.startLap()
    // A waiter that may be refused brings the token here for no other site.
    const isKept = this.inside || (this.pending !== null && !this.pending.ifFree)
    if (isKept) this.demanded = true
    if (!isKept || (isDetour && !this.inside)) this.sendChase(stamp, ifFree, skipped)
  }

  /** A chase of this site is back. If it skipped no site the token was here before, or makes another lap. */
  private cameRound(stamp: Stamp, skipped: Skipped): void {
    const isWanted = this.demanded || (this.pending !== null && sameStamp(this.pending.stamp, stamp))
    if (this.hasToken || !isWanted || !isAnyHeard(skipped, this.site)) return
    this.chasesAgain = true
    this.pause()
  }

  private chaseAgain(): void {
    const isTry = this.pending?.ifFree === true
    if (this.asked !== null && (isTry || !this.returning)) this.sendChase(this.asked, isTry && !this.demanded, none)
  }

  private withdraw(): void {
    this.pending = null
    if (!this.demanded) this.asked = null
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
    this.skipped = none
    this.demanded = false
    this.passOn(0)
  }

  /** Hops count the sites that are skipped, so that a lap ends at the place of its starter or just behind it. */
  private passOn(hops: number): void {
    const { next, passed } = nextHeard(this.site)
    if (!this.perpetual) this.skipped = union(this.skipped, passed)
    if (next === undefined) return this.stopHere()
    const { starter, skipped } = this
    this.hasToken = false
    this.skipped = none
    this.returning = this.perpetual || hops === 0
    const behind = hops + passed.length + 1
    const isLeap = skipped.length > 0
    this.site.send(next, isLeap ? { kind: 'leap', starter, hops: behind, skipped } : token(starter, behind, false))
  }

  /** On its way home the token skips no site: it stays here instead, and goes home when it has rested again. */
  private goHome(): void {
    const next = this.site.peers[0]
    if (next === undefined || this.site.isSilent(next)) return
    this.hasToken = false
    this.site.send(next, token(this.home, 0, true))
  }

  /** The token stays until a site wants it or it must make another lap. */
  private stopHere(): void {
    if (this.perpetual || this.isLapDue) this.pause()
  }

  /** The lap that ended here skipped a site that is heard again: a site that waits may not have been passed. */
  private get isLapDue(): boolean {
    return isAnyHeard(this.skipped, this.site)
  }

  private pause(): void {
    if (this.site.peers.length === 0 || this.isPaused) return
    this.isPaused = true
    this.site.pause()
  }

  /** If all are silent it waits at the next site until that goes on. */
  private sendChase(stamp: Stamp, ifFree: boolean, before: Skipped): void {
    const { next, passed } = nextHeard(this.site, stamp.id)
    const skipped = next === undefined ? before : union(before, passed)
    const to = next ?? this.site.peers[0]
    if (to === undefined) return
    this.site.send(to, skipped.length === 0 ? { kind: 'chase', stamp, ifFree } : { kind: 'detour', stamp, ifFree, skipped })
  }
}

function token(starter: NodeId, hops: number, homing: boolean): RingMessage {
  return { kind: 'token', starter, hops, homing }
}
