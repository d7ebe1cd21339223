/** This file is a site's place in the queue of a `home-queue` lock: what hangs on it, and whose place comes after it. */
import type { Mode } from '../base/mode.ts'
import { sameStamp, type Stamp } from '../clock/stamp.ts'
import type { Wanted } from './tries.ts'

/** A site's place in the queue. */
export class QueuePlace {
  /** Requests that hang on it, and the site's own at it, in the order in which they came. */
  readonly line: Wanted[] = []
  /** Whose place is after this one; nothing more hangs on this one then. */
  next: Stamp | null = null
  /** The next place's site may be inside beside the token that is here. */
  isNextBeside = false
  /** The home was asked to hang a request on it, or a try. */
  wasHungOn = false

  /** No request waits for this place to be free. */
  get isLast(): boolean {
    return this.next === null && this.line.length === 0
  }

  /** A request that waits here does not go together with that mode. */
  excludes(mode: Mode): boolean {
    return this.next !== null || this.line.some((each) => !each.mode.isCompatibleWith(mode))
  }

  /** That request is withdrawn. False if it does not wait here. */
  forget(stamp: Stamp): boolean {
    const at = this.line.findIndex((wanted) => sameStamp(wanted.stamp, stamp))
    return at !== -1 && this.line.splice(at, 1).length > 0
  }
}
