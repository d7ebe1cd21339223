/**
 * This file tells all caches of a name which keys were invalidated. Each cache is present under the name, and its meta has a count of its invalidations and the hashes of
 * the last keys; the others compare the count with the one before.
 */
import { hash53 } from '../base/hash.ts'
import type { Locks } from '../port/locks.ts'
import type { LockState, LockWatch } from '../port/watch.ts'
import { Presence } from './presence.ts'
import { timeOf } from './time.ts'

/** So many keys a cache tells at once. One that missed more of them drops all its copies. */
const hashesMax = 64

/** What the news of other caches do at this one. */
export interface NewsReader {
  /** These keys may have been invalidated; null stands for all keys. */
  drop(hashes: ReadonlySet<number> | null): void
  /** No news come any more. */
  failed(error: unknown): void
}

/** By which a key is told. Two keys may have one: then both are dropped. */
export function hashOfKey(key: string): number {
  return hash53(key)
}

export class CacheNews {
  readonly #reader: NewsReader
  readonly #states: LockWatch
  readonly #presence: Presence
  readonly #id: string
  /** The counts of the other caches. */
  readonly #known = new Map<string, number>()
  #hashes: readonly number[] = []
  #count = 0
  #hasState = false

  /** @throws BAD_OPTION if the engine cannot watch. */
  constructor(locks: Locks, lock: string, reader: NewsReader) {
    this.#reader = reader
    this.#states = locks.watch(lock)
    this.#id = `${locks.id}.${Math.floor(timeOf(locks).random() * 2 ** 32).toString(36)}`
    this.#presence = new Presence(locks, lock, this.#meta, () => reader.drop(null))
    void this.#listen()
  }

  /** Whether the news of the others come in: a copy may be used only then. */
  get isListening(): boolean {
    return this.#hasState && this.#presence.isSeen
  }

  /** Resolves when the engine has noted it. Rejects with CLOSED. */
  async tell(key: string): Promise<void> {
    this.#count++
    this.#hashes = [...this.#hashes, hashOfKey(key)].slice(-hashesMax)
    await this.#presence.tell(this.#meta)
  }

  async end(): Promise<void> {
    await this.#states.return()
    await this.#presence.end()
  }

  get #meta(): object {
    return { cache: this.#id, count: this.#count, hashes: this.#hashes }
  }

  async #listen(): Promise<void> {
    try {
      await this.#presence.begin()
      for await (const state of this.#states) {
        this.#see(state)
        this.#hasState = true
      }
    } catch (error) {
      await this.#states.return()
      await this.#presence.end()
      this.#reader.failed(error)
    }
  }

  #see({ held }: LockState): void {
    const dropped = new Set<number>()
    let areAll = false
    const seen = new Set<string>()
    for (const { meta } of held) {
      const news = newsOf(meta)
      if (news === null || news.cache === this.#id) continue
      const { cache, count, hashes } = news
      seen.add(cache)
      const missed = count - (this.#known.get(cache) ?? 0)
      this.#known.set(cache, count)
      if (missed < 0 || missed > hashes.length) areAll = true
      else if (missed > 0) for (const hash of hashes.slice(-missed)) dropped.add(hash)
    }
    for (const cache of this.#known.keys()) {
      if (seen.has(cache)) continue
      // Its last words may not have come.
      this.#known.delete(cache)
      areAll = true
    }
    if (areAll) this.#reader.drop(null)
    else if (dropped.size > 0) this.#reader.drop(dropped)
  }
}

interface News {
  readonly cache: string
  readonly count: number
  readonly hashes: readonly number[]
}

/** Null for the meta of another program that holds a lock of that name. */
function newsOf(meta: unknown): News | null {
  const { cache, count, hashes } = (typeof meta === 'object' && meta !== null ? meta : {}) as Partial<News>
  if (typeof cache !== 'string' || !Number.isSafeInteger(count) || !Array.isArray(hashes)) return null
  return { cache, count: count as number, hashes }
}
