/**
 * This file has what the permission-based algorithms have in common: the request that waits for replies, the sites that are
 * inside, and the sites to which permission was given. Each is a noun of the papers; none of them decides anything by itself.
 */
import { invariant } from '../base/assert.ts'
import { Few } from '../base/few.ts'
import type { NodeId } from '../base/ids.ts'
import { LazyMap, LazySet } from '../base/lazy.ts'
import type { Mode } from '../base/mode.ts'
import { entriesOf, type ModeCounts } from '../base/mode-counts.ts'
import { isBefore, sameStamp, type Stamp } from '../clock/stamp.ts'
import type { Carried } from '../view/flush-host.ts'
import type { Common } from './common-messages.ts'
import type { Site } from './contract.ts'

/** A site without an instance gave no permission, so only carried holders may be inside. */
export function onlyCarried(carried: readonly Carried[], _firstPlace: NodeId, _self: NodeId, peer: NodeId): boolean {
  return carried.some(({ holder }) => holder === peer)
}

/** A request of this site, until it enters or is withdrawn. Several at once are for permits, and enter in their order. */
export class Pending {
  readonly stamp: Stamp
  readonly mode: Mode
  /** The request is refused instead of waiting. */
  readonly ifFree: boolean
  /** The sites that have not replied. A set: a reply that comes twice counts once. */
  readonly missing: LazySet<NodeId>
  /** Permits that repliers still use. */
  private readonly using = new LazyMap<NodeId, number>()

  constructor(stamp: Stamp, mode: Mode, ifFree: boolean, asked: readonly NodeId[]) {
    this.stamp = stamp
    this.mode = mode
    this.ifFree = ifFree
    this.missing = new LazySet(asked)
  }

  /** Takes a reply. Returns false if it was to another request, and then has no effect. */
  replied(from: NodeId, stamp: Stamp, using: number): boolean {
    if (!sameStamp(stamp, this.stamp) || !this.missing.delete(from)) return false
    this.setUsing(from, using)
    return true
  }

  /** No site that is inside replies to it and goes on using what it has: a replier that uses no permits is not inside. */
  get meetsNoHolder(): boolean {
    return this.mode.isAlone || this.mode.isCounted
  }

  /** A replier uses fewer permits than it said in its replies to that request and to older ones. */
  freed(from: NodeId, stamp: Stamp, using: number): void {
    if (!isBefore(stamp, this.stamp) && !this.missing.has(from)) this.setUsing(from, using)
  }

  /** All have replied and there is room beside the entries that this site and the repliers have in its mode. */
  mayEnter(ownEntries: number): boolean {
    if (this.missing.size > 0) return false
    let used = ownEntries
    for (const count of this.using.values()) used += count
    return this.mode.hasRoomBeside(used)
  }

  private setUsing(peer: NodeId, permits: number): void {
    if (permits > 0) this.using.set(peer, permits)
    else this.using.delete(peer)
  }
}

/** Requests of others whose reply waits until this site has left, or has entered before them. */
export class Deferred extends Few<{ readonly from: NodeId; readonly stamp: Stamp; readonly mode: Mode }> {
  /** One of them does not go together with that mode. */
  exclude(mode: Mode): boolean {
    for (const each of this) if (!each.mode.isCompatibleWith(mode)) return true
    return false
  }

  /** That peer withdraws that request. */
  withdraw(from: NodeId, stamp: Stamp): void {
    const request = this.find((each) => each.from === from && sameStamp(each.stamp, stamp))
    if (request !== null) this.remove(request)
  }
}

/** The entries of this site, and the sites that were told how many permits they use, each with its latest request. */
export class Inside {
  private readonly site: Site<Common<'freed'>>
  private readonly entries: ModeCounts
  private readonly told = new LazyMap<NodeId, { readonly stamp: Stamp; readonly isOnly: boolean }>()

  /** Begins with the holds of this site that were carried into the view. */
  constructor(site: Site<Common<'freed'>>) {
    this.site = site
    this.entries = entriesOf(site.carried, site.self)
  }

  get count(): number {
    return this.entries.size
  }

  /** How often this site is inside in that mode. */
  countOf(mode: Mode): number {
    return this.entries.of(mode)
  }

  excludes(mode: Mode): boolean {
    return this.entries.exclude(mode)
  }

  enter(mode: Mode): void {
    invariant(!this.entries.exclude(mode), 'a site enters beside entries that go together with its own')
    this.entries.add(mode)
  }

  leave(mode: Mode): void {
    this.entries.remove(mode)
    for (const [peer, { stamp }] of this.told) this.site.send(peer, { kind: 'freed', stamp, using: this.count })
    if (this.count === 0 && this.told.size > 0) this.told.clear()
  }

  /** How many permits a replier uses; a site that is told of some will be told when they are fewer. */
  tell(peer: NodeId, stamp: Stamp, mode: Mode): number {
    if (!mode.isCounted || this.count === 0) return 0
    this.told.set(peer, { stamp, isOnly: !this.told.has(peer) })
    return this.count
  }

  /** A peer that withdraws the only request of which it was told has no use for more. */
  forgetTold(peer: NodeId, stamp: Stamp): void {
    const told = this.told.get(peer)
    if (told?.isOnly === true && sameStamp(told.stamp, stamp)) this.told.delete(peer)
  }
}

/** The sites whose permission may still be in use, as far as this site knows: they may be inside. */
export class Given {
  private readonly stamps = new LazyMap<NodeId, Stamp>()
  /** Carried holders that have sent no message since the view began. */
  private readonly carried: LazySet<NodeId>

  constructor(site: Site) {
    this.carried = new LazySet(site.carried.map(({ holder }) => holder).filter((holder) => holder !== site.self))
  }

  get isEmpty(): boolean {
    return this.stamps.size === 0
  }

  has(peer: NodeId): boolean {
    return this.stamps.has(peer) || this.carried.has(peer)
  }

  /** The latest request of that peer that was given permission, unless that is done with. */
  latest(peer: NodeId): Stamp | null {
    return this.stamps.get(peer) ?? null
  }

  give(peer: NodeId, stamp: Stamp): void {
    this.stamps.set(peer, stamp)
  }

  /** The permission for that request is done with; a later one given since is not. */
  done(peer: NodeId, stamp: Stamp): void {
    const given = this.stamps.get(peer)
    if (given !== undefined && sameStamp(given, stamp)) this.stamps.delete(peer)
  }

  /** This peer gave its permission to keep, so the request that it permitted before is done with. */
  taken(peer: NodeId): void {
    this.stamps.delete(peer)
  }

  /** The carried holder gave permission and uses nothing, so it has left. */
  gone(peer: NodeId): void {
    this.carried.delete(peer)
  }
}
