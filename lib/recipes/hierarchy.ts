/** This file has the recipe `hierarchy`: locks whose names are paths, so that a lock of `shop` excludes those of all that is below it. */
import type { Duration } from '../base/duration.ts'
import { BadOptionError } from '../base/errors.ts'
import { shownShortly } from '../base/message-of.ts'
import { Mode, parseMode, type PlainMode } from '../base/mode.ts'
import { checkName } from '../base/names.ts'
import { type OptionTable, takeOptions } from '../base/options.ts'
import { inspectKey, withShape, type InspectArguments } from '../base/shown.ts'
import { holdJson, inspectHold } from '../port/hold-shown.ts'
import type { Hold, HoldJson } from '../port/hold.ts'
import { notRevocable, type RevokeListener } from '../port/revocable.ts'
import type { Locks } from '../port/locks.ts'
import { checkTask, runUnder } from '../port/with-lock.ts'
import { acquireAtOnce, tryInOrder, type WantedLock } from './in-order.ts'
import { JointHold } from './joint-hold.ts'
import { type JointRequest, type RequestOptions, requestTable, takeRequest } from './request.ts'

/** Options of `hierarchy`. */
export interface HierarchyOptions {
  /** What separates the parts of a path. Default: `/`. */
  readonly separator?: string
}

/** Options of a request for a path: those of `acquire`. `mode` is a word, not a number of permits. */
export interface PathOptions extends RequestOptions {
  /** How the path itself is wanted. Default: `exclusive`. */
  readonly mode?: PlainMode
}

/** A hold of a path: of the lock of its whole name, and of the intentions on all that it is a part of. They stand or fall together. */
export interface PathHold extends Hold {
  /** The holds, from the first part of the path to the path itself. Each has the fence of its own lock. */
  readonly parts: readonly Hold[]
}

/** Locks whose names are paths. */
export interface Hierarchy {
  /** What separates the parts of a path. */
  readonly separator: string
  /**
   * The names of the locks of a path: `shop`, `shop/till` and `shop/till/3` for `shop/till/3`.
   *
   * @throws BAD_OPTION (`path`) if it is no name of a lock, or has an empty part, as in `a//b`.
   */
  namesOf(path: string): string[]
  /**
   * Waits for the path. `wait` and `signal` are for the whole call.
   *
   * @throws BAD_OPTION (`path`, `mode` or another option) before any lock is taken; with the option `mode` also if the engine has no intention modes.
   * TIMEOUT that names the lock that was not granted. LOST if a lock was lost while the call waited for a later one. Else the errors of
   * `acquire`. After an error none of the locks is held.
   */
  acquire(path: string, options?: PathOptions): Promise<PathHold>
  /** Resolves to null if one of the locks is not free for this request; then none is held. */
  tryAcquire(path: string, options?: PathOptions): Promise<PathHold | null>
  /** Runs `fn` under the path, as `withLock` of an engine does under a lock. */
  withLock<T>(path: string, fn: (hold: PathHold) => T | Promise<T>): Promise<T>
  withLock<T>(path: string, options: PathOptions, fn: (hold: PathHold) => T | Promise<T>): Promise<T>
}

const hierarchyTable = { separator: checkSeparator } satisfies OptionTable<HierarchyOptions>

/**
 * Makes locks of names that are paths (Gray, Lorie, Putzolu and Traiger 1976, "Granularity of Locks and Degrees of Consistency in a Shared Data
 * Base"). A request for `shop/till/3` takes an intention on `shop` and on `shop/till`, from the root down, and then the lock itself. So a holder
 * of `shop` excludes all requests below it, and two holders below it exclude each other only if they want the same. To read a path takes
 * `intention-shared` on those above it, to write it `intention-exclusive`.
 *
 * All users of the paths must go through a hierarchy with the same separator: a plain `acquire('shop/till/3')` takes no intention.
 *
 * @throws BAD_OPTION for a separator that is no string, empty or longer than 16 characters.
 * @example
 * const tree = hierarchy(locks)
 * await tree.withLock('shop/till/3', (hold) => count(till, { signal: hold.signal }))
 * await tree.withLock('shop', { mode: 'shared' }, () => report(shop))
 */
