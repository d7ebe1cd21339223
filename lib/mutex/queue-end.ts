/**
 * What the home of a `home-queue` lock knows: where the queue ends, which is the one word of Mellor-Crummey and Scott's lock;
 * and, so that few locks are in doubt when a site dies, which sites may have been inside since the token was last there.
 * Each request that enters has been queued here, or was lent the token from here. When a site asks again, its former turn is over,
 * and with it every turn before that.
 */
import type { NodeId } from '../base/ids.ts'

export class QueueEnd {
  /** Whose place is the last: it has the token, or will have it. */
  tail: NodeId
  private readonly home: NodeId
  private readonly start: NodeId
  /** Who may be inside, in the order of their turns. */
  private readonly visitors: NodeId[] = []

  constructor(home: NodeId, start: NodeId) {
    this.home = home
    this.start = start
    this.tail = start
    if (start !== home) this.visitors.push(start)
  }

  /** The state of a home that was not asked yet; `hasToken` says whether the token is there. */
  isAsNew(hasToken: boolean): boolean {
    return this.tail === this.start && hasToken === (this.start === this.home) && this.visitors.length === (hasToken ? 0 : 1)
  }

  mayHold(peer: NodeId): boolean {
    return this.visitors.includes(peer)
  }

  /** A request takes the last place; returns whose it was. */
  queue(id: NodeId): NodeId {
    const former = this.tail
    this.tail = id
    this.passed(id)
    this.visitors.push(id)
    return former
  }

  /** The token went from the home to a site that no other follows yet. */
  lent(id: NodeId): void {
    this.cameHome()
    this.tail = id
    this.visitors.push(id)
  }

  /** The token is at home, and no request waits. */
  cameHome(): void {
    this.tail = this.home
    this.visitors.length = 0
  }

  /** That place's turn is over, and so is every turn before it. */
  passed(id: NodeId): void {
    const at = this.visitors.indexOf(id)
    if (at !== -1) this.visitors.splice(0, at + 1)
  }

  /** It is the turn of that place: every turn before it is over. */
  reached(id: NodeId): void {
    const at = this.visitors.indexOf(id)
    if (at !== -1) this.visitors.splice(0, at)
  }
}
