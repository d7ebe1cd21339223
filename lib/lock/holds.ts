/**
 * This file keeps the holds that this node has of one lock, the oldest first. A single hold, the usual case, needs no collection.
 */
import type { LostError } from '../base/errors.ts'
import type { Mode } from '../base/mode.ts'
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
  /** The hold is over although its owner did not release it, with the error that all calls give. */
  lost(error: InstanceType<typeof LostError>): void
  /** Aborts the owner's signal: every hold that is lost with this one is marked as `lost` by now. */
  signalLost(): void
  /** The session is near its end (true), or was renewed again (false). */
  suspected(suspected: boolean): void
}

/** The holds of this node of one lock, oldest first, all of one mode. A single hold, the usual case, needs no further object. */
export class Holds {
  private only: LockHold | null = null
  private many: Set<LockHold> | null = null

  get size(): number {
    return this.many?.size ?? (this.only === null ? 0 : 1)
  }

  /** Undefined when nothing is held. */
  get mode(): Mode | undefined {
    if (this.only !== null) return this.only.lockMode
    for (const hold of this.many ?? []) return hold.lockMode
    return undefined
  }

  add(hold: LockHold): void {
    if (this.many !== null) this.many.add(hold)
    else if (this.only === null) this.only = hold
    else {
      this.many = new Set([this.only, hold])
      this.only = null
    }
  }

  /** False when it is none of them. */
  remove(hold: LockHold): boolean {
    if (this.only === hold) {
      this.only = null
      return true
    }
    const isRemoved = this.many?.delete(hold) === true
    if (this.many?.size === 0) this.many = null
    return isRemoved
  }

  /** The reader's own list. */
  all(): readonly LockHold[] {
    return this.only !== null ? [this.only] : [...(this.many ?? [])]
  }
}
