/** This file is one opening of a node or an observer, which may take long and can be aborted. */
import type { Patience } from '../world/world.ts'

/** One opening of a node's or an observer's resources. It may take long, and can be aborted. */
export class Opening implements Patience {
  /** What it waits for; null if that does not take long. */
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
