/**
 * This file keeps the waiters of this node for one lock, by aged priority and then by arrival. One waiter costs one object; more
 * of them become a `Crowd`.
 */
import type { Mode } from '../base/mode.ts'
import { Crowd } from './crowd.ts'
import type { Waiter } from './waiter.ts'

/**
 * The waiters of this node for one lock: by aged priority, then in the order of arrival. Usually there is one, as long as it takes
 * to ask for the lock, and it costs one object; more of them are a `Crowd`.
 */
export class Waiting {
  private only: Waiter | null = null
  private crowd: Crowd | null = null
  private arrivals = 0
  private grants = 0

  get size(): number {
    return this.crowd?.size ?? (this.only === null ? 0 : 1)
  }

  get first(): Waiter | undefined {
    return this.crowd === null ? (this.only ?? undefined) : this.crowd.first
  }

  /** The first waiter that wants that mode. */
  firstOf(mode: Mode): Waiter | undefined {
    if (this.crowd !== null) return this.crowd.firstOf(mode)
    return this.only?.mode.equals(mode) === true ? this.only : undefined
  }

  /** Whether fewer than `count` waiters that want that mode are before this one. */
  isAmongFirst(waiter: Waiter, mode: Mode, count: number): boolean {
    if (count === 1 || this.crowd === null) return this.firstOf(mode) === waiter
    return this.crowd.isAmongFirst(waiter, mode, count)
  }

  /** Whether the first `count` waiters want that mode. Says no of several also if some waiters behind them want another. */
  beginsWith(mode: Mode, count: number): boolean {
    if (this.first?.mode.equals(mode) !== true) return false
    return count <= 1 || (this.crowd?.isUniform === true && this.crowd.size >= count)
  }

  add(waiter: Waiter): void {
    waiter.order = this.arrivals++
    waiter.grantsBefore = this.grants
    if (this.crowd !== null) return this.crowd.add(waiter)
    if (this.only === null) {
      this.only = waiter
      return
    }
    this.crowd = new Crowd()
    this.crowd.add(this.only)
    this.crowd.add(waiter)
    this.only = null
  }

  /** Removes the first waiter that wants that mode, to be granted the lock; undefined if none does. The others age. */
  shift(mode: Mode): Waiter | undefined {
    const first = this.firstOf(mode)
    if (first === undefined) return undefined
    this.remove(first)
    this.grants++
    return first
  }

  /** Removes the `tryAcquire` waiters, which are refused. */
  takeTriers(except?: Waiter): readonly Waiter[] {
    const triers = this.crowd?.triers() ?? (this.only?.ifFree === true ? [this.only] : none)
    if (triers.length === 0) return none
    const taken = triers.filter((waiter) => waiter !== except)
    for (const waiter of taken) this.remove(waiter)
    return taken
  }

  /** Returns false if it does not wait here. */
  remove(waiter: Waiter): boolean {
    const { crowd } = this
    if (crowd === null) {
      if (this.only !== waiter) return false
      this.only = null
      return true
    }
    const isRemoved = crowd.remove(waiter)
    if (crowd.size === 0) this.crowd = null
    return isRemoved
  }

  /** All of them, in order. Takes a sort. */
  all(): readonly Waiter[] {
    return this.crowd?.all() ?? (this.only === null ? [] : [this.only])
  }
}

const none: readonly Waiter[] = []
