/** This file counts holders, or entries of a site, by their mode, and says whether one more may be inside beside them. */
import { invariant } from './assert.ts'
import type { NodeId } from './ids.ts'
import { Mode } from './mode.ts'

/** So many of one mode. */
export interface ModeCount {
  readonly mode: Mode
  count: number
}

/** How many there are of each mode. As long as all have one mode, the usual case, this is a mode and a number. */
export class ModeCounts implements Iterable<ModeCount> {
  /** How many there are in all. */
  size = 0
  /** The mode of all; without meaning while `mixed` counts them. */
  private mode = Mode.exclusive
  /** By the code of the mode, while there are several modes. */
  private mixed: Map<number, ModeCount> | null = null

  /** One of them excludes every other. */
  get isAlone(): boolean {
    return this.size > 0 && this.mixed === null && this.mode.isAlone
  }

  /** How many there are of that mode. */
  of(mode: Mode): number {
    if (this.mixed !== null) return this.mixed.get(mode.code)?.count ?? 0
    return this.mode.equals(mode) ? this.size : 0
  }

  add(mode: Mode, count = 1): void {
    if (count === 0) return
    if (this.mixed === null) {
      if (this.size === 0) this.mode = mode
      else if (!this.mode.equals(mode)) this.mixed = new Map([[this.mode.code, { mode: this.mode, count: this.size }]])
    }
    this.size += count
    if (this.mixed === null) return
    const known = this.mixed.get(mode.code)
    if (known === undefined) this.mixed.set(mode.code, { mode, count })
    else known.count += count
  }

  remove(mode: Mode, count = 1): void {
    invariant(this.of(mode) >= count, 'what is removed was counted')
    this.size -= count
    if (this.size === 0) return this.clear()
    const known = this.mixed?.get(mode.code)
    if (known === undefined) return
    known.count -= count
    if (known.count === 0) this.mixed?.delete(mode.code)
    if (this.mixed?.size !== 1) return
    for (const only of this.mixed.values()) this.mode = only.mode
    this.mixed = null
  }

  clear(): void {
    this.size = 0
    // Two that count nothing are equal.
    this.mode = Mode.exclusive
    this.mixed = null
  }

  /** One of them does not go together with that mode. */
  exclude(mode: Mode): boolean {
    if (this.mixed === null) return this.size > 0 && !this.mode.isCompatibleWith(mode)
    for (const each of this.mixed.values()) if (!each.mode.isCompatibleWith(mode)) return true
    return false
  }

  /** One more of that mode may be inside beside them. */
  admit(mode: Mode): boolean {
    return !this.exclude(mode) && mode.hasRoomBeside(this.of(mode))
  }

  [Symbol.iterator](): Iterator<ModeCount> {
    if (this.mixed !== null) return this.mixed.values()
    return (this.size === 0 ? nothing : [{ mode: this.mode, count: this.size }])[Symbol.iterator]()
  }
}

const nothing: readonly never[] = []

/** How often that holder is inside by these holds, by mode: all its readers are one entry. */
export function entriesOf(holds: readonly { readonly holder: NodeId; readonly mode: Mode }[], holder: NodeId): ModeCounts {
  const counts = new ModeCounts()
  for (const each of holds) {
    if (each.holder === holder && !(each.mode.isOneEntry && counts.of(each.mode) > 0)) counts.add(each.mode)
  }
  return counts
}
