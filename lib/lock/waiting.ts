import type { Mode } from '../base/mode.ts'
import type { Waiter } from './waiter.ts'

interface Entry {
  readonly waiter: Waiter
  readonly sinceMs: number
}

/** The waiters of this node for one lock: by priority, then in the order of arrival. */
export class Waiting {
  private readonly entries: Entry[] = []
  /** How many would rather be refused than kept waiting. */
  private triers = 0

  get size(): number {
    return this.entries.length
  }

  get first(): Waiter | undefined {
    return this.entries[0]?.waiter
  }

  /** Whether somebody waits for that mode. */
  has(mode: Mode): boolean {
    return this.entries.some((entry) => entry.waiter.mode === mode)
  }

  add(waiter: Waiter, sinceMs: number): void {
    if (waiter.ifFree) this.triers++
    let at = this.entries.length
    while (at > 0 && (this.entries[at - 1] as Entry).waiter.priority < waiter.priority) at--
    if (at === this.entries.length) this.entries.push({ waiter, sinceMs })
    else this.entries.splice(at, 0, { waiter, sinceMs })
  }

  /** Takes the first that wants that mode away, and since when it waited. */
  shift(mode: Mode): Entry | undefined {
    const at = this.entries[0]?.waiter.mode === mode ? 0 : this.entries.findIndex((entry) => entry.waiter.mode === mode)
    return at === -1 ? undefined : this.take(at)
  }

  /** Takes those away that would rather be refused than kept waiting. */
  takeTriers(except?: Waiter): Waiter[] {
    if (this.triers === 0) return []
    const triers = this.entries.map(({ waiter }) => waiter).filter((waiter) => waiter.ifFree && waiter !== except)
    for (const waiter of triers) this.remove(waiter)
    return triers
  }

  remove(waiter: Waiter): boolean {
    const at = this.entries.findIndex((entry) => entry.waiter === waiter)
    if (at !== -1) this.take(at)
    return at !== -1
  }

  all(): readonly Entry[] {
    return this.entries
  }

  private take(at: number): Entry {
    const entry = (at === 0 ? this.entries.shift() : this.entries.splice(at, 1)[0]) as Entry
    if (entry.waiter.ifFree) this.triers--
    return entry
  }
}
