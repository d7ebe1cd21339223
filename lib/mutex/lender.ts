/**
 * This file is what the site with the token does for requests that may share the lock. It lends the token to the requests that
 * hang on its place, in their order. For a try it finds out whether the loans are in use.
 */
import type { NodeId } from '../base/ids.ts'
import type { Mode } from '../base/mode.ts'
import { sameStamp, type Stamp } from '../clock/stamp.ts'
import { body, type BodyOf } from '../wire/bodies.ts'
import { safe, stamp } from '../wire/fields.ts'
import { bool } from '../wire/schema.ts'
import { common } from './common-messages.ts'
import type { Site } from './contract.ts'
import { Loans } from './loans.ts'
import type { Wanted } from './tries.ts'

/** What lender and borrower say to each other. */
export const lendingMessages = {
  busy: common.busy,
  /** The request so named may enter beside others; `mayKeep` the loan until it is reclaimed. */
  lend: body(33, { stamp, mayKeep: bool() }),
  /** Return what you do not use, and the rest as it ends. */
  reclaim: body(34, {}),
  /** How many entries are returned, and how many entries that the view began with are still in use here. */
  back: body(35, { entries: safe, carried: safe }),
}
export type LendingMessage = BodyOf<typeof lendingMessages>

/** A site's place in the queue. */
export class QueuePlace {
  /** Requests that hang on it, and the site's own at it, in the order in which they came. */
  readonly line: Wanted[] = []
  /** Whose place is after this one; nothing more hangs on this one then. */
  next: Stamp | null = null
  /** The home was asked to hang a request on it, or a try. */
  wasHungOn = false

  /** No request waits for this place to be free. */
  get isLast(): boolean {
    return this.next === null && this.line.length === 0
  }

  /** That request is withdrawn. */
  forget(stamp: Stamp): void {
    const at = this.line.findIndex((wanted) => sameStamp(wanted.stamp, stamp))
    if (at !== -1) this.line.splice(at, 1)
  }
}

/** The site whose token is lent. */
export interface LendingSite {
  /** How often it is inside, and how. */
  readonly entries: number
  readonly mode: Mode
  /** No to a try of its own. */
  giveUp(stamp: Stamp): void
}

export class Lender {
  private readonly site: Site<LendingMessage>
  private readonly own: LendingSite
  private readonly loans: Loans
  /** Tries that wait to hear whether the loans are in use. */
  private readonly trying: Wanted[] = []

  constructor(site: Site<LendingMessage>, hasToken: boolean, own: LendingSite) {
    this.site = site
    this.own = own
    this.loans = new Loans(site.self, hasToken ? site.carried : [])
  }

  /** Nothing is lent that a fresh instance would not have lent, and no try waits. */
  get isAsNew(): boolean {
    return this.loans.isAsNew && this.trying.length === 0
  }

  /** No entry here, none lent. */
  get isFree(): boolean {
    return this.own.entries === 0 && this.loans.isEmpty
  }

  mayHold(peer: NodeId): boolean {
    return this.loans.has(peer)
  }

  /** May another entry of this mode be beside the entries that are inside here or lent? */
  hasRoomFor(mode: Mode): boolean {
    const { own, loans } = this
    const inside = own.entries + loans.entries
    if (inside === 0) return true
    return mode.isCompatibleWith(own.entries > 0 ? own.mode : loans.mode) && mode.hasRoomBeside(inside)
  }

  /** Lends to those in the line, as far as there is room. True when it is the turn of this site's own request. */
  serveLine(place: QueuePlace, mayKeep: boolean): boolean {
    for (let first = place.line[0]; first !== undefined && this.hasRoomFor(first.mode); first = place.line[0]) {
      place.line.shift()
      if (first.stamp.id === this.site.self) return true
      this.lend(first, mayKeep && place.isLast)
    }
    return false
  }

  returned(from: NodeId, entries: number, carried: number): void {
    this.loans.returned(from, entries, carried)
  }

  /** Wants back all that is lent. */
  reclaim(): void {
    const borrowers = this.loans.recall()
    if (borrowers.length > 0) this.site.broadcast(borrowers, { kind: 'reclaim' })
  }

  /** A try at this place waits for its answer. */
  consider(wanted: Wanted): void {
    this.trying.push(wanted)
  }

  isConsidering(stamp: Stamp): boolean {
    return this.trying.some((wanted) => sameStamp(wanted.stamp, stamp))
  }

  /** That try is withdrawn. */
  forget(stamp: Stamp): void {
    const at = this.trying.findIndex((wanted) => sameStamp(wanted.stamp, stamp))
    if (at !== -1) this.trying.splice(at, 1)
  }

  /** A try that may have the token, or this site's own. Before it, other tries are lent the token or refused. */
  takeTry(): Wanted | null {
    for (let first = this.trying[0]; first !== undefined; first = this.trying[0]) {
      const hasRoom = this.hasRoomFor(first.mode)
      if (!hasRoom && !this.loans.isAllUsed) {
        this.reclaim()
        return null
      }
      this.trying.shift()
      if (!hasRoom) this.refuse(first)
      else if (first.mode.isAlone || first.stamp.id === this.site.self) return first
      else this.lend(first, true)
    }
    return null
  }

  refuseTries(): void {
    for (const wanted of this.trying.splice(0)) this.refuse(wanted)
  }

  private refuse({ stamp }: Wanted): void {
    if (stamp.id === this.site.self) this.own.giveUp(stamp)
    else this.site.send(stamp.id, { kind: 'busy', stamp })
  }

  private lend({ stamp, mode }: Wanted, mayKeep: boolean): void {
    this.loans.lend(stamp.id, mode, mayKeep)
    this.site.send(stamp.id, { kind: 'lend', stamp, mayKeep })
  }
}
