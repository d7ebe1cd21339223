/**
 * This file is an actor's queue: it has a bound, and the actor handles one message at a time. A message from another actor is
 * *offered* and may be refused. A timer or a notice that the actor asked for itself is always *kept*, because its number is
 * bounded where it begins.
 */
import { invariant } from '../base/assert.ts'

export class Mailbox<Item> {
  /** From `head` on, oldest first; items before it have been taken. */
  private items: Item[] = []
  private head = 0
  private readonly itemsMax: number

  constructor(itemsMax: number) {
    invariant(itemsMax >= 1, 'a mailbox takes at least one item')
    this.itemsMax = itemsMax
  }

  get size(): number {
    return this.items.length - this.head
  }

  /** Takes the item in, unless the mailbox is full. */
  offer(item: Item): boolean {
    if (this.size >= this.itemsMax) return false
    this.items.push(item)
    return true
  }

  /** Takes the item in, also if the mailbox is full. */
  keep(item: Item): void {
    this.items.push(item)
  }

  /** Removes and returns the oldest item. */
  take(): Item | undefined {
    if (this.head === this.items.length) return undefined
    const item = this.items[this.head] as Item
    this.head++
    // The rest is moved only when half is taken, so that a take has a constant cost on average.
    if (this.head * 2 >= this.items.length) {
      this.items = this.items.slice(this.head)
      this.head = 0
    }
    return item
  }

  /** Empties the mailbox; returns what was in it, oldest first. */
  clear(): Item[] {
    const rest = this.items.slice(this.head)
    this.items = []
    this.head = 0
    return rest
  }
}
