/** Breaks exclusion: a permission that was given once is kept, also after its giver was given permission in turn. */
import type { NodeId } from '../../base/ids.ts'
import { defineAlgorithm } from '../own/define.ts'
import type { Broken } from './broken.ts'
import { type RicartAgrawalaMessage, SimpleRicartAgrawala } from './simple-ricart-agrawala.ts'

/** Carvalho and Roucairol 1983: who replied once need not be asked again, until it asks itself. */
class KeptPermission extends SimpleRicartAgrawala {
  protected readonly permissions = new Set<NodeId>()

  protected override asks(): readonly NodeId[] {
    return this.site.peers.filter((peer) => !this.permissions.has(peer))
  }

  /** Who enters without asking need not be the oldest: being inside comes first. */
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

export const keptPermission: Broken<RicartAgrawalaMessage> = {
  name: 'kept-permission',
  breaks: {
    property: 'exclusion',
    nodes: 2,
    why: 'A site that was inside keeps the permission of the other, replies to its request, and enters again without asking while the other is inside.',
  },
  kind: defineAlgorithm<RicartAgrawalaMessage>({ name: 'kept-permission', create: (site) => new KeptPermission(site) }),
  mended: defineAlgorithm<RicartAgrawalaMessage>({ name: 'permission-given-back', create: (site) => new GivenBack(site) }),
  cure: 'Replying gives the permission back; and if one waits oneself, ask for it again.',
}
