/**
 * This file is what the site with the token does for requests that may share the lock. It lends the token to the requests that
 * hang on its place, in their order, and reclaims the loans.
 */
import type { NodeId } from '../base/ids.ts'
import { type Mode, modeKinds } from '../base/mode.ts'
import type { ModeCounts } from '../base/mode-counts.ts'
import { body, type BodyOf } from '../wire/bodies.ts'
import { mode, safe, stamp } from '../wire/fields.ts'
import { bool, list, record } from '../wire/schema.ts'
import { common } from './common-messages.ts'
import type { Site } from './contract.ts'
import { Loans, type Returned } from './loans.ts'
import type { QueuePlace } from './queue-place.ts'
import type { Wanted } from './tries.ts'

/** What lender and borrower say to each other. */
export const lendingMessages = {
  busy: common.busy,
  /** The request so named may enter beside others; `mayKeep` the loan until it is reclaimed. */
  lend: body(33, { stamp, mayKeep: bool() }),
  /** Return what you do not use, and the rest as it ends. */
  reclaim: body(34, {}),
  /** The entries that are returned, and those that the view began with and that are still in use here. */
  back: body(35, { returned: list(record({ mode, entries: safe, carried: safe }), 2 * modeKinds.length) }),
}
export type LendingMessage = BodyOf<typeof lendingMessages>

/** The site whose token is lent: its own entries. */
export interface LendingSite {
  readonly entries: ModeCounts
}

export class Lender {
  private readonly site: Site<LendingMessage>
  private readonly own: LendingSite
  private readonly loans: Loans

  constructor(site: Site<LendingMessage>, hasToken: boolean, own: LendingSite) {
    this.site = site
    this.own = own
    this.loans = new Loans(site.self, hasToken ? site.carried : [])
  }

  /** Nothing is lent that a fresh instance would not have lent. */
  get isAsNew(): boolean {
    return this.loans.isAsNew
  }

  /** All that is lent is in use, or was a moment ago. */
  get isAllUsed(): boolean {
    return this.loans.isAllUsed
  }

  /** No entry here, none lent. */
  get isFree(): boolean {
    return this.own.entries.size === 0 && this.loans.isEmpty
  }

  mayHold(peer: NodeId): boolean {
    return this.loans.has(peer)
  }

  /** May another entry of this mode be beside the entries that are inside here or lent? */
  hasRoomFor(mode: Mode): boolean {
    const { loans } = this
    const { entries } = this.own
    return !entries.exclude(mode) && !loans.exclude(mode) && mode.hasRoomBeside(entries.of(mode) + loans.entriesOf(mode))
  }

  /** Lends to those in the line, as far as there is room. Returns this site's own request when it is its turn. */
  serveLine(place: QueuePlace, mayKeep: boolean): Wanted | null {
    for (let first = place.line[0]; first !== undefined && this.hasRoomFor(first.mode); first = place.line[0]) {
      place.line.shift()
      if (first.stamp.id === this.site.self) return first
      this.lend(first, mayKeep && place.isLast)
    }
    return null
  }

  returned(from: NodeId, returned: readonly Returned[]): void {
    this.loans.returned(from, returned)
  }

  /** Wants back all that is lent. */
  reclaim(): void {
    const borrowers = this.loans.recall()
    if (borrowers.length > 0) this.site.broadcast(borrowers, { kind: 'reclaim' })
  }

  lend({ stamp, mode }: Wanted, mayKeep: boolean): void {
    this.loans.lend(stamp.id, mode, mayKeep)
    this.site.send(stamp.id, { kind: 'lend', stamp, mayKeep })
  }
}
