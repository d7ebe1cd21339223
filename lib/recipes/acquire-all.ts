/** This file has the recipe `acquireAll`: several locks at once, all of them or none. */
import { BadOptionError } from '../base/errors.ts'
import { shownShortly } from '../base/message-of.ts'
import { Mode, type ModeOption, parseMode } from '../base/mode.ts'
import { checkName } from '../base/names.ts'
import { takeParts } from '../base/options.ts'
import type { Signal } from '../base/platform.ts'
import { inspectAs, inspectKey, type InspectArguments } from '../base/shown.ts'
import { compareUtf8 } from '../base/utf8-order.ts'
import type { Hold, HoldJson, HoldState, ReleaseOutcome } from '../port/hold.ts'
import type { Locks } from '../port/locks.ts'
import { checkTask, runUnder } from '../port/with-lock.ts'
import { acquireInOrder, tryInOrder, type WantedLock } from './in-order.ts'
import { JointHold } from './joint-hold.ts'
import { type RequestOptions, takeRequest } from './request.ts'

/** A lock for `acquireAll`: its name, or its name and the mode in which it is wanted. */
export type LockWanted =
  | string
  | {
      /** The name of the lock. */
      readonly name: string
      /** The mode in which it is wanted. Default: `exclusive`. */
      readonly mode?: ModeOption
    }

/** Holds of several locks that were acquired together. They stand or fall together. */
export interface HoldGroup extends AsyncDisposable {
  /** The holds, in the order in which the caller named the locks. */
  readonly holds: readonly Hold[]
  /** Their fences, in the same order. */
  readonly fences: readonly bigint[]
  /** Aborted, with the LOST error as its reason, when the first of the holds is lost. */
  readonly signal: Signal
  /** `lost` if one of the holds is lost, `released` if one was released, `suspect` if one is suspect. */
  readonly state: HoldState
  /** Throws LOST if one of the holds is lost, NOT_OWNER if one was released. */
  check(): void
  /**
   * Releases all of them, the one acquired last first. Resolves to `lost` if one was lost before. Never rejects. Call it also after a loss: the other
   * locks stay taken until then.
   */
  release(): Promise<ReleaseOutcome>
  /** What `JSON.stringify` shows of it. */
  toJSON(): HoldGroupJson
}

/** Holds of several locks as plain data. */
export interface HoldGroupJson {
  /** The holds. */
  readonly holds: readonly HoldJson[]
  /** The state of all together. */
  readonly state: HoldState
}

/**
 * Acquires several locks: all of them, or none. They are acquired one after the other in the order of their names' UTF-8 bytes, whatever order the
 * caller gives, so that two callers do not deadlock. `wait` and `signal` are for the whole call. If one lock cannot be had, the others are
 * released, the last one first.
 *
 * Deadlocks remain possible for a caller that holds one of these locks, or any other, before the call.
 *
 * @param names the locks: names, or `{ name, mode }`
 * @throws BAD_OPTION for an empty list, a name that is there twice, and a wrong option, before any lock is taken. TIMEOUT that names the lock that was not
 * granted. LOST if a lock was lost while the call waited for a later one. Else the error of `acquire` of the first lock that cannot be had.
 * @example
 * await using holds = await acquireAll(locks, ['account/alice', { name: 'rates', mode: 'shared' }], { wait: '5s' })
 * await store.transfer(amount, { fences: holds.fences, signal: holds.signal })
 */
export async function acquireAll(locks: Locks, names: Iterable<LockWanted>, options?: RequestOptions): Promise<HoldGroup> {
  const wanted = wantedFrom(names)
  const request = takeRequest(locks, options, 'acquireAll')
  return togetherOf(wanted, await acquireInOrder(locks, canonical(wanted), request))
}

/**
 * The same with `tryAcquire`: resolves to null, with no lock held, if one of them has another holder or waiter.
 *
 * @throws BAD_OPTION as `acquireAll`; else the error of `tryAcquire` of the first lock that cannot be tried.
 * @example const holds = await tryAcquireAll(locks, ['account/alice', 'account/bob'])
 */
