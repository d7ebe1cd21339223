/** This file has the recipes `announce`, `discover` and `observeService`: members of a service that tell their tags, and are found by them as long as they live. */
import { type Duration, waitFrom } from '../base/duration.ts'
import { BadOptionError } from '../base/errors.ts'
import { isPlainPrototype } from '../base/foreign.ts'
import { messageOf, shownShortly } from '../base/message-of.ts'
import { checkSignal } from '../base/option-checks.ts'
import { type OptionTable, takeOptions } from '../base/options.ts'
import type { Signal } from '../base/platform.ts'
import { inspectAs, inspectKey, jsonSafe, type InspectArguments } from '../base/shown.ts'
import { compareUtf8 } from '../base/utf8-order.ts'
import type { Locks } from '../port/locks.ts'
import type { HeldReport } from '../port/reports.ts'
import type { LockState, LockWatch, WatchOptions } from '../port/watch.ts'
import { checkGroup, Presence } from './presence.ts'

/** What a member tells of itself: plain data of at most about 1,000 bytes in all. */
export type Tags = Readonly<Record<string, unknown>>

/** A member that was found. */
export interface ServiceMember {
  /** The client that announced it: the `id` of its `Locks`. */
  readonly id: string
  /** What it announced last. */
  readonly tags: Tags
}

/** Which members are meant: those whose tags have these values, or those for which the function returns true. */
export type ServiceFilter = Tags | ((tags: Tags) => boolean)

/** Options of `announce`. */
export interface AnnounceOptions {
  /** How long to wait until the others can see it; then TIMEOUT or NO_QUORUM. Default: for ever. */
  readonly wait?: Duration
  /** Ends the wait (ABORTED). Afterwards it has no effect. */
  readonly signal?: Signal
}

/** An announcement, as long as it is not withdrawn. */
export interface Announcement extends AsyncDisposable {
  /** The name of the service. */
  readonly name: string
  /** What was announced last. */
  readonly tags: Tags
  /** False while this client is cut off from the others, and after `withdraw`. The announcement comes back by itself. */
  readonly isSeen: boolean
  /** Announces other tags. Resolves when the engine has noted them, or, while this client is cut off, when it is back. Rejects with BAD_OPTION, CLOSED or NOT_OWNER. */
  update(tags: Tags): Promise<void>
  /** Withdraws it. It may be called again. Never rejects. */
  withdraw(): Promise<void>
}

/** The members of a service, as a list at each change. It may skip lists, but not the latest. */
export interface ServiceWatch extends AsyncIterable<readonly ServiceMember[]>, AsyncDisposable {
  /** The next list. Rejects once with what ended it: ABORTED, CLOSED, OVERLOADED, or an error of the filter. */
  next(): Promise<IteratorResult<readonly ServiceMember[], undefined>>
  /** Ends it. */
  return(): Promise<IteratorResult<readonly ServiceMember[], undefined>>
  [Symbol.asyncIterator](): ServiceWatch
}

const announceTable = {
  wait: waitFrom('leave it out to wait for ever'),
  signal: checkSignal,
} satisfies OptionTable<AnnounceOptions>

/**
 * Announces this client as a member of a service. It is found until it is withdrawn, its client is closed, or its process dies. A client that was cut off is
 * found again when it is back.
 *
 * The announcement is a shared hold of the lock `name`: no code should take that lock exclusively. Withdraw it before `close`, which would wait for it.
 *
 * @param tags a plain object
 * @throws BAD_OPTION, also if the engine cannot watch or has no shared mode. Else the errors of `acquire`, and then nothing is announced.
 * @example await using announced = await announce(locks, 'api', { version: 3, url: 'http://10.0.0.2:8080' })
 */
export async function announce(locks: Locks, name: string, tags: Tags, options: AnnounceOptions = {}): Promise<Announcement> {
  watchFor(locks, name)
  const request = takeOptions<AnnounceOptions, typeof announceTable>(options, announceTable, 'announce')
  const taken = takeTags(tags, 'tags')
  const presence = new Presence(locks, name, { tags: taken })
  await presence.begin(request)
  return new Announced(name, presence, taken)
}

/**
 * The members of a service at this moment, in the order of their ids.
 *
 * @throws BAD_OPTION, also if the engine cannot watch; CLOSED; an error of the filter unchanged.
 * @example const [api] = await discover(locks, 'api', { version: 3 })
 */
export async function discover(locks: Locks, name: string, filter?: ServiceFilter): Promise<readonly ServiceMember[]> {
  watchFor(locks, name)
  const fits = takeFilter(filter)
  const { held } = await locks.query(name)
  return membersIn(held, fits)
}

/**
 * The members of a service, first those of this moment and then again at each change that the filter lets through.
 *
 * @throws BAD_OPTION, also if the engine cannot watch; CLOSED.
 * @example for await (const members of observeService(locks, 'api', { version: 3 })) balancer.use(members.map(({ tags }) => tags.url))
 */
export function observeService(locks: Locks, name: string, filter?: ServiceFilter, options?: WatchOptions): ServiceWatch {
  const fits = takeFilter(filter)
  return new ServiceMembers(watchFor(locks, name, options), fits)
}

