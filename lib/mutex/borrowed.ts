/**
 * This file is what a site has borrowed of the site with the token: the borrower's end of a loan, whose other end is `loans.ts`. A
 * borrower keeps a loan that it does not use until the lender reclaims it. It answers that at once with all that it does not
 * use, and returns the rest entry by entry. Entries that a view begins with are used up: they are returned as they end.
 */
import type { NodeId } from '../base/ids.ts'
import { Mode } from '../base/mode.ts'
import type { Site } from './contract.ts'
import type { LendingMessage } from './lender.ts'

export class Borrowed {
  /** An entry that ends is returned at once. */
  isRecalled = false
  private readonly site: Site<LendingMessage>
  /** Where the token began, to which carried entries are returned. */
  private readonly start: NodeId
  private lender: NodeId
  private mode = Mode.exclusive
  private entries = 0
  private used = 0
  /** Entries in use that the view began with, beside a token that is elsewhere. */
  private carried: number

  constructor(site: Site<LendingMessage>, start: NodeId, carried: number) {
    this.site = site
    this.start = start
    this.lender = start
    this.carried = carried
  }

  get isEmpty(): boolean {
    return this.entries === 0
  }

  /** Whether another entry of this mode needs no other loan. */
  covers(mode: Mode): boolean {
    return this.used < this.entries && this.mode.equals(mode) && !this.isRecalled
  }

  take(lender: NodeId, mode: Mode, mayKeep: boolean): void {
    this.lender = lender
    this.mode = mode
    this.entries++
    this.isRecalled = !mayKeep
  }

  enter(): void {
    this.used++
  }

  leave(): void {
    if (this.carried > 0) {
      this.carried--
      this.site.send(this.start, { kind: 'back', entries: 0, carried: this.carried })
      this.forgetRecall()
    } else {
      this.used--
      if (this.isRecalled) this.giveBack()
    }
  }

  /** Returns the unused loans. */
  giveBack(): void {
    const entries = this.takeUnused()
    if (entries > 0) this.site.send(this.lender, { kind: 'back', entries, carried: this.carried })
    this.forgetRecall()
  }

  /** The token's site wants the unused loans back, and the rest as it ends. */
  reclaimed(by: NodeId): void {
    const isLender = this.entries > 0 && this.lender === by
    // The token's first place may have forgotten that carried entries were returned.
    const wasCarried = by === this.start && this.site.carried.some(({ holder }) => holder === this.site.self)
    if (!isLender && !wasCarried) return
    this.isRecalled ||= isLender || this.carried > 0
    this.site.send(by, { kind: 'back', entries: isLender ? this.takeUnused() : 0, carried: this.carried })
    this.forgetRecall()
  }

  private takeUnused(): number {
    const unused = this.entries - this.used
    this.entries = this.used
    return unused
  }

  private forgetRecall(): void {
    if (this.entries === 0 && this.carried === 0) this.isRecalled = false
  }
}
