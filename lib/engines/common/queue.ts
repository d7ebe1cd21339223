/**
 * This file queues the waiters of a process for one lock: the highest priority first, aged by the grants of others, and of one priority
 * the first that came.
 */
import { rankOf } from '../../base/aging.ts'

/** The waiters of one priority. */
interface Line<Waiter> {
  readonly priority: number
  /** The number of grants before each of them came. A map keeps the order of arrival, and removes a waiter at any place in constant time. */
  readonly waiters: Map<Waiter, number>
  /** The rank of the first one; it may be out of date while no other line has waiters. */
  rank: number
  /** Its place in the heap. */
  at: number
}

export class WaiterQueue<Waiter extends { readonly priority: number }> {
  private readonly byPriority = new Map<number, Line<Waiter>>()
  /** A binary heap of the lines that have waiters: users may give each waiter a priority of its own. */
  private readonly heap: Line<Waiter>[] = []
  private count = 0
  private grants = 0

  get size(): number {
    return this.count
  }

  get first(): Waiter | undefined {
    return this.heap[0]?.waiters.keys().next().value
  }

  add(waiter: Waiter): void {
    const { priority } = waiter
    const line = this.byPriority.get(priority)
    if (line === undefined) {
      const begun = {
        priority,
        waiters: new Map([[waiter, this.grants]]),
        rank: rankOf(priority, this.grants),
        at: this.heap.length,
      }
      this.byPriority.set(priority, begun)
      const [only] = this.heap
      if (this.heap.length === 1 && only !== undefined) rankAnew(only)
      this.rise(begun)
    } else line.waiters.set(waiter, this.grants)
    this.count++
  }

  /** A waiter that is still in the queue, or was a moment ago, is granted the lock: the others age. */
  granted(): void {
    this.grants++
  }

  /** Returns false if the waiter is not in the queue. */
  delete(waiter: Waiter): boolean {
    const line = this.byPriority.get(waiter.priority)
    if (line?.waiters.delete(waiter) !== true) return false
    this.count--
    if (line.waiters.size === 0) this.drop(line)
    else if (this.heap.length > 1) {
      // Its first waiter may have come later than the one before: the line can only sink.
      rankAnew(line)
      this.sink(line)
    }
    return true
  }

  /** In the order in which they are served. */
  *[Symbol.iterator](): Iterator<Waiter> {
    if (this.heap.length <= 1) {
      yield* this.heap[0]?.waiters.keys() ?? []
      return
    }
    const all = this.heap.flatMap(({ priority, waiters }) =>
      Array.from(waiters, ([waiter, grants]) => ({ priority, rank: rankOf(priority, grants), waiter })),
    )
    // The sort is stable: of one priority the order of arrival stays.
    for (const { waiter } of all.sort(compare)) yield waiter
  }

  private drop(line: Line<Waiter>): void {
    this.byPriority.delete(line.priority)
    const last = this.heap.pop()
    if (last === undefined || last === line) return
    last.at = line.at
    this.rise(last)
    this.sink(last)
  }

  private rise(line: Line<Waiter>): void {
    while (line.at > 0) {
      const parent = this.heap[(line.at - 1) >> 1] as Line<Waiter>
      if (compare(line, parent) >= 0) break
      this.swap(line, parent)
    }
    this.heap[line.at] = line
  }

  private sink(line: Line<Waiter>): void {
    for (let child = this.childOf(line); child !== undefined && compare(child, line) < 0; child = this.childOf(line))
      this.swap(child, line)
    this.heap[line.at] = line
  }

  /** The child that goes first. */
  private childOf({ at }: Line<Waiter>): Line<Waiter> | undefined {
    const left = this.heap[2 * at + 1]
    const right = this.heap[2 * at + 2]
    return left !== undefined && right !== undefined && compare(right, left) < 0 ? right : left
  }

  /** `upper` takes the place of its parent `lower`, whose new place in the heap is still to be written. */
  private swap(upper: Line<Waiter>, lower: Line<Waiter>): void {
    const at = lower.at
    lower.at = upper.at
    upper.at = at
    this.heap[upper.at] = upper
    this.heap[lower.at] = lower
  }
}

function rankAnew(line: Line<unknown>): void {
  const [grants = 0] = line.waiters.values()
  line.rank = rankOf(line.priority, grants)
}

type Ranked = { readonly rank: number; readonly priority: number }

function compare(a: Ranked, b: Ranked): number {
  return b.rank - a.rank || b.priority - a.priority
}
