/**
 * This file has maps and sets that use almost no memory while they are empty. A lock has many of them, most are empty most of the
 * time, and there may be a million locks.
 */

const nothing: readonly never[] = []

/** A `Map` that is made for its first entry, and dropped when it is empty again. */
export class LazyMap<K, V> implements Iterable<[K, V]> {
  private map: Map<K, V> | null = null

  get size(): number {
    return this.map === null ? 0 : this.map.size
  }

  has(key: K): boolean {
    return this.map?.has(key) === true
  }

  get(key: K): V | undefined {
    return this.map?.get(key)
  }

  set(key: K, value: V): void {
    this.map ??= new Map()
    this.map.set(key, value)
  }

  delete(key: K): boolean {
    if (this.map?.delete(key) !== true) return false
    if (this.map.size === 0) this.map = null
    return true
  }

  clear(): void {
    this.map = null
  }

  keys(): Iterable<K> {
    return this.map?.keys() ?? nothing
  }

  values(): Iterable<V> {
    return this.map?.values() ?? nothing
  }

  [Symbol.iterator](): Iterator<[K, V]> {
    return (this.map ?? (nothing as Iterable<[K, V]>))[Symbol.iterator]()
  }
}

/** A `Set`, likewise. */
export class LazySet<T> implements Iterable<T> {
  private set: Set<T> | null = null

  constructor(items: readonly T[] = nothing) {
    if (items.length > 0) this.set = new Set(items)
  }

  get size(): number {
    return this.set === null ? 0 : this.set.size
  }

  has(item: T): boolean {
    return this.set?.has(item) === true
  }

  add(item: T): void {
    this.set ??= new Set()
    this.set.add(item)
  }

  delete(item: T): boolean {
    if (this.set?.delete(item) !== true) return false
    if (this.set.size === 0) this.set = null
    return true
  }

  [Symbol.iterator](): Iterator<T> {
    return (this.set ?? (nothing as Iterable<T>))[Symbol.iterator]()
  }
}
