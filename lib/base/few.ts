/** This file has a list that is usually empty or has one item. A lock has several of them, and there may be a million locks. */

/** A list in the order of adding. A single item, the usual case, needs no array. */
export class Few<T extends object> implements Iterable<T> {
  private only: T | null = null
  private many: T[] | null = null

  get size(): number {
    return this.many?.length ?? (this.only === null ? 0 : 1)
  }

  /** The oldest item. */
  get first(): T | null {
    return this.many?.[0] ?? this.only
  }

  add(item: T): void {
    if (this.many !== null) this.many.push(item)
    else if (this.only === null) this.only = item
    else {
      this.many = [this.only, item]
      this.only = null
    }
  }

  /** Returns false if it is not in the list. */
  remove(item: T): boolean {
    if (this.many === null) {
      if (this.only !== item) return false
      this.only = null
      return true
    }
    const at = this.many.indexOf(item)
    if (at === -1) return false
    this.many.splice(at, 1)
    if (this.many.length === 1) {
      this.only = this.many[0] as T
      this.many = null
    }
    return true
  }

  /** The oldest item of which that is true. */
  find(isWanted: (item: T) => boolean): T | null {
    if (this.many !== null) return this.many.find(isWanted) ?? null
    return this.only !== null && isWanted(this.only) ? this.only : null
  }

  [Symbol.iterator](): Iterator<T> {
    return (this.many ?? (this.only === null ? nothing : [this.only]))[Symbol.iterator]()
  }
}

const nothing: readonly never[] = []
