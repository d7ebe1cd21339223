/**
 * This file is the queue of news on its way out. Each piece is sent a number of times that grows with log N, which reaches all
 * nodes with high probability (SWIM §4.1), and then forgotten. There is one place for each node: a newer piece about it replaces
 * the older, so the queue never holds two opinions, and never more entries than there are nodes.
 */
import type { NodeId } from '../base/ids.ts'
import type { Update } from '../wire/messages.ts'

/** One piece of news; plain data. */
export interface Broadcast {
  readonly update: Update
  /** Rises with every piece queued: the tie-break. */
  readonly order: number
  sends: number
}

/** The most pieces kept; the one sent most often goes first when there are more. */
export const broadcastsMax = 4096

/** How often each piece is sent by one node: λ · ⌈log10(N + 1)⌉. */
export function sendsMax(gossipSends: number, nodes: number): number {
  return gossipSends * Math.ceil(Math.log10(nodes + 1))
}

export class BroadcastQueue {
  readonly entries: Map<NodeId, Broadcast>
  private order = 0

  constructor(entries: Map<NodeId, Broadcast> = new Map()) {
    this.entries = entries
  }

  /** Queues a piece of news in the place of any other about the same node. */
  add(update: Update): void {
    this.entries.delete(update.id)
    if (this.entries.size >= broadcastsMax) {
      const mostSent = this.sorted().at(-1)
      if (mostSent !== undefined) this.entries.delete(mostSent.update.id)
    }
    this.entries.set(update.id, { update, order: this.order++, sends: 0 })
  }

  /** Drops the news about a node. */
  remove(id: NodeId): void {
    this.entries.delete(id)
  }

  /**
   * At most `countMax` pieces for one message to `to`: those sent least first, of these the newest, and none about `to`
   * itself. Each counts as sent once more, and is dropped when it was sent `sendsMax` times.
   */
  take(to: NodeId, countMax: number, sendsMax: number): Update[] {
    if (this.entries.size === 0) return []
    const taken = this.sorted()
      .filter((broadcast) => broadcast.update.id !== to)
      .slice(0, countMax)
    for (const broadcast of taken) {
      broadcast.sends++
      if (broadcast.sends >= sendsMax) this.entries.delete(broadcast.update.id)
    }
    return taken.map((broadcast) => broadcast.update)
  }

  private sorted(): Broadcast[] {
    return [...this.entries.values()].sort((a, b) => a.sends - b.sends || b.order - a.order)
  }
}
