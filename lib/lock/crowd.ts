/**
 * This file is the queue for a lock with many local waiters. Adding, removing and taking the first waiter cost logarithmic time,
 * also with a hundred thousand waiters.
 */
import type { Mode } from '../base/mode.ts'
import type { Waiter } from './waiter.ts'

/** A waiter in the queue. */
export interface QueuedWaiter {
  readonly waiter: Waiter
  readonly sinceMs: number
  /** The order of arrival, which decides between waiters of equal priority. */
  readonly order: number
}

/**
 * Many waiters for one lock. Each operation but `all` takes logarithmic time at most, since a process may queue a hundred
 * thousand waiters in one turn of the loop and withdraw them in another.
 */
export class Crowd {
  private readonly entries = new Map<Waiter, QueuedWaiter>()
  /** One heap for each mode that a waiter wants, by its code. */
  private readonly heaps = new Map<number, Heap>()
  /** The waiters that are refused rather than kept waiting. */
  private readonly ifFree = new Set<Waiter>()

  get size(): number {
    return this.entries.size
  }

  get first(): QueuedWaiter | undefined {
    let first: QueuedWaiter | undefined
    for (const heap of this.heaps.values()) if (first === undefined || isBefore(heap.first, first)) first = heap.first
    return first
  }

  firstOf(mode: Mode): QueuedWaiter | undefined {
    return this.heaps.get(mode.code)?.first
  }

  add(entry: QueuedWaiter): void {
    const { waiter } = entry
    this.entries.set(waiter, entry)
    if (waiter.ifFree) this.ifFree.add(waiter)
    const heap = this.heaps.get(waiter.lockMode.code)
    if (heap === undefined) this.heaps.set(waiter.lockMode.code, new Heap(entry))
    else heap.add(entry)
  }

  remove(waiter: Waiter): boolean {
    const entry = this.entries.get(waiter)
    if (entry === undefined) return false
    this.entries.delete(waiter)
    if (waiter.ifFree) this.ifFree.delete(waiter)
    const heap = this.heaps.get(waiter.lockMode.code) as Heap
    if (heap.size === 1) this.heaps.delete(waiter.lockMode.code)
    else heap.remove(entry)
    return true
  }

  /** In the order in which they came. */
  triers(): readonly Waiter[] {
    return [...this.ifFree]
  }

  all(): readonly QueuedWaiter[] {
    return [...this.entries.values()].sort(compare)
  }
}

function compare(a: QueuedWaiter, b: QueuedWaiter): number {
  return b.waiter.priority - a.waiter.priority || a.order - b.order
}

function isBefore(a: QueuedWaiter, b: QueuedWaiter): boolean {
  return compare(a, b) < 0
}

/**
 * A binary heap, never empty. A removed entry stays in it until it comes to the top, or until more than half of the heap
 * has been removed.
 */
class Heap {
  private entries: QueuedWaiter[]
  private readonly removed = new Set<QueuedWaiter>()

  constructor(first: QueuedWaiter) {
    this.entries = [first]
  }

  get size(): number {
    return this.entries.length - this.removed.size
  }

  get first(): QueuedWaiter {
    return this.entries[0] as QueuedWaiter
  }

  add(entry: QueuedWaiter): void {
    const { entries } = this
    let at = entries.push(entry) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isBefore(entry, entries[parent] as QueuedWaiter)) break
      entries[at] = entries[parent] as QueuedWaiter
      at = parent
    }
    entries[at] = entry
  }

  remove(entry: QueuedWaiter): void {
    this.removed.add(entry)
    while (this.removed.delete(this.first)) this.dropFirst()
    if (this.removed.size * 2 <= this.entries.length) return
    // A sorted list is a heap.
    this.entries = this.entries.filter((each) => !this.removed.has(each)).sort(compare)
    this.removed.clear()
  }

  private dropFirst(): void {
    const { entries } = this
    const moved = entries.pop() as QueuedWaiter
    let at = 0
    for (let child = 1; child < entries.length; child = 2 * at + 1) {
      const sibling = child + 1
      if (sibling < entries.length && isBefore(entries[sibling] as QueuedWaiter, entries[child] as QueuedWaiter)) child = sibling
      if (!isBefore(entries[child] as QueuedWaiter, moved)) break
      entries[at] = entries[child] as QueuedWaiter
      at = child
    }
    entries[at] = moved
  }
}
