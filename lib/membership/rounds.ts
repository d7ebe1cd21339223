/**
 * This file is the beat of probing: it probes one peer each interval, unless that is known to live, and the interval is longer
 * for a node that has reason to doubt itself (Lifeguard §IV-A). Without peers the beat goes on and sends nothing. Peers that are known to
 * live are looked at together, and the next beat comes so many intervals later.
 */
import type { Context } from '../world/context.ts'
import { untilBeatMs } from '../base/beat.ts'
import type { NodeId } from '../base/ids.ts'
import type { Beliefs } from './beliefs.ts'
import { type Health, stretchedMs } from './health.ts'
import { isPresent } from './peers.ts'
import type { Prober } from './probe.ts'
import type { ProbeOrder } from './probe-order.ts'
import type { SwimProfile } from './profile.ts'

/** How many peers one beat looks at, as long as they are known to live. */
const looksMax = 5
/** After a beat that probed none the next comes when beats for each of them would be over, and not sooner than this. */
const idleMs = 1000

export interface RoundTimer {
  readonly type: 'round'
}

/** Plain data. */
export interface RoundState {
  /** The peers that this round has still to probe, the last first. */
  readonly ahead: NodeId[]
  /** When the next beat should come. */
  dueMs: number
}

export class Rounds {
  readonly state: RoundState

  constructor(
    private readonly context: Context<RoundTimer>,
    private readonly profile: SwimProfile,
    private readonly health: Health,
    private readonly beliefs: Beliefs,
    private readonly prober: Prober,
    private readonly order: ProbeOrder,
    private readonly isKnownToLive: (peer: NodeId) => boolean,
  ) {
    this.state = { ahead: order.ahead, dueMs: 0 }
  }

  /** With a random phase, so that nodes that start together do not all send at the same moments. */
  start(): void {
    this.arm(this.context.random.next() * this.profile.probeIntervalMs)
  }

  stop(): void {
    this.context.clearTimer('round')
  }

  beat(): void {
    this.beliefs.reap()
    const intervalMs = stretchedMs(this.health, this.profile.probeIntervalMs)
    const present = this.beliefs.present().map((peer) => peer.id)
    const looks = Math.min(present.length, looksMax)
    for (let looked = 0; looked < looks; looked++) {
      const target = this.order.next(
        (id) => this.mayProbe(id),
        () => present,
      )
      if (target !== undefined && this.maySkip(target)) continue
      if (target !== undefined) this.prober.probe(target)
      return this.arm(intervalMs)
    }
    this.arm(untilBeatMs(this.context.nowMs(), Math.max(looks * intervalMs, idleMs)))
  }

  private mayProbe(id: NodeId): boolean {
    const peer = this.beliefs.get(id)
    return peer !== undefined && isPresent(peer) && !this.prober.isProbing(id)
  }

  /** A suspect must hear that it is suspected. */
  private maySkip(id: NodeId): boolean {
    return this.beliefs.get(id)?.state === 'alive' && this.isKnownToLive(id)
  }

  private arm(delayMs: number): void {
    this.state.dueMs = this.context.nowMs() + delayMs
    this.context.setTimer('round', delayMs, { type: 'round' })
  }
}
