/**
 * This file declares the port: the calls that every engine offers, and all that a recipe needs to know of an engine. A `Node` of the mesh is
 * a `Locks`, and so is a client of the memory engine. How an engine decides and how it is reached is not in here.
 */
import type { AcquireOptions } from './acquire-options.ts'
import type { CloseOptions } from './close-options.ts'
import type { LockEventOf, LockEventType } from './events.ts'
import type { Hold } from './hold.ts'
import type { QueryReport } from './reports.ts'

/**
 * Named locks, whichever engine decides who holds them. Code that takes a `Locks` runs on every engine.
 *
 * @example
 * async function nightly(locks: Locks): Promise<void> {
 *   await locks.withLock('report', async (hold) => { await write(report, { fence: hold.fence }) })
 * }
 */
export interface Locks extends AsyncDisposable {
  /** By which `query` names the holder of a hold and the owner of a waiter. */
  readonly id: string
  /**
   * Waits for the lock. Rejects with TIMEOUT, NO_QUORUM, ABORTED, OVERLOADED, CLOSED or BAD_OPTION, and then nothing of
   * the request is left anywhere.
   *
   * @example const hold = await locks.acquire('invoice/42', { wait: '5s' })
   */
  acquire(name: string, options?: AcquireOptions): Promise<Hold>
  /**
   * The lock if no other holder or waiter is there, else null. While the engine cannot know that, it waits, for `wait` at most: then it
   * rejects with NO_QUORUM. Its other errors are those of `acquire`.
   */
  tryAcquire(name: string, options?: AcquireOptions): Promise<Hold | null>
  /**
   * Runs `fn` under the lock and releases it, also after an error. An error of `fn` is passed on unchanged; if `fn` went
   * well but its protection ended before it did, rejects with LOST.
   */
  withLock<T>(name: string, fn: (hold: Hold) => T | Promise<T>): Promise<T>
  withLock<T>(name: string, options: AcquireOptions, fn: (hold: Hold) => T | Promise<T>): Promise<T>
  /** Who holds and who waits, for locks whose name fits the pattern (`*` stands for any characters). */
  query(pattern?: string): Promise<QueryReport>
  /**
   * Listens to what becomes of this client's requests and holds, until the function that it returns is called.
   *
   * @throws BAD_OPTION when there is no event of that name, or `listener` is no function.
   */
  on<Type extends LockEventType>(type: Type, listener: (event: LockEventOf<Type>) => void): () => void
  /**
   * Takes no new requests from this moment (CLOSED, for waiting ones too), waits for running `withLock` bodies and open holds for
   * `drain` (default 5 s), then aborts their signals and lets go. A second call gives the same promise, and its `drain` can only
   * shorten the wait. `await using` calls it without options. Rejects only with BAD_OPTION, and then nothing was closed.
   */
  close(options?: CloseOptions): Promise<void>
}
