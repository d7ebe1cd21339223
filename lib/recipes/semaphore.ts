/** This file has the recipe `semaphore`: a number of permits, of which a caller takes one or several. */
import { AbortedError, BadOptionError, TimeoutError } from '../base/errors.ts'
import { permitsMax } from '../base/mode.ts'
import { checkName } from '../base/names.ts'
import { checkSwitch, checkWhole, wholeNumberFrom } from '../base/option-checks.ts'
import { type OptionTable, takeOptions } from '../base/options.ts'
import type { Hold } from '../port/hold.ts'
import type { Locks } from '../port/locks.ts'
import { checkTask, runUnder } from '../port/with-lock.ts'
import { EitherSignal } from './either-signal.ts'
import { acquireInOrder, acquireTogether, tryInOrder, type WantedLock } from './in-order.ts'
import { releaseReversed } from './joint-hold.ts'
import { PermitNumber, type Round } from './permit-number.ts'
import { HeldPermits, type PermitsHold } from './permits-hold.ts'
import { type JointRequest, type RequestOptions, requestTable, takeRequest } from './request.ts'
import { Rivals } from './rivals.ts'

/** Options of `semaphore`. */
export interface SemaphoreOptions {
  /** How many permits there are, from 1 to 1,000,000: the same number for all who use the name. */
  readonly permits: number
  /**
   * `setPermits` can change the number. Each client that uses the semaphore then has a hold of `NAME#number`, by which it learns the number; `close` of the semaphore releases it.
   * All who use the name must give the same. Default: false.
   */
  readonly adjustable?: boolean
}

/** Options of `setPermits`: how long to wait for the clients that use the semaphore. */
export type SetPermitsOptions = Pick<RequestOptions, 'wait' | 'signal'>

/** A number of permits, of which callers take some. */
export interface Semaphore extends AsyncDisposable {
  /** The name of the lock whose permits these are. Its gate is the lock `NAME#gate`. */
  readonly name: string
  /** How many permits there are, as far as this client knows. */
  readonly permits: number
  /**
   * Waits for so many permits, by default one. `wait` and `signal` are for the whole call.
   *
   * @throws BAD_OPTION (`count`) for a number below 1 or above `permits`, before anything is taken; (`permits`) if a holder of the name counts another
   * number of permits. TIMEOUT that says how many were granted. Else the errors of `acquire`.
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
  /**
   * Sets the number of permits of an `adjustable` semaphore, for all clients. When it resolves, none of them is granted a permit under a former number. Permits that are held stay
   * held, and permits under the new number are granted once all of those have come back.
   *
   * @throws BAD_OPTION for a wrong number, or if the semaphore is not adjustable. TIMEOUT, ABORTED, LOST or CLOSED if not all clients have confirmed the number: it may still come
   * into force, so set it again. Else the errors of `acquire`.
   */
  setPermits(permits: number, options?: SetPermitsOptions): Promise<void>
  /** Stops the use of an `adjustable` semaphore by this client: waiting and later calls reject with CLOSED. Its permits stay. Has no effect on another semaphore. */
  close(): Promise<void>
}

/** What `withPermits` runs. */
export type PermitsTask<T> = (hold: PermitsHold) => T | Promise<T>

const table = { permits: wholeNumberFrom(1, permitsMax), adjustable: checkSwitch } satisfies OptionTable<SemaphoreOptions>
const settingTable = { wait: requestTable.wait, signal: requestTable.signal } satisfies OptionTable<SetPermitsOptions>

/**
 * Makes a semaphore of a lock with permits. One permit is one request for that lock. Several permits are collected under a gate, by one collector at a
 * time: two that each had a part would wait for each other for ever. A collector keeps each permit that it gets, and each of its requests has its place in the
 * line among those for one permit. So it makes progress with each permit that comes back, and small requests do not starve it.
 *
 * The permits of a holder that dies come back, as its locks do. All who use the name must give the same number of permits: a request with another number is refused
 * as soon as a holder of the first one is found.
 *
 * @throws BAD_OPTION that names the argument.
 * @example
 * const connections = semaphore(locks, 'connections', { permits: 10 })
 * await connections.withPermits(2, { wait: '5s' }, ({ signal }) => copy({ signal }))
 */
export function semaphore(locks: Locks, name: string, options: SemaphoreOptions): Semaphore {
  checkName(name, 'name')
  const { permits, adjustable = false } = takeOptions<SemaphoreOptions, typeof table>(options, table, 'semaphore')
  if (permits === undefined) throw new BadOptionError('semaphore needs the number of its permits', { option: 'permits' })
  checkName(`${name}${adjustable ? '#setting' : '#gate'}`, 'name')
  // An engine that cannot watch says so here.
  if (adjustable) locks.watch(name)
  return new PermitsSemaphore(locks, name, permits, adjustable ? new PermitNumber(locks, name, permits) : null)
}

/** Gives permits under the number that is in force. */
class PermitsSemaphore implements Semaphore {
  readonly name: string
  readonly #locks: Locks
  readonly #rivals: Rivals
  /** Null if the number is fixed. */
  readonly #number: PermitNumber | null

