/** This file is one opening of a node or an observer, which may take long and can be aborted. */
import type { Patience } from '../world/world.ts'

/** One opening of what a node or an observer needs. It may take its time, and can be given up. */
export class Opening implements Patience {
  /** What is waited for; null when that does not take long. */
  what: string | null = null
  private readonly controller = new AbortController()

  get signal(): AbortSignal {
    return this.controller.signal
  }

  waitsFor(what: string): void {
    this.what = what
  }

  giveUp(): void {
    this.controller.abort()
  }
}
