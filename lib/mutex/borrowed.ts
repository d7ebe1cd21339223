/**
 * This file is what a site has borrowed of the site with the token: the borrower's end of a loan, whose other end is `loans.ts`. A
 * borrower keeps a loan that it does not use until the lender reclaims it. It answers that at once with all that it does not
 * use, and returns the rest entry by entry. Entries that a view begins with are used up: they are returned as they end.
 */
import type { NodeId } from '../base/ids.ts'
import type { Mode } from '../base/mode.ts'
import { ModeCounts } from '../base/mode-counts.ts'
import type { Site } from './contract.ts'
import type { LendingMessage } from './lender.ts'
import type { Returned } from './loans.ts'

export class Borrowed {
  /** An entry that ends is returned at once. */
  isRecalled = false
  private readonly site: Site<LendingMessage>
  /** Where the token began, to which carried entries are returned. */
  private readonly start: NodeId
  private lender: NodeId
  private readonly unused = new ModeCounts()
  private used = 0
  /** Entries in use that the view began with, beside a token that is elsewhere. */
  private readonly carried: ModeCounts

  constructor(site: Site<LendingMessage>, start: NodeId, carried: ModeCounts) {
    this.site = site
    this.start = start
    this.lender = start
    this.carried = carried
  }

  get isEmpty(): boolean {
    return this.used + this.unused.size === 0
  }

  /** Whether another entry of this mode needs no other loan. */
  covers(mode: Mode): boolean {
    return this.unused.of(mode) > 0 && !this.isRecalled
  }

  take(lender: NodeId, mode: Mode, mayKeep: boolean): void {
    this.lender = lender
    this.unused.add(mode)
    this.isRecalled = !mayKeep
  }

  enter(mode: Mode): void {
    this.unused.remove(mode)
    this.used++
  }

  leave(mode: Mode): void {
    if (this.carried.of(mode) > 0) {
      this.carried.remove(mode)
      this.sendBack(this.start, [])
      this.forgetRecall()
    } else {
      this.used--
      this.unused.add(mode)
      if (this.isRecalled) this.giveBack()
    }
  }

  /** Returns the unused loans. */
  giveBack(): void {
    if (this.unused.size > 0) this.sendBack(this.lender, this.takeUnused())
    this.forgetRecall()
  }

  /** The token's site wants the unused loans back, and the rest as it ends. */
  reclaimed(by: NodeId): void {
    const isLender = !this.isEmpty && this.lender === by
    // The token's first place may have forgotten that carried entries were returned.
    const wasCarried = by === this.start && this.site.carried.some(({ holder }) => holder === this.site.self)
    if (!isLender && !wasCarried) return
    this.isRecalled ||= isLender || this.carried.size > 0
    this.sendBack(by, isLender ? this.takeUnused() : [])
    this.forgetRecall()
  }

  private takeUnused(): readonly Returned[] {
    const unused = [...this.unused].map(({ mode, count: entries }) => ({ mode, entries, carried: 0 }))
    this.unused.clear()
    return unused
  }

  private sendBack(to: NodeId, unused: readonly Returned[]): void {
    const carried = [...this.carried].map(({ mode, count }) => ({ mode, entries: 0, carried: count }))
    this.site.send(to, { kind: 'back', returned: [...unused, ...carried] })
  }

  private forgetRecall(): void {
    if (this.isEmpty && this.carried.size === 0) this.isRecalled = false
  }
}
