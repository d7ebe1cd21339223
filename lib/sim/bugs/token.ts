/** Mistakes with the token of the ring (Le Lann 1977): two of them, none of them, or one that is believed in twice. */
import type { NodeId } from '../../base/ids.ts'
import type { Mode } from '../../base/mode.ts'
import type { Stamp } from '../../clock/stamp.ts'
import { LockSite } from '../../lock/site.ts'
import { type RingMessage, tokenRing, tokenRingPerpetual } from '../../mutex/token-ring.ts'
import type { Bug } from './bug.ts'
import { AlgorithmPort, atPortOf } from './port.ts'
import { replaceGetter } from './replace.ts'

const rings = [tokenRing, tokenRingPerpetual] as const

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

  override cancel(): void {
    if (this.pending !== null && !this.hasToken) this.hasWithdrawn = true
    super.cancel()
  }

  override receive(from: NodeId, message: RingMessage): void {
    if (message.kind !== 'token') return super.receive(from, message)
    const isForNobody = this.hasWithdrawn && this.pending === null && !this.wanted()
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

  override release(): void {
    if (!this.isInsideInvalidly) return super.release()
    this.isInsideInvalidly = false
  }
}

class TokenPassedWhileInside extends RingPort {
  override receive(from: NodeId, message: RingMessage): void {
    const [next] = this.site.peers
    if (message.kind === 'chase' && !message.ifFree && this.entries > 0 && next !== undefined)
      return this.site.send(next, { kind: 'token', starter: this.site.self, hops: 1, homing: false })
    // The token that comes back is taken for the one that never left.
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
    breaks:
      'only a new view makes a new token; a waiter whose chase came round in vain, and who makes one itself, has the second',
    ...atPortOf(rings, TokenMadeAnew),
  },
  {
    name: 'token-at-every-place',
    breaks:
      'a token begins at one place that all draw alike; where each takes itself for that place, there are as many tokens as sites',
    apply: () =>
      replaceGetter<LockSite>()(
        LockSite,
        'firstPlace',
        () =>
          function () {
            return this.self
          },
      ),
  },
  {
    name: 'token-lost-when-unwanted',
    breaks: 'a token that arrives for a withdrawn request goes on or stays; one that is dropped is lost until the next view',
    ...atPortOf(rings, TokenLostWhenUnwanted),
  },
  {
    name: 'token-kept-after-passing',
    breaks: 'a site that passes the token on has it no more; one that goes on believing in it enters again beside the next',
    ...atPortOf(rings, TokenKeptAfterPassing),
  },
  {
    name: 'token-passed-while-inside',
    breaks: 'a holder keeps the token until it leaves; one that passes it to each site that asks lets the next in beside it',
    ...atPortOf(rings, TokenPassedWhileInside),
  },
  {
    name: 'chase-swallowed',
    breaks: 'a chase that ends at a site that waits or is inside is remembered there; forgotten, its sender waits for ever',
    ...atPortOf(rings, ChaseSwallowed),
  },
]
