/** This file is the links between the sites of an arena: how long a message takes, in which order, and whether it is lost or doubled. */
import { type Random, seededRandom } from '../../base/random.ts'
import type { Body } from '../../mutex/contract.ts'
import type { ArenaOptions } from './options.ts'

/** All links of one arena. */
export class ArenaLinks {
  private readonly options: ArenaOptions<Body>
  private readonly travel: Random
  private readonly lastArrivalT: Float64Array

  constructor(options: ArenaOptions<never>) {
    const { seed, nodes, unordered } = options
    this.options = options
    // Delays and users are drawn apart, so that two algorithms under one seed meet the same users.
    this.travel = seededRandom(seed * 2 + 1)
    this.lastArrivalT = new Float64Array(unordered === true ? 0 : nodes * nodes)
  }

  /** When a message arrives that is sent now, from and to sites by their places. */
  arrivalT(nowT: number, from: number, to: number): number {
    const { options, travel, lastArrivalT } = this
    const atT = nowT + options.delay.draw(travel, from, to, options.nodes)
    if (options.unordered === true) return atT
    const link = from * options.nodes + to
    const lastT = lastArrivalT[link] as number
    const inOrderT = Math.max(atT, lastT)
    lastArrivalT[link] = inOrderT
    return inOrderT
  }

  /** Whether a message is lost, as chance has it. */
  loses(): boolean {
    return this.happens(this.options.loss)
  }

  /** Whether a message arrives twice, as chance has it. */
  doubles(): boolean {
    return this.happens(this.options.duplication)
  }

  private happens(chance: number | undefined): boolean {
    return chance !== undefined && chance > 0 && this.travel.next() < chance
  }
}
