/**
 * This file is what the home of a `home-queue` lock knows: where the queue ends, which is the one word of Mellor-Crummey and
 * Scott's lock. It also knows which sites may have been inside since the token was last at home, so that few locks are in doubt
 * when a site dies. Each request that enters has been queued here, was given the token from here, or hangs on a place of the
 * queue. When a site queues again, its former turn is over, and with it every turn before that, those of the sites that hung on
 * these places too.
 */
import type { NodeId } from '../base/ids.ts'
import { sameStamp, type Stamp } from '../clock/stamp.ts'
import type { Wanted } from './tries.ts'

interface Visitor {
  readonly id: NodeId
  readonly hangs: boolean
  /** The place before its own, or the place that it hangs on. */
  readonly at: NodeId
  /** The request that hangs is withdrawn. */
  withdrawn?: Stamp
}

export class QueueEnd {
  /** The request with the last place: its site has the token, or will have it. */
  tail: NodeId
  private readonly home: NodeId
  private readonly start: NodeId
  /** Who may be inside, in the order of their turns; a site that hangs on a place comes after it. */
  private readonly visitors: Visitor[] = []

  constructor(home: NodeId, start: NodeId) {
    this.home = home
    this.start = start
    this.tail = start
    if (start !== home) this.visitors.push({ id: start, hangs: false, at: home })
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
    // It follows itself: its turn goes on, and those that hang on its place may still be inside.
    if (former === id && this.placeOf(id) !== -1) {
      this.reached(id)
      return former
    }
    this.tail = id
    this.passed(id)
    this.visitors.push({ id, hangs: false, at: former })
    return former
  }

  /** A request that the token is only lent to hangs on the last place, or on that one; returns whose that is. */
  hang(id: NodeId, at = this.tail): NodeId {
    // It need be here once: at the later place.
    const earlier = this.visitors.findIndex((each) => each.hangs && each.id === id)
    if (earlier !== -1) this.visitors.splice(earlier, 1)
    this.visitors.push({ id, hangs: true, at })
    return at
  }

  /** That request, which hangs on a place, is withdrawn; returns whose place that is, as far as the home knows. */
  withdraw(stamp: Stamp): NodeId | null {
    const visitor = this.hanging(stamp.id)
    if (visitor === undefined) return null
    visitor.withdrawn = stamp
    return visitor.at
  }

  /** That request is withdrawn, or may be: its site was forgotten here. Permits are not withdrawn here. */
  mayBeWithdrawn({ stamp, mode }: Pick<Wanted, 'stamp' | 'mode'>): boolean {
    return !mode.isCounted && (this.hanging(stamp.id) === undefined || this.isWithdrawn(stamp))
  }

  isWithdrawn(stamp: Stamp): boolean {
    const withdrawn = this.hanging(stamp.id)?.withdrawn
    return withdrawn !== undefined && sameStamp(withdrawn, stamp)
  }

  /** Whose place is before that of this site. */
  placeBefore(id: NodeId): NodeId | null {
    return this.visitors[this.placeOf(id)]?.at ?? null
  }

  /** The token went from the home to a site that no other follows yet. */
  given(id: NodeId): void {
    this.cameHome()
    this.tail = id
    this.visitors.push({ id, hangs: false, at: this.home })
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

  private hanging(id: NodeId): Visitor | undefined {
    return this.visitors.find((each) => each.hangs && each.id === id)
  }

  private placeOf(id: NodeId): number {
    return this.visitors.findIndex((each) => !each.hangs && each.id === id)
  }
}
