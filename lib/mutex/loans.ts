/**
 * This file is the account of what the site with the token has lent to sites that want the lock beside others: the lender's end of
 * a loan. The other end is `borrowed.ts`.
 */
import type { NodeId } from '../base/ids.ts'
import { LazyMap } from '../base/lazy.ts'
import type { Mode } from '../base/mode.ts'
import { entriesOf, ModeCounts } from '../base/mode-counts.ts'
import type { Carried } from '../view/flush-host.ts'

/** So many entries of one mode, as a borrower returns them. */
export interface Returned {
  readonly mode: Mode
  /** Borrowed entries that it returns. */
  readonly entries: number
  /** Entries that the view began with and that it still uses. */
  readonly carried: number
}

interface Loan {
  readonly entries: ModeCounts
  isRecalled: boolean
  /** The borrower has answered the recall: it uses every entry that it has not returned. */
  isUsed: boolean
}

/** What the token's site has lent. */
export class Loans {
  private readonly loans = new LazyMap<NodeId, Loan>()
  /** Entries of the holders that the view began with, and what they last said. They return by themselves. */
  private readonly carried = new LazyMap<NodeId, Loan>()
  /** All entries that are lent. */
  private readonly lent = new ModeCounts()

  /** `carried` is empty where the token does not begin. */
  constructor(self: NodeId, carried: readonly Carried[]) {
    for (const { holder } of carried) {
      if (holder === self || this.carried.has(holder)) continue
      const entries = entriesOf(carried, holder)
      for (const { mode, count } of entries) this.lent.add(mode, count)
      this.carried.set(holder, { entries, isRecalled: false, isUsed: false })
    }
  }

  get isEmpty(): boolean {
    return this.lent.size === 0
  }

  /** Nothing is lent that a fresh instance would not have lent. */
  get isAsNew(): boolean {
    return this.loans.size === 0
  }

  /** All that is lent is in use, or was a moment ago. */
  get isAllUsed(): boolean {
    for (const of of [this.loans, this.carried]) for (const [, loan] of of) if (!loan.isUsed) return false
    return true
  }

  has(peer: NodeId): boolean {
    return this.loans.has(peer) || this.carried.has(peer)
  }

  /** How many entries of that mode are lent. */
  entriesOf(mode: Mode): number {
    return this.lent.of(mode)
  }

  /** One of the loans does not go together with that mode. */
  exclude(mode: Mode): boolean {
    return this.lent.exclude(mode)
  }

  lend(to: NodeId, mode: Mode, mayKeep: boolean): void {
    const entries = this.loans.get(to)?.entries ?? new ModeCounts()
    entries.add(mode)
    this.lent.add(mode)
    this.loans.set(to, { entries, isRecalled: !mayKeep, isUsed: !mayKeep })
  }

  /** Marks everything as recalled; returns those who are to be told. */
  recall(): readonly NodeId[] {
    const told = new Set<NodeId>()
    for (const of of [this.loans, this.carried]) {
      for (const [peer, loan] of of) {
        if (loan.isRecalled) continue
        loan.isRecalled = true
        told.add(peer)
      }
    }
    return [...told]
  }

  /** A borrower has returned entries, and says how many it still uses of those that the view began with. */
  returned(from: NodeId, back: readonly Returned[]): void {
    const loan = this.loans.get(from)
    if (loan !== undefined) {
      for (const { mode, entries } of back) this.drop(loan, mode, Math.min(entries, loan.entries.of(mode)))
      if (loan.entries.size === 0) this.loans.delete(from)
      loan.isUsed = loan.isRecalled
    }
    const known = this.carried.get(from)
    if (known === undefined) return
    for (const { mode, count } of [...known.entries]) {
      const left = back.find((each) => each.mode.equals(mode))?.carried ?? 0
      this.drop(known, mode, Math.max(0, count - left))
    }
    if (known.entries.size === 0) this.carried.delete(from)
    known.isUsed = known.isRecalled
  }

  private drop({ entries }: Loan, mode: Mode, count: number): void {
    entries.remove(mode, count)
    this.lent.remove(mode, count)
  }
}
