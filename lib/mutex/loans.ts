/**
 * This file is the account of what the site with the token has lent to sites that want the lock beside others: the lender's end of
 * a loan. The other end is `borrowed.ts`.
 */
import type { NodeId } from '../base/ids.ts'
import { LazyMap } from '../base/lazy.ts'
import { entriesOf, Mode } from '../base/mode.ts'
import type { Carried } from '../view/flush-host.ts'

interface Loan {
  readonly entries: number
  readonly isRecalled: boolean
  /** The borrower has answered the recall: it uses every entry that it has not returned. */
  readonly isUsed: boolean
}

/** What the token's site has lent, all of one mode. */
export class Loans {
  private readonly loans = new LazyMap<NodeId, Loan>()
  /** Entries of the holders that the view began with, and what they last said. They return by themselves. */
  private readonly carried = new LazyMap<NodeId, Loan>()
  private lentMode = Mode.exclusive

  /** `carried` is empty where the token does not begin. */
  constructor(self: NodeId, carried: readonly Carried[]) {
    for (const { holder, mode } of carried) {
      if (holder === self) continue
      this.lentMode = mode
      const entries = entriesOf(carried.filter((each) => each.holder === holder))
      this.carried.set(holder, { entries, isRecalled: false, isUsed: false })
    }
  }

  get isEmpty(): boolean {
    return this.loans.size === 0 && this.carried.size === 0
  }

  /** Nothing is lent that a fresh instance would not have lent. */
  get isAsNew(): boolean {
    return this.loans.size === 0
  }

  /** The mode of the loans; without loans it has no meaning. */
  get mode(): Mode {
    return this.lentMode
  }

  /** How many entries are lent. */
  get entries(): number {
    if (this.isEmpty) return 0
    let sum = 0
    for (const of of [this.loans, this.carried]) for (const [, { entries }] of of) sum += entries
    return sum
  }

  /** All that is lent is in use, or was a moment ago. */
  get isAllUsed(): boolean {
    for (const of of [this.loans, this.carried]) for (const [, loan] of of) if (!loan.isUsed) return false
    return true
  }

  has(peer: NodeId): boolean {
    return this.loans.has(peer) || this.carried.has(peer)
  }

  lend(to: NodeId, mode: Mode, mayKeep: boolean): void {
    this.lentMode = mode
    this.loans.set(to, { entries: (this.loans.get(to)?.entries ?? 0) + 1, isRecalled: !mayKeep, isUsed: !mayKeep })
  }

  /** Marks everything as recalled; returns those who are to be told. */
  recall(): readonly NodeId[] {
    const told = new Set<NodeId>()
    for (const of of [this.loans, this.carried]) {
      for (const [peer, loan] of of) {
        if (loan.isRecalled) continue
        of.set(peer, { ...loan, isRecalled: true })
        told.add(peer)
      }
    }
    return [...told]
  }

  /** A borrower has returned so many entries, and still uses so many that the view began with. */
  returned(from: NodeId, entries: number, carried: number): void {
    const loan = this.loans.get(from)
    if (loan !== undefined) {
      const left = loan.entries - entries
      if (left > 0) this.loans.set(from, { entries: left, isRecalled: loan.isRecalled, isUsed: loan.isRecalled })
      else this.loans.delete(from)
    }
    const known = this.carried.get(from)
    if (known === undefined) return
    if (carried > 0) this.carried.set(from, { entries: carried, isRecalled: known.isRecalled, isUsed: known.isRecalled })
    else this.carried.delete(from)
  }
}
