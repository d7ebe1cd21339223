/** This file has the recipe `cached`: copies of stored values in each process, which one process loads when they are missing, and which all drop when one is invalidated. */
import { type Duration, parseDuration, waitFrom } from '../base/duration.ts'
import { BadOptionError } from '../base/errors.ts'
import { checkName } from '../base/names.ts'
import { checkFunction, wholeNumberFrom } from '../base/option-checks.ts'
import { type OptionTable, takeOptions } from '../base/options.ts'
import { closedError } from '../port/errors.ts'
import type { Hold } from '../port/hold.ts'
import type { Locks } from '../port/locks.ts'
import type { EngineTime } from '../port/time.ts'
import { CacheNews, hashOfKey } from './cache-news.ts'
import { checkGroup } from './presence.ts'
import { type RequestOptions, requestTable } from './request.ts'
import { timeOf } from './time.ts'

/** Options of `cached`. `wait`, `signal` and `priority` are for each request of a key's lock. */
export interface CachedOptions<Value> extends RequestOptions {
  /** How long a copy in a process is used before the store is asked again. */
  readonly ttl: Duration
  /** How long after its `ttl` a copy may still be given, while it is renewed in the background. Default: 0. */
  readonly stale?: Duration
  /** The most copies in a process; the one unused for longest goes first. Default: 1,000. */
  readonly max?: number
  /** Reads the value of a key from the store that all processes share; undefined or null if there is none, or it is too old. */
  readonly get: (key: string) => Value | null | undefined | Promise<Value | null | undefined>
  /** Makes the value of a key. Runs under the key's lock. */
  readonly load: (key: string, hold: Hold) => Value | Promise<Value>
  /** Stores the value of a key. Runs under the key's lock; the store may refuse a stale `hold.fence`. */
  readonly set: (key: string, value: Value, hold: Hold) => unknown
  /** Removes the value of a key from the store. Runs under the key's lock. */
  readonly remove: (key: string, hold: Hold) => unknown
}

/** A cache in this process, in front of a store that all processes share. */
export interface Cached<Value> extends AsyncDisposable {
  /** The name of the cache: all processes give the same one. */
  readonly name: string
  /** How many copies this process has. */
  readonly size: number
  /**
   * The value of a key: this process's copy, the stored value, or one that is loaded.
   *
   * @throws an error of `get`, `load` or `set` unchanged. LOST if the key's lock was lost before the value was stored. CLOSED. BAD_OPTION if the algorithm has no shared mode. Else the errors of `acquire`.
   */
  get(key: string): Promise<Value>
  /**
   * Removes the value from the store and all copies. Call it after the change of what `load` reads. It waits for a process that loads the key.
   *
   * @throws an error of `remove` unchanged, and then nothing was told. Else the errors of `acquire`; LOST if the key's lock was lost before the value was removed.
   */
  invalidate(key: string): Promise<void>
  /** Drops the copies and tells and hears no more. Never rejects. */
  close(): Promise<void>
}

interface Copy<Value> {
  readonly value: Value
  /** When the store was asked for it. */
  readonly readMs: number
}

interface Flight<Value> {
  readonly value: Promise<Value>
  /** Whether what it brings may be kept: not if the key may have been invalidated meanwhile. */
  readonly mark: { isCurrent: boolean }
}

const cachedTable = {
  ...requestTable,
  ttl: waitFrom('without a time in which copies are used there is nothing to keep; use singleFlight'),
  stale: parseDuration,
  max: wholeNumberFrom(1),
  get: checkFunction,
  load: checkFunction,
  set: checkFunction,
  remove: checkFunction,
} satisfies OptionTable<CachedOptions<unknown>>

/**
 * Keeps copies of stored values in this process. When a value is missing in the store, one process of all loads it; the others wait for it, or give their copy as long as it
 * may be `stale`. `invalidate` removes a value from the store and from all processes.
 *
 * What is promised: no process gives a copy later than `ttl` (and `stale`) after the store was asked for it. When `invalidate` has resolved, this process gives no older value. Another process drops its copy when
 * it hears of it, which takes as long as a message. If the process that invalidates dies before it was heard, the others drop all copies when they see that it is gone. A process that is cut off
 * uses no copies once two thirds of its session have passed, and when it is back it has none.
 *
 * @throws BAD_OPTION that names the option, also if the engine cannot watch; CLOSED.
 * @example
 * await using rates = cached<Rate>(locks, 'rates', {
 *   ttl: '1m',
 *   get: (key) => redis.get(key), set: (key, rate) => redis.set(key, rate, { PX: 3_600_000 }), remove: (key) => redis.del(key),
 *   load: (key) => fetchRate(key),
 * })
 * const rate = await rates.get('eur')
 */
