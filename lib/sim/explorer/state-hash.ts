/**
 * States as numbers (Holzmann 1998, "An analysis of bitstate hashing": what is kept of a state is its hash alone). A hash has 53
 * bits. Two states that collide are taken for one; among a million states the chance of that is below one in ten thousand.
 */

import { Mode } from '../../base/mode.ts'

/** Two 32-bit multiplicative lanes over anything made of plain values, maps, sets and objects. */
export class StateHash {
  private a = 0
  private b = 0
  private readonly isOpaque: (value: object) => boolean
  private readonly texts = new Map<string, number>()
  /** The instances of classes that are being added: one that leads back to itself is added once. */
  private readonly path = new Set<object>()

  /** `isOpaque`: objects that are part of no state. */
  constructor(isOpaque: (value: object) => boolean) {
    this.isOpaque = isOpaque
  }

  /** Equal for equal contents; maps and sets in any order. */
  of(value: unknown): number {
    this.a = 0x9e3779b9
    this.b = 0x85ebca6b
    this.add(value)
    return this.finish()
  }

  private add(value: unknown): void {
    if (typeof value === 'number') return this.addNumber(value)
    if (typeof value === 'string') return this.mix(this.textCode(value))
    if (typeof value === 'boolean') return this.mix(value ? 3 : 5)
    if (typeof value === 'bigint') return this.addNumber(Number(value))
    if (value === null || value === undefined) return this.mix(7)
    if (typeof value !== 'object' || this.isOpaque(value)) return
    if (value instanceof Mode) return this.addNumber(value.code)
    if (Array.isArray(value)) {
      this.mix(value.length + 11)
      for (const each of value) this.add(each)
      return
    }
    if (value instanceof Map) return this.addUnordered(value)
    if (value instanceof Set) return this.addUnordered(value)
    this.mix(13)
    if (Object.getPrototypeOf(value) === Object.prototype) return this.addFields(value)
    if (this.path.has(value)) return
    this.path.add(value)
    this.addFields(value)
    this.path.delete(value)
  }

  private addFields(value: object): void {
    for (const key in value) {
      this.mix(this.textCode(key))
      this.add((value as Record<string, unknown>)[key])
    }
  }

  /** A sum of the parts' hashes does not depend on their order. */
  private addUnordered(parts: Iterable<unknown>): void {
    const { a, b } = this
    let sumA = 17
    let sumB = 19
    for (const part of parts) {
      this.a = 0x9e3779b9
      this.b = 0x85ebca6b
      this.add(part)
      this.scramble()
      sumA = (sumA + this.a) | 0
      sumB = (sumB + this.b) | 0
    }
    this.a = a
    this.b = b
    this.mix(sumA)
    this.mix(sumB)
  }

  private addNumber(value: number): void {
    this.mix(value | 0)
    const rest = (value - (value | 0)) / 4294967296
    this.mix(Math.floor(rest) | 0)
  }

  private mix(value: number): void {
    this.a = Math.imul(this.a ^ value, 2654435761)
    this.a ^= this.a >>> 15
    this.b = Math.imul(this.b ^ value, 1597334677)
    this.b ^= this.b >>> 13
  }

  private scramble(): void {
    this.a = Math.imul(this.a ^ (this.a >>> 16), 2246822507) ^ Math.imul(this.b ^ (this.b >>> 13), 3266489909)
    this.b = Math.imul(this.b ^ (this.b >>> 16), 2246822507) ^ Math.imul(this.a ^ (this.a >>> 13), 3266489909)
  }

  private finish(): number {
    this.scramble()
    return 4294967296 * (2097151 & this.b) + (this.a >>> 0)
  }

  private textCode(text: string): number {
    let code = this.texts.get(text)
    if (code === undefined) {
      code = 0x811c9dc5
      for (let i = 0; i < text.length; i++) code = Math.imul(code ^ text.charCodeAt(i), 16777619)
      if (this.texts.size < 10_000) this.texts.set(text, code)
    }
    return code
  }
}

/** A set of hashes in one flat array: eight bytes a state, at most twice that while it grows. */
export class HashSet {
  private slots = new Float64Array(1024)
  private count = 0

  get size(): number {
    return this.count
  }

  /** False when it was there. */
  add(hash: number): boolean {
    // Zero marks a free slot.
    const value = hash === 0 ? 1 : hash
    if (this.count * 2 >= this.slots.length) this.grow()
    const at = this.find(this.slots, value)
    if (this.slots[at] === value) return false
    this.slots[at] = value
    this.count++
    return true
  }

  private grow(): void {
    const larger = new Float64Array(this.slots.length * 2)
    for (const value of this.slots) if (value !== 0) larger[this.find(larger, value)] = value
    this.slots = larger
  }

  private find(slots: Float64Array, value: number): number {
    const mask = slots.length - 1
    let at = (value % 4294967291) & mask
    while (slots[at] !== 0 && slots[at] !== value) at = (at + 1) & mask
    return at
  }
}
