/** This file has the recipe `lockLevels`: locks that are taken in the order of declared levels, or not at all. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { BadOptionError, LockOrderError } from '../base/errors.ts'
import { shownShortly } from '../base/message-of.ts'
import { checkName, matchesPattern } from '../base/names.ts'
import { checkFinite } from '../base/option-checks.ts'
import { readingOptions } from '../base/options.ts'
import { inspectAs, inspectKey, type InspectArguments } from '../base/shown.ts'
import type { AcquireOptions } from '../port/acquire-options.ts'
import type { CloseOptions } from '../port/close-options.ts'
import type { LockEventOf, LockEventType } from '../port/events.ts'
import type { Hold } from '../port/hold.ts'
import type { Locks } from '../port/locks.ts'
import type { LockWatch, WatchOptions } from '../port/watch.ts'
import type { QueryOptions } from '../port/query-options.ts'
import type { QueryReport } from '../port/reports.ts'
import { closingKey, type OnClosing, onClosingOf } from '../port/closing.ts'
import { type EngineTime, timeKey } from '../port/time.ts'
import { checkTask } from '../port/with-lock.ts'
import { timeOf } from './time.ts'

/** The level of each lock, by patterns of names (`*` stands for any characters). The first pattern that fits counts. */
export type LevelsByPattern = Readonly<Record<string, number>>

/** A lock under which code runs. */
interface Step {
  readonly name: string
  readonly level: number
  /** The one around it. */
  readonly outer: Step | undefined
  /** Its `withLock` has ended, and what that started may go on. */
  isOver: boolean
}

/**
 * The same locks, for code that takes them in rising levels. In the function of a `withLock`, and in all that it calls and awaits, a request for a lock
 * whose level is not above that of the lock around it rejects with LOCK_ORDER, before anything is taken. So code that could deadlock fails in the first
 * test that runs it, and not when two processes meet.
 *
 * Two locks of one level must be taken together, with `acquireAll`. Locks that no pattern fits have no level: they are not checked. A hold that `acquire`
 * gave is checked when it is asked for, but has no function to which later requests belong; use `withLock` where later ones are to be checked.
 *
 * @throws BAD_OPTION (`levels`) if a pattern is no name, or a level no finite number, or there is none.
 * @example
 * const ordered = lockLevels(locks, { 'account/*': 1, ledger: 2 })
 * await ordered.withLock('account/alice', () => ordered.withLock('ledger', () => book()))
 */
export function lockLevels(locks: Locks, levels: LevelsByPattern): Locks {
  return new LevelledLocks(locks, takeLevels(levels))
}

function takeLevels(levels: LevelsByPattern): readonly (readonly [pattern: string, level: number])[] {
  if (typeof levels !== 'object' || levels === null || Array.isArray(levels))
    throw bad(`levels must be an object such as { 'account/*': 1, ledger: 2 }, got ${shownShortly(levels)}`)
  const taken = readingOptions('lockLevels', () => Object.entries(levels))
  if (taken.length === 0) throw bad('levels must have at least one pattern')
  for (const [pattern, level] of taken) {
    checkName(pattern, 'levels')
    checkFinite(level, 'levels')
  }
  return taken
}

function bad(problem: string): BadOptionError {
  return new BadOptionError(problem, { option: 'levels' })
}

class LevelledLocks implements Locks {
  readonly #locks: Locks
  readonly #levels: readonly (readonly [pattern: string, level: number])[]
  readonly #around = new AsyncLocalStorage<Step>()

  constructor(locks: Locks, levels: readonly (readonly [pattern: string, level: number])[]) {
    this.#locks = locks
    this.#levels = levels
  }

  get id(): string {
    return this.#locks.id
  }

  get [closingKey](): OnClosing | undefined {
    return onClosingOf(this.#locks)
  }

  get [timeKey](): EngineTime {
    return timeOf(this.#locks)
  }

  async acquire(name: string, options?: AcquireOptions): Promise<Hold> {
    this.#check(name)
    return await this.#locks.acquire(name, options)
  }

  async tryAcquire(name: string, options?: AcquireOptions): Promise<Hold | null> {
    this.#check(name)
    return await this.#locks.tryAcquire(name, options)
  }

  async withLock<T>(
    name: string,
    ...rest: [(hold: Hold) => T | Promise<T>] | [AcquireOptions, (hold: Hold) => T | Promise<T>]
  ): Promise<T> {
    const [options, fn] = rest.length === 2 ? rest : [{}, rest[0]]
    checkTask(fn)
    const level = this.#check(name)
    if (level === undefined) return await this.#locks.withLock(name, options, fn)
    const step: Step = { name, level, outer: this.#around.getStore(), isOver: false }
    try {
      return await this.#locks.withLock(name, options, (hold) => this.#around.run(step, fn, hold))
    } finally {
      step.isOver = true
    }
  }

  query(pattern?: string, options?: QueryOptions): Promise<QueryReport> {
    return this.#locks.query(pattern, options)
  }

  watch(pattern?: string, options?: WatchOptions): LockWatch {
    return this.#locks.watch(pattern, options)
  }

  on<Type extends LockEventType>(type: Type, listener: (event: LockEventOf<Type>) => void): () => void {
    return this.#locks.on(type, listener)
  }

  close(options?: CloseOptions): Promise<void> {
    return this.#locks.close(options)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  toJSON(): object {
    return { id: this.id, levels: Object.fromEntries(this.#levels) }
  }

  [inspectKey](...args: InspectArguments): string {
    return inspectAs('LevelledLocks', this.toJSON(), ...args)
  }

  /** The level of that lock. */
  #check(name: string): number | undefined {
    // The engine says what is wrong with a name.
    const level = typeof name === 'string' ? this.#levels.find(([pattern]) => matchesPattern(pattern, name))?.[1] : undefined
    if (level === undefined) return undefined
    let around = this.#around.getStore()
    while (around?.isOver === true) around = around.outer
    if (around === undefined || around.level < level) return level
    const held = `'${around.name}' of level ${around.level}`
    throw new LockOrderError(`'${name}' of level ${level} was asked for under ${held}: take locks in rising levels`)
  }
}