  constructor(locks: Locks, name: string, permits: number, number: PermitNumber | null) {
    this.name = name
    this.#locks = locks
    this.#rivals = new Rivals(locks, name, permits)
    this.#number = number
    Object.freeze(this)
  }

  get permits(): number {
    return this.#number?.permits ?? this.#rivals.permits
  }

  readonly acquire = async (count = 1, options?: RequestOptions): Promise<PermitsHold> =>
    await this.#take(count, options, 'acquire', takePermits)

  readonly tryAcquire = async (count = 1, options?: RequestOptions): Promise<PermitsHold | null> =>
    await this.#take(count, options, 'tryAcquire', tryPermits)

  readonly withPermits = async <T>(...args: unknown[]): Promise<T> => {
    const fn = args.pop() as PermitsTask<T>
    checkTask(fn, 'withPermits')
    const [count = 1, options] = args as [number?, RequestOptions?]
    return await runUnder(this.#take(count, options, 'withPermits', takePermits), fn)
  }

  readonly setPermits = async (permits: number, options: SetPermitsOptions = {}): Promise<void> => {
    checkWhole(permits, 'permits', 1, permitsMax)
    const given = takeOptions<SetPermitsOptions, typeof settingTable>(options, settingTable, 'setPermits')
    const number = this.#number
    if (number !== null) return await number.set(permits, takeRequest(this.#locks, given, 'setPermits'))
    const what = `the number of permits of '${this.name}' is fixed`
    throw new BadOptionError(`${what}: make the semaphore with adjustable: true in all processes`, { option: 'adjustable' })
  }

  readonly close = async (): Promise<void> => {
    await this.#number?.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #take<Taken extends Hold[] | null>(
    count: number,
    options: RequestOptions | undefined,
    call: string,
    take: (parts: Parts, count: number, request: JointRequest) => Promise<Taken>,
  ): Promise<PermitsHold | Exclude<Taken, Hold[]>> {
    const number = this.#number
    checkWhole(count, 'count', 1, number === null ? this.permits : permitsMax)
    const request = takeRequest(this.#locks, options, call)
    for (;;) {
      const round = number === null ? this.#rivals.round() : await number.round(request)
      checkWhole(count, 'count', 1, round.permits)
      this.#rivals.permits = round.permits
      const parts = partsOf(this.#locks, this.name, round.permits)
      const taken = await this.#takeWithin(round, count, request, (within) => take(parts, count, within))
      if (taken !== 'again')
        return taken === null ? (null as Exclude<Taken, Hold[]>) : new HeldPermits(this.name, taken as Hold[])
    }
  }

  /** Takes permits, or finds that none are free. `again` if another number came into force meanwhile or the call was stuck, and then none are taken. */
  async #takeWithin<Taken extends Hold[] | null>(
    { signal: over }: Round,
    count: number,
    request: JointRequest,
    take: (request: JointRequest) => Promise<Taken>,
  ): Promise<Taken | 'again'> {
    const rivals = this.#rivals
    const isFixed = this.#number === null
    const jam = count === 1 ? undefined : rivals.jam
    const either =
      request.signal === undefined && jam === undefined
        ? undefined
        : new EitherSignal().follow(request.signal).follow(over).follow(jam)
    rivals.began()
    try {
      const taken = await take({ ...request, signal: either?.signal ?? over })
      if (isFixed) {
        const refused = taken === null ? await rivals.askAtTimes() : undefined
        if (refused !== undefined) throw refused
      } else if (over.aborted) {
        await releaseReversed(taken ?? [])
        return 'again'
      }
      return taken
    } catch (error) {
      if (!(error instanceof AbortedError))
        throw (isFixed && error instanceof TimeoutError ? await rivals.ask() : undefined) ?? error
      // If the caller has had enough as well, its next request says so.
      if (jam?.aborted === true || (over.aborted && !isFixed)) return 'again'
      throw over.aborted && request.signal?.aborted !== true ? over.reason : error
    } finally {
      rivals.ended()
      either?.end()
    }
  }
}

/** What a semaphore is made of. */
interface Parts {
  readonly locks: Locks
  readonly gate: WantedLock
  readonly permit: WantedLock
}

function partsOf(locks: Locks, name: string, permits: number): Parts {
  return { locks, gate: { name: `${name}#gate`, mode: 'exclusive' }, permit: { name, mode: permits } }
}

/** Waits for the permits; one costs no more than its own request. */
async function takePermits({ locks, gate, permit }: Parts, count: number, request: JointRequest): Promise<Hold[]> {
  if (count === 1) return await acquireInOrder(locks, [permit], request)
  const [collecting] = (await acquireInOrder(locks, [gate], request)) as [Hold]
  try {
    return await acquireTogether(locks, permit, count, request)
  } finally {
    await collecting.release()
  }
}

/** Takes the permits if so many are free now. */
async function tryPermits({ locks, gate, permit }: Parts, count: number, request: JointRequest): Promise<Hold[] | null> {
  const wanted = Array.from({ length: count }, () => permit)
  const taken = await tryInOrder(locks, count === 1 ? wanted : [gate, ...wanted], request)
  if (taken !== null && count > 1) await taken.shift()?.release()
  return taken
}
