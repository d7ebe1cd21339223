/**
 * This file is the iterator that `watch` of every engine returns. It tells the latest state of each lock that changed, and keeps no
 * history: a consumer that is slow skips states, and its backlog is at most one entry for each lock. How an engine learns of changes is not
 * in here.
 */
import { unwatchAbort, watchAbort } from '../base/abort-watch.ts'
import type { HoldfastError } from '../base/errors.ts'
import { checkSignal } from '../base/option-checks.ts'
import { takeOptions } from '../base/options.ts'
import type { Signal } from '../base/platform.ts'
import { jsonSafe } from '../base/shown.ts'
import { abortedError } from './errors.ts'
import type { HeldReport, PendingReport } from './reports.ts'

/** Options of `watch`. */
export interface WatchOptions {
  /** Ends the watch: its next step rejects with ABORTED. */
  readonly signal?: Signal
}

/** The state of one lock: all its holders and waiters. Both lists are empty when it is free. */
export interface LockState {
  /** The name of the lock. */
  readonly name: string
  /** The holds, by their fences. No two of them exclude each other. */
  readonly held: readonly HeldReport[]
  /** The waiters, the one that waited longest first. */
  readonly pending: readonly PendingReport[]
}

/**
 * The changes of locks: an async iterable that begins at its first step, and ends by `return()` (which `break` in a `for await` loop
 * calls), by the `signal`, or when the engine is closed.
 */
export interface LockWatch extends AsyncIterable<LockState>, AsyncDisposable {
  /** The next state. Rejects once with the error that ended the watch: ABORTED, CLOSED or OVERLOADED. */
  next(): Promise<IteratorResult<LockState, undefined>>
  /** Ends the watch. */
  return(): Promise<IteratorResult<LockState, undefined>>
  [Symbol.asyncIterator](): LockWatch
}

/** What an engine does for a watch. */
export interface WatchSource {
  /** The watch begins: from now on its `changed` is called for each change, first for each lock in use, and then `completed`. */
  begin(watch: StateWatch): void
  /** The state of that lock now, in objects of the reader's own. */
  read(name: string): LockState
  /** The watch is over. */
  end(watch: StateWatch): void
}

/** @throws BAD_OPTION that names the option. */
export function parseWatchOptions(options: WatchOptions | undefined): Signal | undefined {
  return options === undefined ? undefined : takeOptions(options, { signal: checkSignal }, 'watch').signal
}

interface Step {
  resolve(result: IteratorResult<LockState, undefined>): void
  reject(error: HoldfastError): void
}

const done: IteratorResult<LockState, undefined> = { done: true, value: undefined }

/** Names that wait to be told are looked through for locks that came and went at the earliest at this number. */
const pruneFrom = 1000

export class StateWatch implements LockWatch {
  readonly pattern: string
  readonly #source: WatchSource
  readonly #signal: Signal | undefined
  #phase: 'new' | 'open' | 'over' = 'new'
  /** What ended the watch while no step waited. */
  #error: HoldfastError | null = null
  #isComplete = false
  /** The only lock that fits, whose first state is told even if it is free. */
  #firstName: string | null
  readonly #changed = new Set<string>()
  #pruneAt = pruneFrom
  /** What was told last of each lock that was not free then. */
  readonly #told = new Map<string, string>()
  readonly #steps: Step[] = []
  #isWaking = false

  constructor(pattern: string, signal: Signal | undefined, source: WatchSource) {
    this.pattern = pattern
    this.#signal = signal
    this.#source = source
    this.#firstName = pattern.includes('*') ? null : pattern
  }

  /** How many locks wait to be told. */
  get backlog(): number {
    return this.#changed.size
  }

  next(): Promise<IteratorResult<LockState, undefined>> {
    if (this.#phase === 'new') this.#begin()
    if (this.#phase === 'over') {
      const error = this.#error
      this.#error = null
      return error === null ? Promise.resolve(done) : Promise.reject(error)
    }
    return new Promise((resolve, reject) => {
      this.#steps.push({ resolve, reject })
      this.#wake()
    })
  }

  async return(): Promise<IteratorResult<LockState, undefined>> {
    if (this.#end()) for (const { resolve } of this.#steps.splice(0)) resolve(done)
    return done
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  [Symbol.asyncIterator](): LockWatch {
    return this
  }

  /** The engine: that lock changed. */
  changed(name: string): void {
    if (this.#phase !== 'open') return
    this.#changed.add(name)
    if (this.#changed.size >= this.#pruneAt) this.#prune()
    this.#wake()
  }

  /** The engine: every lock in use was told of. */
  completed(): void {
    if (this.#phase !== 'open' || this.#isComplete) return
    this.#isComplete = true
    this.#wake()
  }

  /** The engine: the watch cannot go on. */
  fail(error: HoldfastError): void {
    if (!this.#end()) return
    const steps = this.#steps.splice(0)
    if (steps.length === 0) this.#error = error
    for (const { reject } of steps) reject(error)
  }

  #begin(): void {
    const signal = this.#signal
    this.#phase = 'open'
    if (signal?.aborted === true) return this.#onAbort()
    if (signal !== undefined) watchAbort(signal, this.#onAbort)
    this.#source.begin(this)
  }

  #end(): boolean {
    const phase = this.#phase
    if (phase === 'over') return false
    this.#phase = 'over'
    this.#changed.clear()
    this.#told.clear()
    if (this.#signal !== undefined) unwatchAbort(this.#signal, this.#onAbort)
    if (phase === 'open') this.#source.end(this)
    return true
  }

  /** Tells in a later microtask, so that a step of the engine is told as a whole. */
  #wake(): void {
    if (this.#isWaking || this.#steps.length === 0 || !this.#isComplete) return
    this.#isWaking = true
    void Promise.resolve().then(() => {
      this.#isWaking = false
      for (let step = this.#steps[0]; step !== undefined; step = this.#steps[0]) {
        const value = this.#take()
        if (value === null) return
        this.#steps.shift()
        step.resolve({ done: false, value })
      }
    })
  }

  /** The next state that differs from what was told of its lock; null if there is none. */
  #take(): LockState | null {
    const first = this.#firstName
    if (first !== null) {
      this.#firstName = null
      this.#changed.delete(first)
      const state = this.#source.read(first)
      this.#note(state)
      return state
    }
    for (const name of this.#changed) {
      this.#changed.delete(name)
      const state = this.#source.read(name)
      if (this.#note(state)) return state
    }
    return null
  }

  /** False if the same state was told before. */
  #note(state: LockState): boolean {
    const { name } = state
    if (isFree(state)) return this.#told.delete(name)
    const text = textOf(state)
    if (this.#told.get(name) === text) return false
    this.#told.set(name, text)
    return true
  }

  #prune(): void {
    for (const name of this.#changed) if (!this.#told.has(name) && isFree(this.#source.read(name))) this.#changed.delete(name)
    this.#pruneAt = Math.max(pruneFrom, 2 * this.#changed.size)
  }

  readonly #onAbort = (): void => this.fail(abortedError(`changes of '${this.pattern}'`, this.#signal))
}

function isFree({ held, pending }: LockState): boolean {
  return held.length === 0 && pending.length === 0
}

/** Equal for equal states. Ages are left out: they change all the time. */
function textOf({ held, pending }: LockState): string {
  return JSON.stringify([
    held.map(({ holder, owner, mode, fence, meta }) => [holder, owner, mode, String(fence), jsonSafe(meta)]),
    pending.map(({ node, owner, mode, meta }) => [node, owner, mode, jsonSafe(meta)]),
  ])
}
