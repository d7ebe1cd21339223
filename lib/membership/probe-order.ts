/**
 * This file chooses which peer is probed next: each peer once in each round, in an order shuffled anew, so that the time until a
 * dead node is first probed is bounded by two rounds (SWIM §4.3). Newcomers enter the current round at a random place.
 */
import type { NodeId } from '../base/ids.ts'
import { type Random, shuffled } from '../base/random.ts'

export class ProbeOrder {
  /** Those that the current round still has before it, the last first; plain data. */
  readonly ahead: NodeId[] = []

  constructor(private readonly random: Random) {}

  insert(id: NodeId): void {
    if (!this.ahead.includes(id)) this.ahead.splice(this.random.below(this.ahead.length + 1), 0, id)
  }

  /** The next one that may be probed, beginning a new round of `all()` when this one is done; undefined if there is none. */
  next(mayProbe: (id: NodeId) => boolean, all: () => readonly NodeId[]): NodeId | undefined {
    for (const beginAnew of [false, true]) {
      if (beginAnew) for (const id of shuffled(all(), this.random)) this.ahead.push(id)
      for (let id = this.ahead.pop(); id !== undefined; id = this.ahead.pop()) if (mayProbe(id)) return id
    }
    return undefined
  }
}
