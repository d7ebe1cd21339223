/** This file queues the waiters for one lock in memory: the highest priority first, and of one priority the first that came. */
import type { MemoryWaiter } from './waiter.ts'

export class WaiterQueue {
  /** A set keeps the order of arrival, and a waiter is taken out of it at once wherever it stands. */
  private readonly byPriority = new Map<number, Set<MemoryWaiter>>()
  private count = 0

  get size(): number {
    return this.count
  }

  get first(): MemoryWaiter | undefined {
    if (this.count === 0) return undefined
    for (const waiter of this.byPriority.get(Math.max(...this.byPriority.keys())) ?? []) return waiter
    return undefined
  }

  add(waiter: MemoryWaiter): void {
    const equals = this.byPriority.get(waiter.priority)
    if (equals === undefined) this.byPriority.set(waiter.priority, new Set([waiter]))
    else equals.add(waiter)
    this.count++
  }

  /** False when it does not wait here. */
  delete(waiter: MemoryWaiter): boolean {
    const equals = this.byPriority.get(waiter.priority)
    if (equals?.delete(waiter) !== true) return false
    if (equals.size === 0) this.byPriority.delete(waiter.priority)
    this.count--
    return true
  }

  /** In the order in which they are served. */
  *[Symbol.iterator](): Iterator<MemoryWaiter> {
    for (const priority of [...this.byPriority.keys()].sort((a, b) => b - a)) yield* this.byPriority.get(priority) ?? []
  }
}
