/** This file has the recipe `rwLock`: many readers or one writer, with an upgradable reader. */
import { checkName } from '../base/names.ts'
import type { Hold } from '../port/hold.ts'
import type { Locks } from '../port/locks.ts'
import { checkTask, runUnder } from '../port/with-lock.ts'
import { acquireInOrder, tryInOrder, type WantedLock } from './in-order.ts'
import { type RequestOptions, takeRequest } from './request.ts'
import { HeldRw, type RwHold, type RwMode } from './rw-hold.ts'

/** A lock that many may read and one may write. */
export interface RwLock {
  /** The name of the lock. Its gate is the lock `NAME#gate`. */
  readonly name: string
  /** Waits for the lock as a reader. Its errors are those of `acquire`. */
  read(options?: RequestOptions): Promise<RwHold>
  /** Waits for the lock as the writer. Its errors are those of `acquire`. */
  write(options?: RequestOptions): Promise<RwHold>
  /** Waits for the lock as the one reader that may upgrade; other readers may be inside beside it. Its errors are those of `acquire`. */
  upgradable(options?: RequestOptions): Promise<RwHold>
  /** Resolves to null if the lock is not free for a reader. Its errors are those of `tryAcquire`. */
  tryRead(options?: RequestOptions): Promise<RwHold | null>
  /** Resolves to null if the lock is not free for a writer. Its errors are those of `tryAcquire`. */
  tryWrite(options?: RequestOptions): Promise<RwHold | null>
  /** Resolves to null if the lock is not free for an upgradable reader. Its errors are those of `tryAcquire`. */
  tryUpgradable(options?: RequestOptions): Promise<RwHold | null>
  /** Runs `fn` as a reader, as `withLock` does. */
  withRead: WithRw
  /** Runs `fn` as the writer, as `withLock` does. */
  withWrite: WithRw
  /** Runs `fn` as the upgradable reader, as `withLock` does. */
  withUpgradable: WithRw
}

/** Runs a function under a read-write lock, and releases it, also after an error. */
export interface WithRw {
  /** An error of `fn` is passed on unchanged. If `fn` succeeds but its hold was lost before it ended, rejects with LOST. */
  <T>(fn: (hold: RwHold) => T | Promise<T>): Promise<T>
  /** The same with options for the wait. */
  <T>(options: RequestOptions, fn: (hold: RwHold) => T | Promise<T>): Promise<T>
}

/**
 * Makes a read-write lock of two locks: the main lock, which readers take as `shared` and the writer as `exclusive`, and a gate, which the writer and the
 * upgradable reader take first. So an upgrade has no rival, two upgraders cannot wait for each other, and no writer comes between.
 *
 * Writers are granted in the order in which they reach the gate. A reader that comes after the writer at the main lock waits behind that
 * writer, so writers do not starve. All writers of the name must use this recipe: a plain exclusive request knows no gate.
 *
 * @throws BAD_OPTION if the name is none, or longer than 251 bytes.
 * @example
 * const catalogue = rwLock(locks, 'catalogue')
 * await catalogue.withUpgradable(async (hold) => {
 *   if (await isFresh()) return
 *   await hold.upgrade({ wait: '10s' })
 *   await rebuild({ fence: hold.fence, signal: hold.signal })
 * })
 */
export function rwLock(locks: Locks, name: string): RwLock {
  checkName(name, 'name')
  const gate: WantedLock = { name: checkName(`${name}#gate`, 'name'), mode: 'exclusive' }
  const wanted: Readonly<Record<RwMode, readonly WantedLock[]>> = {
    shared: [{ name, mode: 'shared' }],
    upgradable: [gate, { name, mode: 'shared' }],
    exclusive: [gate, { name, mode: 'exclusive' }],
  }
  const acquire = async (mode: RwMode, options: RequestOptions | undefined, call: string): Promise<RwHold> => {
    const parts = await acquireInOrder(locks, wanted[mode], takeRequest(locks, options, call))
    return new HeldRw(locks, name, mode, parts as [Hold] | [Hold, Hold])
  }
  const attempt = async (mode: RwMode, options: RequestOptions | undefined, call: string): Promise<RwHold | null> => {
    const parts = await tryInOrder(locks, wanted[mode], takeRequest(locks, options, call))
    return parts === null ? null : new HeldRw(locks, name, mode, parts as [Hold] | [Hold, Hold])
  }
  const running =
    (mode: RwMode, call: string): WithRw =>
    async <T>(...args: [RwTask<T>] | [RequestOptions, RwTask<T>]): Promise<T> => {
      const [options, fn] = args.length === 2 ? args : [undefined, args[0]]
      checkTask(fn, call)
      return await runUnder(acquire(mode, options, call), fn)
    }
  return Object.freeze({
    name,
    read: (options?: RequestOptions) => acquire('shared', options, 'read'),
    write: (options?: RequestOptions) => acquire('exclusive', options, 'write'),
    upgradable: (options?: RequestOptions) => acquire('upgradable', options, 'upgradable'),
    tryRead: (options?: RequestOptions) => attempt('shared', options, 'tryRead'),
    tryWrite: (options?: RequestOptions) => attempt('exclusive', options, 'tryWrite'),
    tryUpgradable: (options?: RequestOptions) => attempt('upgradable', options, 'tryUpgradable'),
    withRead: running('shared', 'withRead'),
    withWrite: running('exclusive', 'withWrite'),
    withUpgradable: running('upgradable', 'withUpgradable'),
  })
}

type RwTask<T> = (hold: RwHold) => T | Promise<T>
