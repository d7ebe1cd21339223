/**
 * This file keeps the holds that this node has of one lock, the oldest first. A single hold, the usual case, needs no collection.
 */
import type { LostError } from '../base/errors.ts'
import type { Mode } from '../base/mode.ts'
import { ModeCounts } from '../base/mode-counts.ts'
import type { Owner } from './waiter.ts'

/** A granted request, as the lock layer knows it. The public `Hold` implements it, so that a grant costs no third object. */
export interface LockHold {
  readonly name: string
  readonly lockMode: Mode
  readonly owner: Owner
  readonly fence: bigint
  readonly sinceMs: number
  /** Told to a caller that asks who holds the lock. */
  readonly meta: unknown
  /**
   * The hold is over although its owner did not release it, with the error that all calls give. Returns false if it was over
   * before.
   */
  lost(error: InstanceType<typeof LostError>): boolean
  /** Aborts the owner's signal: every hold that is lost with this one is marked as `lost` by now. */
  signalLost(): void
  /** The session is near its end (true), or was renewed again (false). */
  suspected(suspected: boolean): void
}

/** The holds of this node of one lock, oldest first. A single hold, the usual case, needs no further object. */
export class Holds {
  private only: LockHold | null = null
  private many: Set<LockHold> | null = null
  /** The modes of many. */
  private modes: ModeCounts | null = null

  get size(): number {
    return this.many?.size ?? (this.only === null ? 0 : 1)
  }

  /** One of them excludes every other. */
  get isAlone(): boolean {
    return this.only?.lockMode.isAlone === true
  }

  /** How many of them have that mode. */
  of(mode: Mode): number {
    if (this.modes !== null) return this.modes.of(mode)
    return this.only?.lockMode.equals(mode) === true ? 1 : 0
  }

  /** One of them does not go together with that mode. */
  exclude(mode: Mode): boolean {
    if (this.modes !== null) return this.modes.exclude(mode)
    return this.only?.lockMode.isCompatibleWith(mode) === false
  }

  add(hold: LockHold): void {
    if (this.many !== null) this.many.add(hold)
    else if (this.only === null) {
      this.only = hold
      return
    } else {
      this.many = new Set([this.only, hold])
      this.modes = new ModeCounts()
      this.modes.add(this.only.lockMode)
      this.only = null
    }
    this.modes?.add(hold.lockMode)
  }

  /** False when it is none of them. */
  remove(hold: LockHold): boolean {
    if (this.only === hold) {
      this.only = null
      return true
    }
    if (this.many?.delete(hold) !== true) return false
    this.modes?.remove(hold.lockMode)
    if (this.many.size > 0) return true
    this.many = null
    this.modes = null
    return true
  }

  /** The reader's own list. */
  all(): readonly LockHold[] {
    return this.only !== null ? [this.only] : [...(this.many ?? [])]
  }
}