/** An engine that cannot watch tells the holds of its own client alone, so it says so before anything is asked. */
function watchFor(locks: Locks, name: string, options?: WatchOptions): LockWatch {
  return locks.watch(checkGroup(name, 'name'), options)
}

class Announced implements Announcement {
  readonly name: string
  readonly #presence: Presence
  #tags: Tags

  constructor(name: string, presence: Presence, tags: Tags) {
    this.name = name
    this.#presence = presence
    this.#tags = tags
  }

  get tags(): Tags {
    return this.#tags
  }

  get isSeen(): boolean {
    return this.#presence.isSeen
  }

  async update(tags: Tags): Promise<void> {
    const taken = takeTags(tags, 'tags')
    await this.#presence.tell({ tags: taken })
    this.#tags = taken
  }

  withdraw(): Promise<void> {
    return this.#presence.end()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.withdraw()
  }

  toJSON(): object {
    const { name, tags, isSeen } = this
    return { name, tags: jsonSafe(tags), isSeen }
  }

  [inspectKey](...args: InspectArguments): string {
    const { name, tags, isSeen } = this
    return inspectAs('Announcement', { name, tags, isSeen }, ...args)
  }
}

class ServiceMembers implements ServiceWatch {
  readonly #states: LockWatch
  readonly #fits: (tags: Tags) => boolean
  /** The step before: steps are answered in their order. */
  #latest: Promise<unknown> = Promise.resolve()
  #told: string | undefined

  constructor(states: LockWatch, fits: (tags: Tags) => boolean) {
    this.#states = states
    this.#fits = fits
  }

  next(): Promise<IteratorResult<readonly ServiceMember[], undefined>> {
    const step = this.#latest.then(() => this.#step())
    this.#latest = step.catch(() => {})
    return step
  }

  async return(): Promise<IteratorResult<readonly ServiceMember[], undefined>> {
    await this.#states.return()
    return { done: true, value: undefined }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  [Symbol.asyncIterator](): ServiceWatch {
    return this
  }

  async #step(): Promise<IteratorResult<readonly ServiceMember[], undefined>> {
    for (;;) {
      const { done, value } = await this.#states.next()
      if (done === true) return { done, value: undefined }
      const members = await this.#membersIn(value)
      const text = JSON.stringify(jsonSafe(members))
      if (text === this.#told) continue
      this.#told = text
      return { done: false, value: members }
    }
  }

  async #membersIn({ held }: LockState): Promise<ServiceMember[]> {
    try {
      return membersIn(held, this.#fits)
    } catch (error) {
      await this.#states.return()
      throw error
    }
  }
}

function membersIn(held: readonly HeldReport[], fits: (tags: Tags) => boolean): ServiceMember[] {
  return held
    .flatMap(({ holder, owner, meta }) => {
      const tags = (meta as { readonly tags?: unknown } | null | undefined)?.tags
      // Another program may hold a lock of that name, with a meta of its own.
      return typeof tags === 'object' && tags !== null ? [{ id: holder, owner, tags: tags as Tags }] : []
    })
    .filter(({ tags }) => fits(tags))
    .sort((a, b) => compareUtf8(a.id, b.id) || a.owner - b.owner)
    .map(({ id, tags }) => ({ id, tags }))
}

function takeTags(tags: unknown, option: string): Tags {
  try {
    if (isPlainObject(tags)) return copyOf(tags, option, 0) as Tags
  } catch (cause) {
    if (cause instanceof BadOptionError) throw cause
    throw new BadOptionError(`${option} cannot be read: ${messageOf(cause)}`, { option, cause })
  }
  throw new BadOptionError(`${option} must be a plain object, got ${shownShortly(tags)}`, { option })
}

/** Deeper data do not travel. */
const depthMax = 32

/** A copy of the lists and plain objects. What else there is, the engine checks. */
function copyOf(value: unknown, option: string, depth: number): unknown {
  const isList = Array.isArray(value)
  if (!isList && !isPlainObject(value)) return value
  if (depth > depthMax)
    throw new BadOptionError(`${option} must be plain data: it is nested deeper than ${depthMax}, or contains itself`, { option })
  if (isList) return Object.freeze(value.map((each) => copyOf(each, option, depth + 1)))
  return Object.freeze(Object.fromEntries(Object.entries(value).map(([key, each]) => [key, copyOf(each, option, depth + 1)])))
}

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && isPlainPrototype(Object.getPrototypeOf(value))
}

function takeFilter(filter: ServiceFilter | undefined): (tags: Tags) => boolean {
  if (filter === undefined) return () => true
  if (typeof filter === 'function')
    return (tags) => {
      const fits: unknown = filter(tags)
      if (typeof fits === 'boolean') return fits
      throw new BadOptionError(`filter must return true or false, got ${shownShortly(fits)}`, { option: 'filter' })
    }
  const wanted = takeTags(filter, 'filter')
  return (tags) => Object.keys(wanted).every((tag) => Object.hasOwn(tags, tag) && isEqual(wanted[tag], tags[tag]))
}

/** Whether two values of plain data are the same. */
function isEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && isEqual(a[key as keyof typeof a], b[key as keyof typeof b]))
  )
}
