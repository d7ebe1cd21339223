/**
 * This file keeps the holds that this node has of one lock, the oldest first. A single hold, the usual number, takes no
 * collection.
 */
import type { Mode } from '../base/mode.ts'
import type { Waiter } from './waiter.ts'

/** A waiter that was granted the lock. */
export interface HeldEntry {
  readonly waiter: Waiter
  readonly fence: bigint
  readonly sinceMs: number
}

/** The holds of this node of one lock, oldest first, all of one mode. One of them, the usual number, costs nothing more. */
export class Holds {
  private only: HeldEntry | null = null
  private many: Map<Waiter, HeldEntry> | null = null

  get size(): number {
    return this.many?.size ?? (this.only === null ? 0 : 1)
  }

  /** Undefined when nothing is held. */
  get mode(): Mode | undefined {
    if (this.only !== null) return this.only.waiter.lockMode
    for (const waiter of this.many?.keys() ?? []) return waiter.lockMode
    return undefined
  }

  has(waiter: Waiter): boolean {
    return this.only?.waiter === waiter || this.many?.has(waiter) === true
  }

  add(entry: HeldEntry): void {
    if (this.size === 0) {
      this.only = entry
      return
    }
    if (this.only !== null) {
      this.many = new Map([[this.only.waiter, this.only]])
      this.only = null
    }
    this.many?.set(entry.waiter, entry)
  }

  /** Undefined when that waiter holds nothing. */
  remove(waiter: Waiter): HeldEntry | undefined {
    if (this.only?.waiter === waiter) {
      const entry = this.only
      this.only = null
      return entry
    }
    const entry = this.many?.get(waiter)
    this.many?.delete(waiter)
    if (this.many?.size === 0) this.many = null
    return entry
  }

  /** The reader's own list. */
  all(): readonly HeldEntry[] {
    return this.only !== null ? [this.only] : [...(this.many?.values() ?? [])]
  }
}
