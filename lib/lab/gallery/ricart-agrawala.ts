/** This file has the mistakes in Ricart and Agrawala's algorithm: each changes one method of `simple-ricart-agrawala.ts`. */
import type { NodeId } from '../../base/ids.ts'
import { defineAlgorithm } from '../own/define.ts'
import { type Broken, brokenOf, sameAs } from './broken.ts'
import { type RicartAgrawalaMessage, SimpleRicartAgrawala, simpleRicartAgrawala } from './simple-ricart-agrawala.ts'

const source = 'Ricart and Agrawala 1981'

class NoTieBreak extends SimpleRicartAgrawala {
  protected override comesBefore(time: number): boolean {
    return this.asked !== null && this.asked < time
  }
}

class NoMerge extends SimpleRicartAgrawala {
  protected override merge(): void {
    // The clock counts only the requests of this site.
  }
}

class ReplyWhileInside extends SimpleRicartAgrawala {
  protected override replied(from: NodeId, time: number): void {
    if (time !== this.asked || !this.missing.delete(from) || this.missing.size > 0) return
    this.asked = null
    this.site.granted()
  }
}

class RepliesCounted extends SimpleRicartAgrawala {
  private count = 0

  override request(): void {
    this.count = 0
    super.request()
  }

  protected override replied(): void {
    this.count++
    if (this.asked !== null && this.count === this.site.peers.length) this.site.granted()
  }
}

class OneDeferred extends SimpleRicartAgrawala {
  protected override defer(from: NodeId, time: number): void {
    this.deferred = new Map([[from, time]])
  }
}

class CancelForgets extends SimpleRicartAgrawala {
  override cancel(): void {
    this.asked = null
    this.deferred.clear()
  }
}

class BoundedTime extends SimpleRicartAgrawala {
  protected override tick(): number {
    this.clock = (this.clock + 1) % 4
    return this.clock
  }
}

class TwoForThree extends SimpleRicartAgrawala {
  protected override asks(): readonly NodeId[] {
    return this.site.peers.slice(0, 1)
  }
}

/** Carvalho and Roucairol 1983: a peer that replied once need not be asked again, until it asks itself. */
class KeptPermission extends SimpleRicartAgrawala {
  protected readonly permissions = new Set<NodeId>()

  protected override asks(): readonly NodeId[] {
    return this.site.peers.filter((peer) => !this.permissions.has(peer))
  }

  /** A site that enters without asking need not be the oldest: being inside comes first. */
  protected override comesBefore(time: number, from: NodeId): boolean {
    const isInside = this.asked !== null && this.missing.size === 0
    return isInside || super.comesBefore(time, from)
  }

  protected override replied(from: NodeId, time: number): void {
    // A reply to a request that was withdrawn is older than what has been given since.
    if (time === this.asked) this.permissions.add(from)
    super.replied(from, time)
  }
}

class GivenBack extends KeptPermission {
  protected override reply(to: NodeId, time: number): void {
    const wasKept = this.permissions.delete(to)
    super.reply(to, time)
    // It was not asked for this request, and must be now.
    if (!wasKept || this.asked === null || this.missing.has(to)) return
    this.missing.add(to)
    this.site.send(to, { kind: 'request', time: this.asked })
  }
}

const permissionGivenBack = defineAlgorithm<RicartAgrawalaMessage>({
  name: 'permission-given-back',
  create: (site) => new GivenBack(site),
})

export const ricartAgrawalaMistakes: readonly Broken<RicartAgrawalaMessage>[] = [
  brokenOf(NoTieBreak, simpleRicartAgrawala, {
    name: 'no-tie-break',
    ...sameAs('no-id-tie-break'),
    nodes: 2,
    cure: 'Break ties by name: a total order makes one of the two wait.',
  }),
  brokenOf(NoMerge, simpleRicartAgrawala, {
    name: 'no-merge',
    ...sameAs('clock-not-merged'),
    nodes: 2,
    cure: 'Advance the clock past every time that arrives, as Lamport 1978 says, before anything else.',
  }),
  brokenOf(ReplyWhileInside, simpleRicartAgrawala, {
    name: 'reply-while-inside',
    ...sameAs('reply-while-inside'),
    nodes: 2,
    cure: 'The request lasts until the site leaves.',
  }),
  brokenOf(RepliesCounted, simpleRicartAgrawala, {
    name: 'replies-counted',
    ...sameAs('replies-counted'),
    nodes: 2,
    cure: 'Keep the set of peers whose reply is missing, and let each reply name its request.',
  }),
  brokenOf(OneDeferred, simpleRicartAgrawala, {
    name: 'one-deferred',
    ...sameAs('deferred-overwritten'),
    nodes: 3,
    cure: 'Keep all of them: up to N−1 may wait.',
  }),
  brokenOf(CancelForgets, simpleRicartAgrawala, {
    name: 'cancel-forgets',
    property: 'liveness',
    breaks:
      'A site that withdraws its request replies to those that it deferred. If it forgets them, they wait for a reply that is never sent.',
    nodes: 2,
    cure: 'Withdraw as a site leaves: reply to all requests that were deferred.',
  }),
  brokenOf(BoundedTime, simpleRicartAgrawala, {
    name: 'bounded-time',
    property: 'exclusion',
    breaks:
      'Times only grow. If time 0 follows time 3, it looks older than all others, and a site that replied to 3 and asks at 0 is let in beside it.',
    source,
    nodes: 2,
    cure: 'Let times grow; or compare within a window, as Ricart and Agrawala do in their §5, with a modulus above 2N−1.',
  }),
  brokenOf(TwoForThree, simpleRicartAgrawala, {
    name: 'two-for-three',
    property: 'exclusion',
    breaks: 'A site asks all others. If it asks one of them, as in an algorithm for two sites, a third may be inside.',
    source: 'Peterson 1981',
    nodes: 3,
    cure: 'Ask all others; or play two-site matches in a tree, as in Peterson and Fischer 1977.',
  }),
  brokenOf(KeptPermission, permissionGivenBack, {
    name: 'kept-permission',
    ...sameAs('permission-kept-after-giving'),
    nodes: 2,
    cure: 'A reply gives the permission back. If the replying site waits itself, it asks for the permission again.',
  }),
]
