/** This file queues the waiters of a process for one lock: the highest priority first, and of one priority the first that came. */

export class WaiterQueue<Waiter extends { readonly priority: number }> {
  /** A set keeps the order of arrival, and removes a waiter at any place in constant time. */
  private readonly byPriority = new Map<number, Set<Waiter>>()
  /** The priorities that have waiters, the lowest first: users may give each waiter a priority of its own. */
  private readonly priorities: number[] = []
  private count = 0

  get size(): number {
    return this.count
  }

  get first(): Waiter | undefined {
    const highest = this.priorities.at(-1)
    if (highest === undefined) return undefined
    for (const waiter of this.byPriority.get(highest) ?? []) return waiter
    return undefined
  }

  add(waiter: Waiter): void {
    const equals = this.byPriority.get(waiter.priority)
    if (equals === undefined) {
      this.byPriority.set(waiter.priority, new Set([waiter]))
      this.priorities.splice(this.placeOf(waiter.priority), 0, waiter.priority)
    } else equals.add(waiter)
    this.count++
  }

  /** Returns false if the waiter is not in the queue. */
  delete(waiter: Waiter): boolean {
    const equals = this.byPriority.get(waiter.priority)
    if (equals?.delete(waiter) !== true) return false
    if (equals.size === 0) {
      this.byPriority.delete(waiter.priority)
      this.priorities.splice(this.placeOf(waiter.priority), 1)
    }
    this.count--
    return true
  }

  /** In the order in which they are served. */
  *[Symbol.iterator](): Iterator<Waiter> {
    for (const priority of this.priorities.toReversed()) yield* this.byPriority.get(priority) ?? []
  }

  /** The index of a priority in the list, or the index at which to insert it. */
  private placeOf(priority: number): number {
    let low = 0
    let high = this.priorities.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.priorities[middle] as number) < priority) low = middle + 1
      else high = middle
    }
    return low
  }
}
