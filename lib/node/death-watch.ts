/**
 * This file decides when the node looks whether a peer's process is dead. It looks a few times after each hint, such as a closed
 * connection.
 */
import type { Context } from '../world/context.ts'
import type { NodeId } from '../base/ids.ts'

/** When to look, in milliseconds after the first look. */
const looksMs = [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024] as const
/** How many peers are watched at once; a further peer is watched at its next hint. */
const watchedMax = 1024

export type DeathWatchTimer = { readonly type: 'look'; readonly peer: NodeId }

/**
 * Checks at every hint whether a peer's process is dead: its connection closed, gossip suspects it, or it is not reached
 * (docs/concepts.md, *When a member goes without leaving*). A process closes its sockets a little before it is gone, so some more
 * checks follow each hint, at growing intervals. A hung process is not dead, and is left to gossip.
 */
export class DeathWatch {
  private readonly context: Context<DeathWatchTimer>
  private readonly isDead: (peer: NodeId) => boolean
  /** How many checks each had since its latest hint. */
  private readonly looks = new Map<NodeId, number>()

  /** @param isDead Checks now. Returns true if the peer is proven dead, and has handled that. */
  constructor(context: Context<DeathWatchTimer>, isDead: (peer: NodeId) => boolean) {
    this.context = context
    this.isDead = isDead
  }

  /** A hint came that this peer may be dead. `delayMs`: another node looks first, so this one need not look before. */
  hint(peer: NodeId, delayMs = 0): void {
    if (!this.looks.has(peer) && this.looks.size >= watchedMax) return
    this.looks.set(peer, 0)
    if (delayMs === 0) this.look(peer)
    else this.context.setTimer(`look/${peer}`, delayMs, { type: 'look', peer })
  }

  /** There is nothing to look for: the peer is connected, or known to be down. */
  drop(peer: NodeId): void {
    if (this.looks.delete(peer)) this.context.clearTimer(`look/${peer}`)
  }

  timer({ peer }: DeathWatchTimer): void {
    this.look(peer)
  }

  private look(peer: NodeId): void {
    const done = this.looks.get(peer)
    if (done === undefined) return
    const nextMs = looksMs[done + 1]
    if (this.isDead(peer) || nextMs === undefined) return this.drop(peer)
    this.looks.set(peer, done + 1)
    this.context.setTimer(`look/${peer}`, nextMs - (looksMs[done] as number), { type: 'look', peer })
  }
}