export function hierarchy(locks: Locks, options?: HierarchyOptions): Hierarchy {
  const { separator = '/' } = takeOptions<HierarchyOptions, typeof hierarchyTable>(
    options === undefined ? {} : options,
    hierarchyTable,
    'hierarchy',
  )
  const acquire = async (path: string, given: PathOptions | undefined, call: string): Promise<PathHold> => {
    const { wanted, mode, request } = readRequest(locks, path, separator, given, call)
    return new HeldPath(await overEngine(path, acquireAtOnce(locks, wanted, request)), mode)
  }
  const tree: Hierarchy = {
    separator,
    namesOf: (path) => namesFrom(path, separator),
    acquire: (path, given) => acquire(path, given, 'acquire'),
    tryAcquire: async (path, given) => {
      const { wanted, mode, request } = readRequest(locks, path, separator, given, 'tryAcquire')
      const parts = await overEngine(path, tryInOrder(locks, wanted, request))
      return parts === null ? null : new HeldPath(parts, mode)
    },
    withLock: async <T>(
      path: string,
      ...rest: [(hold: PathHold) => T | Promise<T>] | [PathOptions, (hold: PathHold) => T | Promise<T>]
    ): Promise<T> => {
      const [given, fn] = rest.length === 2 ? rest : [undefined, rest[0]]
      checkTask(fn)
      return await runUnder(acquire(path, given, 'withLock'), fn)
    },
  }
  return withShape('Hierarchy', tree, () => ({ separator }))
}

const separatorMax = 16

function checkSeparator(separator: unknown): string {
  if (typeof separator === 'string' && separator !== '' && separator.length <= separatorMax) return separator
  const got = shownShortly(separator)
  throw new BadOptionError(`separator must be a string of 1 to ${separatorMax} characters, got ${got}`, { option: 'separator' })
}

function namesFrom(path: string, separator: string): string[] {
  const parts = checkName(path, 'path').split(separator)
  if (parts.includes('')) {
    const what = `path must have no empty part: '${path}' has two '${separator}' beside each other, or one at its end`
    throw new BadOptionError(what, { option: 'path' })
  }
  const names: string[] = []
  for (const part of parts) names.push(names.length === 0 ? part : names.at(-1) + separator + part)
  return names
}

function checkPathMode(mode: unknown): Mode {
  const parsed = parseMode(mode)
  if (!parsed.isCounted) return parsed
  throw new BadOptionError(`a path is locked in a mode that is a word, not as ${parsed}`, { option: 'mode' })
}

const pathTable = { ...requestTable, mode: checkPathMode } satisfies OptionTable<PathOptions>

interface PathRequest {
  readonly wanted: readonly WantedLock[]
  readonly mode: PlainMode
  readonly request: JointRequest
}

function readRequest(locks: Locks, path: string, separator: string, given: PathOptions | undefined, call: string): PathRequest {
  const names = namesFrom(path, separator)
  const taken = takeOptions<PathOptions, typeof pathTable>(given === undefined ? {} : given, pathTable, call)
  const { mode = Mode.exclusive, ...rest } = taken
  const intention = readers.includes(mode.plain) ? 'intention-shared' : 'intention-exclusive'
  const wanted = names.map((name, i) => ({ name, mode: i === names.length - 1 ? mode.plain : intention }) as const)
  return { wanted, mode: mode.plain, request: takeRequest(locks, rest, call) }
}

/** Those that write nothing below them. An upgradable holder will. */
const readers: readonly PlainMode[] = ['shared', 'intention-shared']

/** The engine's own error names its mode, but not what asked for it. */
async function overEngine<T>(path: string, taken: Promise<T>): Promise<T> {
  try {
    return await taken
  } catch (error) {
    if (!(error instanceof BadOptionError) || error.option !== 'mode') throw error
    throw new BadOptionError(`a hierarchy needs the intention modes, and '${path}' was not locked: ${error.message}`, {
      option: 'mode',
      cause: error,
    })
  }
}

class HeldPath extends JointHold implements PathHold {
  readonly parts: readonly Hold[]
  readonly name: string
  readonly mode: PlainMode
  readonly fence: bigint

  constructor(parts: readonly Hold[], mode: PlainMode) {
    const { name, fence } = parts.at(-1) as Hold
    super(parts, name)
    this.parts = Object.freeze([...parts])
    this.name = name
    this.mode = mode
    this.fence = fence
  }

  override check(margin?: Duration): void {
    super.check()
    if (margin !== undefined) for (const part of this.parts) part.check(margin)
  }

  async ensure(time: Duration): Promise<void> {
    this.check()
    await Promise.all(this.parts.map((part) => part.ensure(time)))
    // A part may have been lost while another one was renewed.
    this.check()
  }

  /** What is told of the leaf. */
  async setMeta(meta: unknown): Promise<void> {
    this.check()
    await (this.parts.at(-1) as Hold).setMeta(meta)
  }

  /** Its parts would be asked one by one, so none of them can be. */
  onRevoke(_listener: RevokeListener): () => void {
    throw notRevocable(this.name)
  }

  toJSON(): HoldJson {
    return holdJson(this)
  }

  [inspectKey](...args: InspectArguments): string {
    return inspectHold('PathHold', this, args)
  }
}
