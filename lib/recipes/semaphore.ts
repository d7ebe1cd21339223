/** This file has the recipe `semaphore`: a number of permits, of which a caller takes one or several. */
import { BadOptionError, TimeoutError } from '../base/errors.ts'
import { Mode, permitsMax } from '../base/mode.ts'
import { checkName } from '../base/names.ts'
import { checkWhole, wholeNumberFrom } from '../base/option-checks.ts'
import { type OptionTable, takeOptions } from '../base/options.ts'
import type { Signal } from '../base/platform.ts'
import { inspectAs, inspectKey } from '../base/shown.ts'
import type { Hold, HoldState, ReleaseOutcome } from '../port/hold.ts'
import type { Locks } from '../port/locks.ts'
import { checkTask, runUnder } from '../port/with-lock.ts'
import { acquireInOrder, acquireTogether, tryInOrder, type WantedLock } from './in-order.ts'
import { JointHold } from './joint-hold.ts'
import { type JointRequest, type RequestOptions, takeRequest } from './request.ts'

/** Options of `semaphore`. */
export interface SemaphoreOptions {
  /** How many permits there are, from 1 to 1,000,000: the same number for all who use the name. */
  readonly permits: number
}

/** Permits that a caller has. They stand or fall together. */
export interface PermitsHold extends AsyncDisposable {
  /** The name of the semaphore. */
  readonly name: string
  /** How many permits these are. */
  readonly count: number
  /** Aborted, with a LOST error as its reason, when a permit is lost. Not when it is released. */
  readonly signal: Signal
  /** The state of all together. */
  readonly state: HoldState
  /** Throws LOST if a permit is lost, NOT_OWNER if they were released. */
  check(): void
  /** Gives the permits back. For permits that were released or lost before, it says so. Never rejects. */
  release(): Promise<ReleaseOutcome>
  /** What `JSON.stringify` shows of it. */
  toJSON(): PermitsJson
}

/** Permits as plain data. */
export interface PermitsJson {
  /** The name of the semaphore. */
  readonly name: string
  /** How many permits these are. */
  readonly count: number
  /** The state of all together. */
  readonly state: HoldState
}

/** A number of permits, of which callers take some. */
export interface Semaphore {
  /** The name of the lock whose permits these are. Its gate is the lock `NAME#gate`. */
  readonly name: string
  /** How many permits there are. */
  readonly permits: number
  /**
   * Waits for so many permits, by default one. `wait` and `signal` are for the whole call.
   *
   * @throws BAD_OPTION (`count`) for a number below 1 or above `permits`, before anything is taken; (`permits`) in place of TIMEOUT if a holder of the name
   * counts another number of permits. TIMEOUT that says how many were granted. Else the errors of `acquire`.
   */
  acquire(count?: number, options?: RequestOptions): Promise<PermitsHold>
  /** Resolves to null if so many permits are not free, or another caller waits for some. */
  tryAcquire(count?: number, options?: RequestOptions): Promise<PermitsHold | null>
  /** Runs `fn` with a permit, and gives it back, also after an error. An error of `fn` is passed on unchanged. */
  withPermits<T>(fn: PermitsTask<T>): Promise<T>
  /** The same with so many permits. */
  withPermits<T>(count: number, fn: PermitsTask<T>): Promise<T>
  /** The same with options for the wait. */
  withPermits<T>(count: number, options: RequestOptions, fn: PermitsTask<T>): Promise<T>
}

/** What `withPermits` runs. */
export type PermitsTask<T> = (hold: PermitsHold) => T | Promise<T>

const table = { permits: wholeNumberFrom(1, permitsMax) } satisfies OptionTable<SemaphoreOptions>

/**
 * Makes a semaphore of a lock with permits. One permit is one request for that lock. Several permits are collected under a gate, by one collector at a
 * time: two that each had a part would wait for each other for ever. A collector keeps each permit that it gets, and each of its requests has its place in the
 * line among those for one permit. So it makes progress with each permit that comes back, and small requests do not starve it.
 *
 * The permits of a holder that dies come back, as its locks do. All who use the name must give the same number of permits: requests with another number
 * wait until the holders of the first one have left.
 *
 * @throws BAD_OPTION that names the argument.
 * @example
 * const connections = semaphore(locks, 'connections', { permits: 10 })
 * await connections.withPermits(2, { wait: '5s' }, ({ signal }) => copy({ signal }))
 */
