/** This file declares the Web Locks API of a node or an engine. */
import type { PlainMode } from '../../base/mode.ts'
import type { Signal } from '../../base/platform.ts'
import type { AcquireOptions } from '../acquire-options.ts'
import type { HeldReport, PendingReport } from '../reports.ts'

/** Options of `request`: those of the Web Locks API, and of `acquire` those that it lacks. */
export interface WebLockOptions extends Pick<AcquireOptions, 'wait' | 'priority' | 'maxHold' | 'meta'> {
  /** `exclusive` (default) or `shared`. */
  readonly mode?: 'exclusive' | 'shared'
  /** Does not wait: if the lock is taken, the callback gets null. Not together with `steal` or `signal`. */
  readonly ifAvailable?: boolean
  /**
   * Ends the holds that others have, and is granted before the waiters of this client. Their requests reject with an AbortError, and their callbacks may
   * still be at work: the resource must check the fence. For `exclusive` only; not together with `ifAvailable` or `signal`.
   */
  readonly steal?: boolean
  /** Ends the wait: the request rejects with the signal's reason. Without effect once the callback was called. */
  readonly signal?: Signal
}

/** What the callback of a request gets: the lock while it is held. */
export interface WebLock {
  /** The name, as the request gave it. */
  readonly name: string
  /** What was granted. */
  readonly mode: 'exclusive' | 'shared'
  /** Rises with every exclusive grant of this lock, for ever. Give it to the resource, which refuses lower ones. */
  readonly fence: bigint
  /** Aborted, with an AbortError as its reason, when the lock is stolen or lost. */
  readonly signal: Signal
  /** What `JSON.stringify` shows of it; the fence as a decimal string. */
  toJSON(): WebLockJson
}

/** A lock as plain data. */
export interface WebLockJson {
  /** The name, as the request gave it. */
  readonly name: string
  /** What was granted. */
  readonly mode: 'exclusive' | 'shared'
  /** The fence as decimal digits. */
  readonly fence: string
}

/** A holder or waiter, as the Web Locks API tells it. */
interface WebLockInfo {
  /** The name, as the request gave it. */
  readonly name: string
  /** What was granted or requested. A hold that was not made by the Web Locks API may have another mode than `exclusive` and `shared`. */
  readonly mode: PlainMode
  /** The node or client. */
  readonly clientId: string
}

/** A holder. */
export type WebLockHeld = WebLockInfo & Pick<HeldReport, 'fence' | 'owner' | 'heldMs' | 'meta'>
/** A waiter. */
export type WebLockPending = WebLockInfo & Pick<PendingReport, 'owner' | 'waitedMs' | 'meta'>

/** The holders and waiters of the whole cluster. */
export interface WebLocksSnapshot {
  /** The holders, in the order in which they were granted their locks. */
  readonly held: readonly WebLockHeld[]
  /** The waiters, in the order in which they asked. */
  readonly pending: readonly WebLockPending[]
}

/**
 * The Web Locks API of the browsers, for all processes of a cluster.
 *
 * @example
 * await node.locks.request('invoice/42', async ({ fence, signal }) => {
 *   await store.write(invoice, { fence, signal })
 * })
 */
export interface WebLocks {
  /**
   * Waits for the lock, calls `callback` under it, and releases it when the callback's promise settles. Resolves or rejects as the callback does.
   *
   * Rejects with the reason of `signal`, with an AbortError (DOMException) as soon as the lock is stolen or lost, and its cause is then the LOST error;
   * with a TypeError for wrong arguments, NotSupportedError (DOMException) for options that exclude each other, a name that begins with `-` or is too long, and a steal that
   * cannot be done; InvalidStateError (DOMException) if the client is closed. TIMEOUT after `wait`. NO_QUORUM, OVERLOADED and BAD_OPTION are those of `acquire`.
   */
  request<T>(name: string, callback: (lock: WebLock) => T | Promise<T>): Promise<T>
  /** The same with options. */
  request<T>(
    name: string,
    options: WebLockOptions & { readonly ifAvailable?: false },
    callback: (lock: WebLock) => T | Promise<T>,
  ): Promise<T>
  /** The same; with `ifAvailable` the callback may get null. */
  request<T>(name: string, options: WebLockOptions, callback: (lock: WebLock | null) => T | Promise<T>): Promise<T>
  /** The holders and waiters of all locks. Rejects with InvalidStateError if the client is closed. */
  query(): Promise<WebLocksSnapshot>
}