export function cached<Value>(locks: Locks, name: string, options: CachedOptions<Value>): Cached<Value> {
  checkGroup(name, 'name')
  const given = takeOptions<CachedOptions<Value>, typeof cachedTable>(options, cachedTable, 'cached')
  for (const option of ['ttl', 'get', 'load', 'set', 'remove'] as const)
    if (given[option] === undefined) throw new BadOptionError(`cached needs the option ${option}`, { option })
  return new ProcessCache(locks, name, given as Parameters<typeof settingsOf<Value>>[0])
}

function settingsOf<Value>(given: CachedOptions<Value> & { readonly ttl: number; readonly stale?: number }) {
  const { ttl, stale = 0, max = 1_000, get, load, set, remove, ...request } = given
  return { ttlMs: ttl, staleMs: stale, max, store: { get, load, set, remove }, request }
}

class ProcessCache<Value> implements Cached<Value> {
  readonly name: string
  readonly #locks: Locks
  readonly #time: EngineTime
  readonly #settings: ReturnType<typeof settingsOf<Value>>
  readonly #news: CacheNews
  /** The one unused for longest comes first. */
  readonly #copies = new Map<string, Copy<Value>>()
  readonly #flights = new Map<string, Flight<Value>>()
  #failure: { readonly error: unknown } | undefined

  constructor(locks: Locks, name: string, given: Parameters<typeof settingsOf<Value>>[0]) {
    this.name = name
    this.#locks = locks
    this.#time = timeOf(locks)
    this.#settings = settingsOf(given)
    this.#news = new CacheNews(locks, checkName(`${name}#caches`, 'name'), {
      drop: (hashes) => this.#drop(hashes),
      failed: (error) => this.#fail(error),
    })
  }

  get size(): number {
    return this.#copies.size
  }

  async get(key: string): Promise<Value> {
    this.#lockOf(key)
    if (this.#failure !== undefined) throw this.#failure.error
    const copy = this.#news.isListening ? this.#copies.get(key) : undefined
    if (copy === undefined) return await this.#flight(key)
    const { ttlMs, staleMs } = this.#settings
    const ageMs = this.#time.nowMs() - copy.readMs
    if (ageMs >= ttlMs + staleMs) return await this.#flight(key)
    // An error is told to the caller that finds no copy.
    if (ageMs >= ttlMs) this.#flight(key).catch(() => {})
    this.#copies.delete(key)
    this.#copies.set(key, copy)
    return copy.value
  }

  async invalidate(key: string): Promise<void> {
    const lock = this.#lockOf(key)
    if (this.#failure !== undefined) throw this.#failure.error
    const { request, store } = this.#settings
    await this.#locks.withLock(lock, request, (hold) => store.remove(key, hold))
    this.#drop(new Set([hashOfKey(key)]))
    await this.#news.tell(key)
  }

  async close(): Promise<void> {
    this.#fail(closedError(`the cache '${this.name}' was closed`))
    await this.#news.end()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #lockOf(key: string): string {
    checkName(key, 'key')
    return checkName(`${this.name}/${key}`, 'key')
  }

  /** The value from the store, or loaded. Calls of one key share one outcome. */
  #flight(key: string): Promise<Value> {
    const known = this.#flights.get(key)
    if (known !== undefined) return known.value
    const mark = { isCurrent: this.#news.isListening }
    const value = this.#fetch(key, mark).finally(() => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key)
    })
    const flight = { value, mark }
    this.#flights.set(key, flight)
    return value
  }

  async #fetch(key: string, mark: { readonly isCurrent: boolean }): Promise<Value> {
    const { store, request } = this.#settings
    let readMs = this.#time.nowMs()
    let value = await store.get(key)
    value ??= await this.#locks.withLock(this.#lockOf(key), request, async (hold) => {
      readMs = this.#time.nowMs()
      const stored = await store.get(key)
      if (stored !== undefined && stored !== null) return stored
      hold.check()
      const loaded = await store.load(key, hold)
      hold.check()
      await store.set(key, loaded, hold)
      return loaded
    })
    if (mark.isCurrent && value !== undefined && value !== null) this.#keep(key, { value, readMs })
    return value
  }

  #keep(key: string, copy: Copy<Value>): void {
    this.#copies.delete(key)
    this.#copies.set(key, copy)
    if (this.#copies.size <= this.#settings.max) return
    for (const oldest of this.#copies.keys()) {
      this.#copies.delete(oldest)
      return
    }
  }

  /** Also a flight that is under way: its value may be the old one, so it is not kept, and a later call does not share it. */
  #drop(hashes: ReadonlySet<number> | null): void {
    for (const key of this.#copies.keys()) if (hashes?.has(hashOfKey(key)) !== false) this.#copies.delete(key)
    for (const [key, { mark }] of this.#flights) {
      if (hashes?.has(hashOfKey(key)) === false) continue
      mark.isCurrent = false
      this.#flights.delete(key)
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
    this.#drop(null)
  }
}
