/**
 * This file declares the port: the calls that every engine offers, and all that a recipe needs to know of an engine. A `Node` of the mesh is
 * a `Locks`, and so is a client of the memory engine. How an engine decides and how it is reached is not in here.
 */
import type { AcquireOptions } from './acquire-options.ts'
import type { CloseOptions } from './close-options.ts'
import type { LockEventOf, LockEventType } from './events.ts'
import type { Hold } from './hold.ts'
import type { QueryOptions } from './query-options.ts'
import type { QueryReport } from './reports.ts'
import type { LockWatch, WatchOptions } from './watch.ts'

/**
 * Named locks, from any engine. Code that takes a `Locks` runs on every engine.
 *
 * @example
 * async function nightly(locks: Locks): Promise<void> {
 *   await locks.withLock('report', async (hold) => { await write(report, { fence: hold.fence }) })
 * }
 */
export interface Locks extends AsyncDisposable {
  /** The id by which `query` names the holder of a hold and the node of a waiter. */
  readonly id: string
  /**
   * Waits for the lock. Rejects with TIMEOUT, NO_QUORUM, ABORTED, OVERLOADED, CLOSED or BAD_OPTION, and then the request has left
   * no trace.
   *
   * @example const hold = await locks.acquire('invoice/42', { wait: '5s' })
   */
  acquire(name: string, options?: AcquireOptions): Promise<Hold>
  /**
   * Resolves to a hold if the lock has no other holder or waiter, else to null. While the engine cannot find that out, it waits,
   * for at most `wait`, and then rejects with NO_QUORUM. Its other errors are those of `acquire`.
   */
  tryAcquire(name: string, options?: AcquireOptions): Promise<Hold | null>
  /**
   * Runs `fn` under the lock and releases it, also after an error. An error of `fn` is passed on unchanged. If `fn` succeeds but
   * its hold was lost before it ended, rejects with LOST.
   */
  withLock<T>(name: string, fn: (hold: Hold) => T | Promise<T>): Promise<T>
  withLock<T>(name: string, options: AcquireOptions, fn: (hold: Hold) => T | Promise<T>): Promise<T>
  /**
   * The holders and waiters of all locks whose name fits the pattern (`*` stands for any characters). Rejects with BAD_OPTION or CLOSED; a fresh report
   * also with TIMEOUT, NO_QUORUM or ABORTED.
   *
   * @example const { held, pending } = await locks.query('invoice/*', { fresh: true, wait: '10s' })
   */
  query(pattern?: string, options?: QueryOptions): Promise<QueryReport>
  /**
   * Tells the states of all locks whose name fits the pattern: first of those in use, then of each that changed, in the whole cluster. A
   * pattern without `*` names one lock, whose state is told first even if it is free. A slow consumer skips states, never the latest.
   *
   * @throws BAD_OPTION for a wrong pattern or option, or if the engine cannot watch; CLOSED.
   * @example
   * for await (const { held } of locks.watch('deploy')) console.log(held[0]?.holder ?? 'free')
   */
  watch(pattern?: string, options?: WatchOptions): LockWatch
  /**
   * Listens to events of this client's requests and holds, until the returned function is called.
   *
   * @throws BAD_OPTION if there is no event of that name, or `listener` is not a function.
   */
  on<Type extends LockEventType>(type: Type, listener: (event: LockEventOf<Type>) => void): () => void
  /**
   * Closes the client. From this moment it rejects new and waiting requests with CLOSED. It waits for running `withLock` bodies
   * and open holds for `drain` (default 5 s), then aborts their signals and ends them. A second call gives the same promise, and
   * its `drain` can only shorten the wait. `await using` calls it without options. Rejects only with BAD_OPTION, and then the
   * client stays open.
   */
  close(options?: CloseOptions): Promise<void>
}
