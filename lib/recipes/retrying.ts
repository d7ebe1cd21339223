/** This file has the recipe `retrying`: locks that try again when an engine cannot decide, or has too much to do. */
import { unwatchAbort, watchAbort } from '../base/abort-watch.ts'
import { type Duration, waitFrom } from '../base/duration.ts'
import { BadOptionError, NoQuorumError, OverloadedError } from '../base/errors.ts'
import { boundFrom } from '../base/option-checks.ts'
import { type OptionCheck, type OptionTable, takeOptions } from '../base/options.ts'
import type { Signal } from '../base/platform.ts'
import { type AcquireCall, type AcquireOptions, acquireTable } from '../port/acquire-options.ts'
import type { CloseOptions } from '../port/close-options.ts'
import { abortedError } from '../port/errors.ts'
import type { Hold } from '../port/hold.ts'
import type { Locks } from '../port/locks.ts'
import { closingKey, type OnClosing, onClosingOf } from '../port/closing.ts'
import { type EngineTime, timeKey } from '../port/time.ts'
import { checkTask, type LockedTask, runUnder } from '../port/with-lock.ts'
import { timeOf, WaitLimit } from './time.ts'

/** Options of `retrying`. */
export interface RetryOptions {
  /** The longest pause before the second try; each further one may be twice as long. Default: 100 ms. */
  readonly base?: Duration
  /** The longest pause of all. Default: 5 s. */
  readonly cap?: Duration
  /** How often a call is tried, from 1. Default: without limit, until the `wait` or the `signal` of the call ends it. */
  readonly tries?: number
}

const longerThanZero: OptionCheck<number> = waitFrom('a pause of 0 would ask an engine in trouble as fast as it can')
const retryTable = { base: longerThanZero, cap: longerThanZero, tries: boundFrom(1) } satisfies OptionTable<RetryOptions>
const callTable = { ...acquireTable, wait: waitFrom('leave it out to wait for ever') } satisfies OptionTable<AcquireOptions>

/**
 * Gives the same locks, but `acquire`, `tryAcquire` and `withLock` try again after NO_QUORUM and OVERLOADED, within the caller's `wait` and `signal`. Each pause is
 * drawn from 0 to a bound that doubles ("full jitter": Brooker 2015, "Exponential Backoff And Jitter"), so that many processes do not come back at one
 * moment. A call without `wait` is tried for ever, as it would wait for ever. When the time or the tries are over, the call rejects with the last error.
 *
 * Other errors are not tried again. In particular `withLock` runs its function once: LOST is passed on.
 *
 * @throws BAD_OPTION that names the option.
 * @example
 * const patient = retrying(redisLocks({ client }))
 * await patient.withLock('invoice/42', { wait: '30s' }, (hold) => pay(hold.fence))
 */
export function retrying(locks: Locks, options: RetryOptions = {}): Locks {
  const { base = 100, cap = 5_000, tries = Number.POSITIVE_INFINITY } = takeOptions(options, retryTable, 'retrying')
  if (cap < base) throw new BadOptionError(`cap must not be shorter than base, got ${cap} ms and ${base} ms`, { option: 'cap' })
  return new RetryingLocks(locks, base, cap, tries)
}

class RetryingLocks implements Locks {
  readonly #locks: Locks
  readonly #baseMs: number
  readonly #capMs: number
  readonly #tries: number
  /** Ends the pauses of all calls, when the locks are closed. */
  readonly #pauses = new Set<() => void>()

  constructor(locks: Locks, baseMs: number, capMs: number, tries: number) {
    this.#locks = locks
    this.#baseMs = baseMs
    this.#capMs = capMs
    this.#tries = tries
  }

  get [timeKey](): EngineTime {
    return timeOf(this.#locks)
  }

  get [closingKey](): OnClosing | undefined {
    return onClosingOf(this.#locks)
  }

  get id(): string {
    return this.#locks.id
  }

  acquire(name: string, options?: AcquireOptions): Promise<Hold> {
    return this.#retry('acquire', name, options, (given) => this.#locks.acquire(name, given))
  }

  tryAcquire(name: string, options?: AcquireOptions): Promise<Hold | null> {
    return this.#retry('tryAcquire', name, options, (given) => this.#locks.tryAcquire(name, given))
  }

  async withLock<T>(name: string, ...rest: [LockedTask<T>] | [AcquireOptions, LockedTask<T>]): Promise<T> {
    const [options, task] = rest.length === 2 ? rest : [undefined, rest[0]]
    checkTask(task)
    return await runUnder(
      this.#retry('withLock', name, options, (given) => this.#locks.acquire(name, given)),
      task,
    )
  }

  readonly query: Locks['query'] = (pattern, options) => this.#locks.query(pattern, options)
  readonly watch: Locks['watch'] = (pattern, options) => this.#locks.watch(pattern, options)
  readonly on: Locks['on'] = (type, listener) => this.#locks.on(type, listener)

  close(options?: CloseOptions): Promise<void> {
    const closed = this.#locks.close(options)
    // The next try tells each caller that the locks are closed.
    for (const end of [...this.#pauses]) end()
    return closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #retry<T>(
    call: AcquireCall,
    name: string,
    options: AcquireOptions | undefined,
    attempt: (options: AcquireOptions) => Promise<T>,
  ): Promise<T> {
    const given = takeOptions<AcquireOptions, typeof callTable>(options === undefined ? {} : options, callTable, call)
    const { wait, signal, mode, ...each } = given
    const time = timeOf(this.#locks)
    const limit = new WaitLimit(time, wait)
    const fixed = { ...each, ...(mode === undefined ? {} : { mode: mode.plain }), ...(signal === undefined ? {} : { signal }) }
    let leftMs = limit.remainingMs
    for (let tried = 1; ; tried++) {
      try {
        return await attempt(wait === undefined ? fixed : { ...fixed, wait: leftMs })
      } catch (error) {
        if (!(error instanceof NoQuorumError || error instanceof OverloadedError) || tried >= this.#tries) throw error
        leftMs = limit.remainingMs
        // A shorter rest allows no pause that would help.
        if (leftMs <= this.#baseMs) throw error
        const boundMs = Math.min(this.#capMs, this.#baseMs * 2 ** (tried - 1), leftMs)
        await this.#pause(name, time, time.random() * boundMs, signal)
        leftMs = limit.remainingMs
        if (leftMs <= 0) throw error
      }
    }
  }

  /** @throws ABORTED as soon as the signal is aborted. */
  async #pause(name: string, time: EngineTime, pauseMs: number, signal: Signal | undefined): Promise<void> {
    if (signal?.aborted === true) throw abortedError(name, signal)
    let end: () => void = () => {}
    const over = new Promise<void>((resolve) => {
      end = resolve
    })
    const stop = time.after(pauseMs, end)
    this.#pauses.add(end)
    if (signal !== undefined) watchAbort(signal, end)
    await over
    stop()
    this.#pauses.delete(end)
    if (signal === undefined) return
    unwatchAbort(signal, end)
    if (signal.aborted) throw abortedError(name, signal)
  }
}
