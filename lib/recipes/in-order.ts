/** This file acquires several locks, in order or at once: all of them or none, within one deadline and under one signal. */
import { type HoldfastError, TimeoutError } from '../base/errors.ts'
import type { PlainMode } from '../base/mode.ts'
import type { Signal } from '../base/platform.ts'
import type { AcquireOptions } from '../port/acquire-options.ts'
import type { Hold } from '../port/hold.ts'
import type { Locks } from '../port/locks.ts'
import { EitherSignal } from './either-signal.ts'
import { lossIn, releaseReversed } from './joint-hold.ts'
import type { JointRequest } from './request.ts'

/** How many requests a call has at a time; for permits of one lock a node asks others for as many. */
const togetherMax = 32

/** A lock that is wanted, and how. */
export interface WantedLock {
  readonly name: string
  readonly mode: PlainMode
}

/**
 * Takes the locks in this order. If one cannot be had, releases those that it has, the last one first.
 *
 * @throws the error of the first lock that could not be had; LOST if a lock was lost while the call waited for a later one.
 */
export async function acquireInOrder(locks: Locks, wanted: readonly WantedLock[], request: JointRequest): Promise<Hold[]> {
  return (await takeInOrder(locks, 'acquire', wanted, request)) as Hold[]
}

/** The same with `tryAcquire`: null, and no lock is held, if one of them is not free. */
export async function tryInOrder(locks: Locks, wanted: readonly WantedLock[], request: JointRequest): Promise<Hold[] | null> {
  return await takeInOrder(locks, 'tryAcquire', wanted, request)
}

async function takeInOrder(
  locks: Locks,
  call: 'acquire' | 'tryAcquire',
  wanted: readonly WantedLock[],
  request: JointRequest,
): Promise<Hold[] | null> {
  const holds: Hold[] = []
  const watch = wanted.length > 1 ? new LossWatch(locks, holds, request.signal) : null
  try {
    for (const { name, mode } of wanted) {
      holds.at(-1)?.check()
      const signal = holds.length === 0 ? request.signal : watch?.signal
      const wait = waitLeft(request)
      const hold = await locks[call](name, optionsOf(request, mode, signal, wait))
      if (hold === null) {
        await releaseReversed(holds)
        return null
      }
      holds.push(hold)
    }
    for (const hold of holds) hold.check()
    return holds
  } catch (error) {
    const told = lossIn(holds) ?? (isTimeout(error) ? lateFor(wanted, holds.length, request, error) : error)
    await releaseReversed(holds)
    throw told
  } finally {
    watch?.end()
  }
}

/**
 * Takes the locks at once if all are free, and else in this order. A try does not queue, so that a call which waits for one lock has none that comes
 * after it: two calls that did would wait for each other.
 */
export async function acquireAtOnce(locks: Locks, wanted: readonly WantedLock[], request: JointRequest): Promise<Hold[]> {
  if (wanted.length > 1 && wanted.length <= togetherMax) {
    const free = await tryAtOnce(locks, wanted, request)
    if (free !== null) return free
  }
  return await acquireInOrder(locks, wanted, request)
}

/** Null if a lock was not free, was lost meanwhile, or could not be tried: the requests in order tell why. */
async function tryAtOnce(locks: Locks, wanted: readonly WantedLock[], request: JointRequest): Promise<Hold[] | null> {
  const wait = waitLeft(request)
  const attempt = async ({ name, mode }: WantedLock): Promise<Hold | null> => {
    try {
      return await locks.tryAcquire(name, optionsOf(request, mode, request.signal, wait))
    } catch {
      return null
    }
  }
  const holds = (await Promise.all(wanted.map(attempt))).filter((hold) => hold !== null)
  if (holds.length === wanted.length && lossIn(holds) === undefined) return holds
  await releaseReversed(holds)
  return null
}

/**
 * Takes so many permits of one lock, with several requests at a time. If one cannot be had, releases those that it has.
 *
 * @throws the first error of a request; LOST if a permit was lost while the call waited for the others.
 */
export async function acquireTogether(locks: Locks, permit: WantedLock, count: number, request: JointRequest): Promise<Hold[]> {
  const holds: Hold[] = []
  const watch = new LossWatch(locks, holds, request.signal)
  const failures: unknown[] = []
  const take = async (wait: number | undefined): Promise<void> => {
    try {
      const { signal } = watch
      holds.push(await locks.acquire(permit.name, optionsOf(request, permit.mode, signal, wait)))
    } catch (error) {
      failures.push(error)
      watch.give(error)
    }
  }
  try {
    while (holds.length < count && failures.length === 0) {
      const wait = waitLeft(request)
      await Promise.all(Array.from({ length: Math.min(togetherMax, count - holds.length) }, () => take(wait)))
    }
    if (failures.length > 0) throw failures[0]
    for (const hold of holds) hold.check()
    return holds
  } catch (error) {
    const told = lossIn(holds) ?? error
    await releaseReversed(holds)
    if (!isTimeout(told)) throw told
    const late = `of ${count} permits of '${permit.name}' only ${holds.length} were granted within ${request.waitMs} ms of the call`
    throw new TimeoutError(`${late}; they were given back`, { cause: told })
  } finally {
    watch.end()
  }
}

/**
 * Ends the wait for a lock when one that is held is lost. The events of the engine tell that: the signal of each hold would cost more than the
 * grant of a lock that rests here.
 */
class LossWatch {
  private readonly either = new EitherSignal()
  private readonly stop: () => void

  constructor(locks: Locks, holds: readonly Hold[], signal: Signal | undefined) {
    this.either.follow(signal)
    this.stop = locks.on('lockLost', ({ lock, fence }) => {
      if (holds.some((hold) => hold.name === lock && hold.fence === fence)) this.either.abort(lossIn(holds))
    })
  }

  get signal(): Signal {
    return this.either.signal
  }

  /** Ends the wait. */
  give(reason: unknown): void {
    this.either.abort(reason)
  }

  end(): void {
    this.stop()
    this.either.end()
  }
}

function optionsOf(
  { each }: JointRequest,
  mode: PlainMode,
  signal: Signal | undefined,
  wait: number | undefined,
): AcquireOptions {
  return { ...each, mode, ...(signal === undefined ? {} : { signal }), ...(wait === undefined ? {} : { wait }) }
}

/** What is left of the call's `wait`, for its next request; undefined if it waits for ever. */
function waitLeft({ waitMs, deadline }: JointRequest): number | undefined {
  if (waitMs === undefined) return undefined
  const leftMs = deadline.remainingMs
  if (leftMs <= 0) throw new TimeoutError('the deadline passed before the request')
  return leftMs
}

function isTimeout(error: unknown): error is HoldfastError {
  return error instanceof TimeoutError
}

/** The engine's own error names the rest of the time only. */
function lateFor(wanted: readonly WantedLock[], at: number, { waitMs }: JointRequest, cause: unknown): HoldfastError {
  const name = wanted[at]?.name
  const place = wanted.length === 1 ? '' : `, number ${at + 1} of ${wanted.length},`
  const rest = at === 0 ? '' : `; those before it were released`
  return new TimeoutError(`the lock '${name}'${place} was not granted within ${waitMs} ms of the call${rest}`, { cause })
}
