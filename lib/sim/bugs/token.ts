/** This file has the mistakes with the token of the ring (Le Lann 1977): there are two of it, or none, or two sites believe in it. */
import type { NodeId } from '../../base/ids.ts'
import { Mode } from '../../base/mode.ts'
import type { Stamp } from '../../clock/stamp.ts'
import { LockSite } from '../../lock/site.ts'
import { type RingMessage, tokenRing, tokenRingPerpetual } from '../../mutex/token-ring.ts'
import type { Bug } from './bug.ts'
import { AlgorithmPort, atPortOf } from './port.ts'
import { replaceGetter } from './replace.ts'

const rings = [tokenRing, tokenRingPerpetual] as const
const source = 'Le Lann 1977'

class RingPort extends AlgorithmPort<RingMessage> {
  protected get hasToken(): boolean {
    return this.inner.describe().token
  }
}

class TokenMadeAnew extends RingPort {
  override receive(from: NodeId, message: RingMessage): void {
    const isOwn = message.kind === 'chase' && message.stamp.id === this.site.self
    if (!isOwn || this.pending === null || this.hasToken) return super.receive(from, message)
    super.receive(from, { kind: 'token', starter: this.site.self, hops: 0, homing: false })
  }
}

class TokenLostWhenUnwanted extends RingPort {
  private hasWithdrawn = false

  override cancel(stamp: Stamp): void {
    if (this.pending !== null && !this.hasToken) this.hasWithdrawn = true
    super.cancel(stamp)
  }

  override receive(from: NodeId, message: RingMessage): void {
    if (message.kind !== 'token') return super.receive(from, message)
    const isForNobody = this.hasWithdrawn && this.pending === null && !this.wanted(Mode.exclusive)
    this.hasWithdrawn = false
    if (!isForNobody) super.receive(from, message)
  }
}

class TokenKeptAfterPassing extends RingPort {
  private hasPassed = false
  /** Inside by the token that this site has no more. */
  private isInsideInvalidly = false

  override sends(to: NodeId, message: RingMessage): void {
    super.sends(to, message)
    if (message.kind === 'token' && !message.homing && this.site.peers.length > 1) this.hasPassed = true
  }

  override request(stamp: Stamp, mode: Mode, ifFree: boolean): void {
    if (!this.hasPassed || this.hasToken) return super.request(stamp, mode, ifFree)
    this.isInsideInvalidly = true
    this.site.granted()
  }

  override release(mode: Mode): void {
    if (!this.isInsideInvalidly) return super.release(mode)
    this.isInsideInvalidly = false
  }
}

class TokenPassedWhileInside extends RingPort {
  override receive(from: NodeId, message: RingMessage): void {
    const [next] = this.site.peers
    if (message.kind === 'chase' && !message.ifFree && this.entries > 0 && next !== undefined)
      return this.site.send(next, { kind: 'token', starter: this.site.self, hops: 1, homing: false })
    // The site takes the token that comes back for a token that never left.
    if (message.kind !== 'token' || !this.hasToken) super.receive(from, message)
  }
}

class ChaseSwallowed extends RingPort {
  override receive(from: NodeId, message: RingMessage): void {
    const isKept = message.kind === 'chase' && !message.ifFree && (this.entries > 0 || this.pending !== null)
    if (!isKept) super.receive(from, message)
  }
}

export const tokenBugs: readonly Bug[] = [
  {
    name: 'token-made-anew',
    property: 'exclusion',
    breaks:
      'Only a new view makes a new token. A waiter whose chase came round in vain, and that makes a token itself, has the second one.',
    source,
    ...atPortOf(rings, TokenMadeAnew),
  },
  {
    name: 'token-at-every-place',
    property: 'exclusion',
    breaks:
      'The token begins at one place, which all sites draw alike. If each site takes itself for that place, there are as many tokens as sites.',
    apply: () => replaceGetter(LockSite, 'firstPlace', ({ self }) => self),
  },
  {
    name: 'token-lost-when-unwanted',
    property: 'lost wake-up',
    breaks: 'A token that arrives for a withdrawn request goes on or stays. If it is dropped, it is lost until the next view.',
    source,
    ...atPortOf(rings, TokenLostWhenUnwanted),
  },
  {
    name: 'token-kept-after-passing',
    property: 'exclusion',
    breaks: 'A site that passes the token on has it no more. A site that still believes in it enters again beside the next.',
    source,
    ...atPortOf(rings, TokenKeptAfterPassing),
  },
  {
    name: 'token-passed-while-inside',
    property: 'exclusion',
    breaks:
      'A holder keeps the token until it leaves. If it passes the token to each site that asks, the next site enters beside it.',
    source,
    ...atPortOf(rings, TokenPassedWhileInside),
  },
  {
    name: 'chase-swallowed',
    property: 'bypass',
    breaks:
      'A site that waits or is inside remembers a chase that ends there. If it forgets the chase, the sender waits for ever.',
    ...atPortOf(rings, ChaseSwallowed),
  },
]