export async function tryAcquireAll(
  locks: Locks,
  names: Iterable<LockWanted>,
  options?: RequestOptions,
): Promise<HoldGroup | null> {
  const wanted = wantedFrom(names)
  const taken = await tryInOrder(locks, canonical(wanted), takeRequest(locks, options, 'tryAcquireAll'))
  return taken === null ? null : togetherOf(wanted, taken)
}

/** The one order in which all callers take locks. */
function canonical(wanted: readonly WantedLock[]): WantedLock[] {
  return wanted.toSorted((a, b) => compareUtf8(a.name, b.name))
}

function togetherOf(wanted: readonly WantedLock[], taken: readonly Hold[]): HoldGroup {
  const byName = new Map(taken.map((hold) => [hold.name, hold]))
  return new HeldTogether(
    taken,
    wanted.map(({ name }) => byName.get(name) as Hold),
  )
}

/**
 * Runs `fn` under several locks, as `withLock` does under one: acquires them as `acquireAll` does, and releases them, also after an error.
 *
 * @throws the errors of `acquireAll`; an error of `fn` unchanged; LOST if `fn` succeeded but one of its holds was lost before it ended.
 * @example await withLocks(locks, ['account/alice', 'account/bob'], async ({ fences }) => transfer(10, fences))
 */
export function withLocks<T>(locks: Locks, names: Iterable<LockWanted>, fn: (holds: HoldGroup) => T | Promise<T>): Promise<T>
export function withLocks<T>(
  locks: Locks,
  names: Iterable<LockWanted>,
  options: RequestOptions,
  fn: (holds: HoldGroup) => T | Promise<T>,
): Promise<T>
export async function withLocks<T>(
  locks: Locks,
  names: Iterable<LockWanted>,
  ...rest: [(holds: HoldGroup) => T | Promise<T>] | [RequestOptions, (holds: HoldGroup) => T | Promise<T>]
): Promise<T> {
  const [options, fn] = rest.length === 2 ? rest : [undefined, rest[0]]
  checkTask(fn, 'withLocks')
  return await runUnder(acquireAll(locks, names, options), fn)
}

function wantedFrom(names: Iterable<LockWanted>): WantedLock[] {
  if (typeof names === 'string' || typeof (names as Iterable<unknown> | null | undefined)?.[Symbol.iterator] !== 'function')
    throw bad(`names must be a list of locks, got ${shownShortly(names)}`)
  const wanted = Array.from(names, wantedOf)
  if (wanted.length === 0) throw bad('names must name at least one lock')
  const known = new Set<string>()
  for (const { name } of wanted) {
    if (known.has(name)) throw bad(`names has '${name}' twice: name each lock once, in the mode that allows all you do`)
    known.add(name)
  }
  return wanted
}

const table = { name: checkName, mode: parseMode }

function wantedOf(wanted: LockWanted): WantedLock {
  if (typeof wanted === 'string') return { name: checkName(wanted, 'names'), mode: 'exclusive' }
  if (typeof wanted !== 'object' || wanted === null)
    throw bad(`names must have names of locks, or { name, mode }, got ${shownShortly(wanted)}`)
  const { name, mode } = takeParts<Exclude<LockWanted, string>, typeof table>(wanted, table, 'names')
  return { name: checkName(name, 'names'), mode: (mode ?? Mode.exclusive).plain }
}

function bad(problem: string): BadOptionError {
  return new BadOptionError(problem, { option: 'names' })
}

class HeldTogether extends JointHold implements HoldGroup {
  readonly holds: readonly Hold[]

  constructor(taken: readonly Hold[], holds: readonly Hold[]) {
    super(taken, holds.map(({ name }) => name).join("', '"))
    this.holds = Object.freeze(holds)
  }

  get fences(): readonly bigint[] {
    return this.holds.map(({ fence }) => fence)
  }

  toJSON(): HoldGroupJson {
    return { holds: this.holds.map((hold) => hold.toJSON()), state: this.state }
  }

  [inspectKey](...args: InspectArguments): string {
    const { holds, state } = this
    return inspectAs('HoldGroup', { holds, state }, ...args)
  }
}
