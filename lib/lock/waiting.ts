import type { Waiter } from './waiter.ts'

interface Entry {
  readonly waiter: Waiter
  readonly sinceMs: number
}

/** The waiters of this node for one lock: by priority, then in the order of arrival. */
export class Waiting {
  private readonly entries: Entry[] = []

  get size(): number {
    return this.entries.length
  }

  get first(): Waiter | undefined {
    return this.entries[0]?.waiter
  }

  add(waiter: Waiter, sinceMs: number): void {
    let at = this.entries.length
    while (at > 0 && (this.entries[at - 1] as Entry).waiter.priority < waiter.priority) at--
    if (at === this.entries.length) this.entries.push({ waiter, sinceMs })
    else this.entries.splice(at, 0, { waiter, sinceMs })
  }

  /** Takes the first away, and since when it waited. */
  shift(): Entry | undefined {
    return this.entries.shift()
  }

  remove(waiter: Waiter): boolean {
    const at = this.entries.findIndex((entry) => entry.waiter === waiter)
    if (at === -1) return false
    this.entries.splice(at, 1)
    return true
  }

  all(): readonly Entry[] {
    return this.entries
  }

  clear(): void {
    this.entries.length = 0
  }
}
