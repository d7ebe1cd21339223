/**
 * This file is what the home of a `home-queue` lock knows: where the queue ends, which is the one word of Mellor-Crummey and
 * Scott's lock. It also knows which sites may have been inside since the token was last at home, so that few locks are in doubt
 * when a site dies. Each request that enters has been queued here, was given the token from here, or hangs on a place of the
 * queue. When a site queues again, its former turn is over, and with it every turn before that, those of the sites that hung on
 * these places too.
 */
import type { NodeId } from '../base/ids.ts'

export class QueueEnd {
  /** The request with the last place: its site has the token, or will have it. */
  tail: NodeId
  private readonly home: NodeId
  private readonly start: NodeId
  /** Who may be inside, in the order of their turns; a site that hangs on a place comes after it. */
  private readonly visitors: { readonly id: NodeId; readonly hangs: boolean }[] = []

  constructor(home: NodeId, start: NodeId) {
    this.home = home
    this.start = start
    this.tail = start
    if (start !== home) this.visitors.push({ id: start, hangs: false })
  }

  /** The state of a home that was not asked yet; `hasToken` says whether the token is there. */
  isAsNew(hasToken: boolean): boolean {
    return this.tail === this.start && hasToken === (this.start === this.home) && this.visitors.length === (hasToken ? 0 : 1)
  }

  mayHold(peer: NodeId): boolean {
    return this.visitors.some(({ id }) => id === peer)
  }

  /** A request takes the last place; returns the former last request. */
  queue(id: NodeId): NodeId {
    const former = this.tail
    this.tail = id
    this.passed(id)
    this.visitors.push({ id, hangs: false })
    return former
  }

  /** A request that the token is only lent to hangs on the last place; returns whose that is. */
  hang(id: NodeId): NodeId {
    // It need be here once: at the later place.
    const at = this.visitors.findIndex((each) => each.hangs && each.id === id)
    if (at !== -1) this.visitors.splice(at, 1)
    this.visitors.push({ id, hangs: true })
    return this.tail
  }

  /** The token went from the home to a site that no other follows yet. */
  given(id: NodeId): void {
    this.cameHome()
    this.tail = id
    this.visitors.push({ id, hangs: false })
  }

  /** The token is at home, and no request waits. */
  cameHome(): void {
    this.tail = this.home
    this.visitors.length = 0
  }

  /** That place's turn is over, and so is every turn before it. */
  passed(id: NodeId): void {
    const at = this.placeOf(id)
    if (at !== -1) this.visitors.splice(0, at + 1)
  }

  /** It is the turn of that place: every turn before it is over. */
  reached(id: NodeId): void {
    const at = this.placeOf(id)
    if (at !== -1) this.visitors.splice(0, at)
  }

  private placeOf(id: NodeId): number {
    return this.visitors.findIndex((each) => !each.hangs && each.id === id)
  }
}
