/**
 * This file is the queue for a lock with many local waiters. Adding, removing and taking the first waiter cost logarithmic time,
 * also with a hundred thousand waiters.
 */
import { compareAged } from '../base/aging.ts'
import type { Mode } from '../base/mode.ts'
import type { Waiter } from './waiter.ts'

/**
 * Many waiters for one lock. Each operation but `all` takes logarithmic time at most, since a process may queue a hundred
 * thousand waiters in one turn of the loop and withdraw them in another.
 */
export class Crowd {
  private readonly waiters = new Set<Waiter>()
  /** One heap for each mode that a waiter wants, by its code. */
  private readonly heaps = new Map<number, Heap>()
  /** The `tryAcquire` waiters, which are refused instead of waiting. */
  private readonly ifFree = new Set<Waiter>()

  get size(): number {
    return this.waiters.size
  }

  get first(): Waiter | undefined {
    let first: Waiter | undefined
    for (const heap of this.heaps.values()) if (first === undefined || isBefore(heap.first, first)) first = heap.first
    return first
  }

  firstOf(mode: Mode): Waiter | undefined {
    return this.heaps.get(mode.code)?.first
  }

  /** All waiters want the same mode. */
  get isUniform(): boolean {
    return this.heaps.size === 1
  }

  /** Whether fewer than `count` waiters that want that mode are before this one. */
  isAmongFirst(waiter: Waiter, mode: Mode, count: number): boolean {
    return waiter.mode.equals(mode) && this.heaps.get(mode.code)?.isAmongFirst(waiter, count) === true
  }

  add(waiter: Waiter): void {
    this.waiters.add(waiter)
    if (waiter.ifFree) this.ifFree.add(waiter)
    const heap = this.heaps.get(waiter.mode.code)
    if (heap === undefined) this.heaps.set(waiter.mode.code, new Heap(waiter))
    else heap.add(waiter)
  }

  remove(waiter: Waiter): boolean {
    if (!this.waiters.delete(waiter)) return false
    if (waiter.ifFree) this.ifFree.delete(waiter)
    const heap = this.heaps.get(waiter.mode.code) as Heap
    if (heap.size === 1) this.heaps.delete(waiter.mode.code)
    else heap.remove(waiter)
    return true
  }

  /** In the order in which they came. */
  triers(): readonly Waiter[] {
    return [...this.ifFree]
  }

  all(): readonly Waiter[] {
    return [...this.waiters].sort(compareAged)
  }
}

function isBefore(a: Waiter, b: Waiter): boolean {
  return compareAged(a, b) < 0
}

/**
 * A binary heap, never empty. A removed entry stays in it until it comes to the top, or until more than half of the heap
 * has been removed.
 */
class Heap {
  private entries: Waiter[]
  private readonly removed = new Set<Waiter>()

  constructor(first: Waiter) {
    this.entries = [first]
  }

  get size(): number {
    return this.entries.length - this.removed.size
  }

  get first(): Waiter {
    return this.entries[0] as Waiter
  }

  add(entry: Waiter): void {
    const { entries } = this
    let at = entries.push(entry) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isBefore(entry, entries[parent] as Waiter)) break
      entries[at] = entries[parent] as Waiter
      at = parent
    }
    entries[at] = entry
  }

  /** Looks at the entries nearest to the top first, and at all of them only for one that is among the first. */
  isAmongFirst(waiter: Waiter, count: number): boolean {
    let before = 0
    for (const entry of this.entries) {
      if (isBefore(entry, waiter) && !this.removed.has(entry) && ++before === count) return false
    }
    return true
  }

  remove(entry: Waiter): void {
    this.removed.add(entry)
    while (this.removed.delete(this.first)) this.dropFirst()
    if (this.removed.size * 2 <= this.entries.length) return
    // A sorted list is a heap.
    this.entries = this.entries.filter((each) => !this.removed.has(each)).sort(compareAged)
    this.removed.clear()
  }

  private dropFirst(): void {
    const { entries } = this
    const moved = entries.pop() as Waiter
    let at = 0
    for (let child = 1; child < entries.length; child = 2 * at + 1) {
      const sibling = child + 1
      if (sibling < entries.length && isBefore(entries[sibling] as Waiter, entries[child] as Waiter)) child = sibling
      if (!isBefore(entries[child] as Waiter, moved)) break
      entries[at] = entries[child] as Waiter
      at = child
    }
    entries[at] = moved
  }
}
