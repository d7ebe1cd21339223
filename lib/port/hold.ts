/** This file declares what a caller has of a granted request, whichever engine granted it. */
import type { PlainMode } from '../base/mode.ts'
import type { Signal } from '../base/platform.ts'

/**
 * Where a hold is in its life. `suspect`: the engine has not confirmed the hold for most of its session's length, and may yet do so. An engine
 * without sessions never says it.
 */
export type HoldState = 'held' | 'suspect' | 'lost' | 'released'
/** What `release` found: a hold that it ended, one that had been released already, or one that was lost before. */
export type ReleaseOutcome = 'released' | 'already' | 'lost'

/**
 * A granted request: the right to use what the lock guards, for as long as it is held.
 *
 * @example
 * await using hold = await node.acquire('invoice/42')
 * await store.write(invoice, { fence: hold.fence, signal: hold.signal })
 */
export interface Hold extends AsyncDisposable {
  /** The name of the lock. */
  readonly name: string
  /** What was granted: `exclusive`, `shared`, or one of a number of permits. */
  readonly mode: PlainMode
  /** Rises with every exclusive grant of this lock, for ever. Give it to the resource, which refuses lower ones. */
  readonly fence: bigint
  /**
   * Aborted, with a LOST error as its reason, when the hold is lost. Not when it is released. Reading `signal`, `state`,
   * `check()` or `release()` judges the session at this very moment, and all of them tell the same from then on.
   */
  readonly signal: Signal
  /** `suspect`: the session was not renewed for two thirds of its length; it may yet be. */
  readonly state: HoldState
  /** Throws LOST if the hold is lost or its session has ended at this very moment, NOT_OWNER if it was released. */
  check(): void
  /** Gives the lock up, at once. Releasing again, or a lost hold, says so and does nothing. Never rejects. */
  release(): Promise<ReleaseOutcome>
  /** What `JSON.stringify` shows of it, for logs; the fence as decimal text, since a JSON number would lose its last digits. */
  toJSON(): HoldJson
}

/** A hold as plain data. */
export interface HoldJson {
  /** The name of the lock. */
  readonly name: string
  /** What was granted. */
  readonly mode: PlainMode
  /** The fence as decimal digits. */
  readonly fence: string
  /** Where the hold is in its life. */
  readonly state: HoldState
}
