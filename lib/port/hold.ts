/** This file declares the hold: the object that a caller has of a granted request, from any engine. */
import type { Duration } from '../base/duration.ts'
import type { PlainMode } from '../base/mode.ts'
import type { Signal } from '../base/platform.ts'
import type { RevokeListener } from './revocable.ts'

/**
 * The state of a hold. `suspect`: the engine has not confirmed the hold for most of its session's length, but may still do so. An
 * engine without sessions never gives `suspect`.
 */
export type HoldState = 'held' | 'suspect' | 'lost' | 'released'
/** The outcome of `release`: it ended the hold, the hold was released already, or it was lost before. */
export type ReleaseOutcome = 'released' | 'already' | 'lost'

/**
 * A granted request: the right to use the resource that the lock guards, as long as the hold is valid.
 *
 * @example
 * await using hold = await node.acquire('invoice/42')
 * await store.write(invoice, { fence: hold.fence, signal: hold.signal })
 */
export interface Hold extends AsyncDisposable {
  /** The name of the lock. */
  readonly name: string
  /** What was granted: a word such as `exclusive` or `shared`, or the number of permits of which it is one. */
  readonly mode: PlainMode
  /** Rises with every exclusive grant of this lock, for ever. Give it to the resource, which refuses lower ones. */
  readonly fence: bigint
  /**
   * Aborted, with a LOST error as its reason, when the hold is lost. Not when it is released. `signal`, `state`, `check()` and
   * `release()` judge the session at the moment of the call, and agree from then on.
   */
  readonly signal: Signal
  /** `suspect`: the session was not renewed for two thirds of its length; it may still be renewed. */
  readonly state: HoldState
  /**
   * Throws LOST if the hold is lost or its session has ended at this very moment, NOT_OWNER if it was released. With a `margin`
   * also EXPIRING if less time than that is certain to be left.
   */
  check(margin?: Duration): void
  /**
   * Resolves once the hold is certain to last for `time` from this moment, by the holder's most cautious clock; it renews the
   * session or the lease if needed. Call it before a step that takes so long. Rejects with LOST or NOT_OWNER as `check` does, with
   * EXPIRING if so much is not left of `maxHold` or no renewal gave so much for the length of a session, and with BAD_OPTION if no
   * session lasts so long. An engine whose server gives no lease (PostgreSQL) can promise no time: there it asks the server at once.
   *
   * @example
   * await hold.ensure('2s')
   * await store.write(invoice, { fence: hold.fence, timeout: 2_000 })
   */
  ensure(time: Duration): Promise<void>
  /** Releases the lock, at once. For a hold that was released or lost before, it says so and has no effect. Never rejects. */
  release(): Promise<ReleaseOutcome>
  /**
   * Replaces the `meta` that `query` and `watch` tell of this hold. Resolves once the engine has noted it. Rejects with BAD_OPTION if it is
   * not plain data of at most 1,024 bytes, LOST or NOT_OWNER if the hold is over.
   */
  setMeta(meta: unknown): Promise<void>
  /**
   * Calls the listener once, when this hold is asked back (`admin.revoke`): by whom, why, and how long the hold still lasts. If that
   * was before this call, the listener is called now. The owner need not release the hold; at the end of the grace it is lost. An error of
   * the listener is logged and ends nothing. The returned function takes the listener away.
   *
   * @throws BAD_OPTION if the request did not have the option `revocable`, or `listener` is not a function.
   * @example
   * const hold = await node.acquire('deploy', { revocable: { grace: '5s' } })
   * hold.onRevoke(async ({ by, reason }) => { await saveProgress(`${by}: ${reason}`); await hold.release() })
   */
  onRevoke(listener: RevokeListener): () => void
  /** What `JSON.stringify` shows, for logs; the fence as a decimal string, since a JSON number would lose its last digits. */
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
  /** The state of the hold. */
  readonly state: HoldState
}