export function semaphore(locks: Locks, name: string, options: SemaphoreOptions): Semaphore {
  checkName(name, 'name')
  const { permits } = takeOptions<SemaphoreOptions, typeof table>(options, table, 'semaphore')
  if (permits === undefined) throw new BadOptionError('semaphore needs the number of its permits', { option: 'permits' })
  const gate: WantedLock = { name: checkName(`${name}#gate`, 'name'), mode: 'exclusive' }
  const permit: WantedLock = { name, mode: Mode.permits(permits).plain }
  const parts: Parts = { locks, gate, permit }
  /** One question for all calls whose time is over. */
  let asking: Promise<BadOptionError | undefined> | null = null
  const acquire = async (count: number, given: RequestOptions | undefined, call: string): Promise<PermitsHold> => {
    checkWhole(count, 'count', 1, permits)
    const request = takeRequest(locks, given, call)
    try {
      return new HeldPermits(name, await takePermits(parts, count, request))
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error
      asking ??= mismatchOf(parts).finally(() => (asking = null))
      throw (await asking) ?? error
    }
  }
  return Object.freeze({
    name,
    permits,
    acquire: (count = 1, given?: RequestOptions) => acquire(count, given, 'acquire'),
    tryAcquire: async (count = 1, given?: RequestOptions) => {
      checkWhole(count, 'count', 1, permits)
      const request = takeRequest(locks, given, 'tryAcquire')
      const wanted = Array.from({ length: count }, () => permit)
      const taken = await tryInOrder(locks, count === 1 ? wanted : [gate, ...wanted], request)
      if (taken === null) return null
      if (count > 1) await taken.shift()?.release()
      return new HeldPermits(name, taken)
    },
    withPermits: async <T>(...args: unknown[]): Promise<T> => {
      const fn = args.pop() as PermitsTask<T>
      checkTask(fn, 'withPermits')
      const [count = 1, given] = args as [number?, RequestOptions?]
      return await runUnder(acquire(count, given, 'withPermits'), fn)
    },
  })
}

/** Waits for the permits; one costs no more than its own request. */
async function takePermits({ locks, gate, permit }: Parts, count: number, request: JointRequest): Promise<readonly Hold[]> {
  if (count === 1) return await acquireInOrder(locks, [permit], request)
  const [collecting] = (await acquireInOrder(locks, [gate], request)) as [Hold]
  try {
    return await acquireTogether(locks, permit, count, request)
  } finally {
    await collecting.release()
  }
}

/** What a semaphore is made of. */
interface Parts {
  readonly locks: Locks
  readonly gate: WantedLock
  readonly permit: WantedLock
}

/** What the engine says of a call that was not granted in time: BAD_OPTION if a holder counts another number of permits. */
async function mismatchOf({ locks, permit: { name, mode: permits } }: Parts): Promise<BadOptionError | undefined> {
  try {
    const { held } = await locks.query(name)
    const other = held.find((each) => each.name === name && typeof each.mode === 'number' && each.mode !== permits)
    if (other === undefined) return undefined
    const what = `${other.holder} holds a permit of '${name}' as one of ${other.mode}, not of ${permits}`
    return new BadOptionError(`${what}: give the same number to all who use the name`, { option: 'permits' })
  } catch {
    // A question that fails says nothing of the number.
    return undefined
  }
}

class HeldPermits extends JointHold implements PermitsHold {
  readonly name: string
  readonly count: number

  constructor(name: string, parts: readonly Hold[]) {
    super(parts, name)
    this.name = name
    this.count = parts.length
  }

  toJSON(): PermitsJson {
    const { name, count, state } = this
    return { name, count, state }
  }

  [inspectKey](...args: [depth: number, options: object, inspect: (value: unknown, options: object) => string]): string {
    return inspectAs('PermitsHold', this.toJSON(), ...args)
  }
}
