/** This file has the recipe `election`: candidates of which one leads at a time, under a fence, and a value of the leader that all can observe. */
import { type Duration, waitFrom } from '../base/duration.ts'
import { checkName } from '../base/names.ts'
import { checkFinite, checkSignal } from '../base/option-checks.ts'
import { takeOptions } from '../base/options.ts'
import type { Signal } from '../base/platform.ts'
import { inspectAs, inspectKey, jsonSafe, type InspectArguments } from '../base/shown.ts'
import type { Hold, HoldState, ReleaseOutcome } from '../port/hold.ts'
import type { Locks } from '../port/locks.ts'
import type { LockState, LockWatch, WatchOptions } from '../port/watch.ts'
import { checkTask, runUnder } from '../port/with-lock.ts'

/** Options of `campaign` and `lead`. */
export interface CampaignOptions {
  /** How long to wait for the leadership; then TIMEOUT. Default: for ever. */
  readonly wait?: Duration
  /** Ends the wait (ABORTED). After the election it has no effect. */
  readonly signal?: Signal
  /** Orders the candidates of this client: higher first. */
  readonly priority?: number
}

/** The leader, as others see it. */
export interface Leader {
  /** The client that leads: the `id` of its `Locks`. */
  readonly id: string
  /** What it proclaimed last. */
  readonly value: unknown
  /** The fence of its leadership. A later leader has a higher one. */
  readonly fence: bigint
}

/** The right to lead: an exclusive hold of the election's lock. */
export interface Leadership extends AsyncDisposable {
  /** The name of the election. */
  readonly name: string
  /** What was proclaimed last. */
  readonly value: unknown
  /** Rises with each leader, for ever. Give it to the resource, which refuses lower ones. */
  readonly fence: bigint
  /** Aborted, with a LOST error as its reason, when the leadership is lost. Not when the leader resigns. */
  readonly signal: Signal
  /** The state of the hold. */
  readonly state: HoldState
  /** Throws LOST if the leadership is lost at this very moment, NOT_OWNER after `resign`. */
  check(): void
  /** Shows all observers another value. Rejects with BAD_OPTION if it is not plain data, LOST or NOT_OWNER if the leadership is over. */
  proclaim(value: unknown): Promise<void>
  /** Gives the leadership up. It may be called again, and then says that it is over. Never rejects. */
  resign(): Promise<ReleaseOutcome>
}

/** The leaders of an election, one after the other; null while there is none. It may skip leaders, but not the latest. */
export interface LeaderWatch extends AsyncIterable<Leader | null>, AsyncDisposable {
  /** The next leader or value. Rejects once with the error that ended it: ABORTED, CLOSED or OVERLOADED. */
  next(): Promise<IteratorResult<Leader | null, undefined>>
  /** Ends it. */
  return(): Promise<IteratorResult<Leader | null, undefined>>
  [Symbol.asyncIterator](): LeaderWatch
}

/** What a leader runs. */
export type LeaderTask<T> = (leadership: Leadership) => T | Promise<T>

/** One election, as a candidate or an observer has it. */
export interface Election {
  /** The name of the lock that the leader holds. */
  readonly name: string
  /** Waits until this candidate leads, and proclaims the value. Rejects as `acquire` does, and then the candidate has left no trace. */
  campaign(value: unknown, options?: CampaignOptions): Promise<Leadership>
  /**
   * Runs `fn` as the leader, and resigns only after `fn` has settled. An error of `fn` is passed on unchanged. If `fn` succeeds but the
   * leadership was lost before it ended, rejects with LOST.
   */
  lead<T>(value: unknown, fn: LeaderTask<T>): Promise<T>
  lead<T>(value: unknown, options: CampaignOptions, fn: LeaderTask<T>): Promise<T>
  /**
   * Tells the present leader, or null, and then each change. Fences never fall.
   *
   * @throws BAD_OPTION for a wrong option; CLOSED.
   */
  observe(options?: WatchOptions): LeaderWatch
}

const campaignTable = { wait: waitFrom('leave it out to wait for ever'), signal: checkSignal, priority: checkFinite }

/**
 * Makes an election of the lock of that name. One candidate leads at a time, in the order in which they campaigned. When the leader resigns,
 * is closed or dies, the next candidate leads. As with any lock, a leader that was paused may go on for a moment after it lost the
 * leadership: pass `signal` on, and give the fence to the resource.
 *
 * The idea is etcd's (`concurrency.Election`): campaign, proclaim, resign and observe.
 *
 * @throws BAD_OPTION for a wrong name, or if the engine cannot watch locks; CLOSED.
 * @example
 * const mayor = election(locks, 'mayor')
 * await mayor.lead('http://10.0.0.2:8080', async ({ signal, fence }) => { await govern(signal, fence) })
 */
export function election(locks: Locks, name: string): Election {
  checkName(name, 'name')
  // An engine that cannot watch says so here, before a candidate waits.
  locks.watch(name)
  const campaign = async (value: unknown, options: CampaignOptions = {}): Promise<Leadership> => {
    const given = takeOptions(options, campaignTable, 'campaign')
    return new HeldLeadership(await locks.acquire(name, { ...given, meta: { value } }), value)
  }
  return Object.freeze({
    name,
    campaign,
    lead: async <T>(value: unknown, ...rest: [LeaderTask<T>] | [CampaignOptions, LeaderTask<T>]): Promise<T> => {
      const [options, fn] = rest.length === 2 ? rest : [{}, rest[0]]
      checkTask(fn, 'lead')
      return await runUnder(campaign(value, options) as Promise<HeldLeadership>, fn)
    },
    observe: (options?: WatchOptions): LeaderWatch => new Leaders(locks.watch(name, options)),
  })
}

class HeldLeadership implements Leadership {
  readonly #hold: Hold
  #value: unknown

  constructor(hold: Hold, value: unknown) {
    this.#hold = hold
    this.#value = value
  }

  get name(): string {
    return this.#hold.name
  }

  get value(): unknown {
    return this.#value
  }

  get fence(): bigint {
    return this.#hold.fence
  }

  get signal(): Signal {
    return this.#hold.signal
  }

  get state(): HoldState {
    return this.#hold.state
  }

  check(): void {
    this.#hold.check()
  }

  async proclaim(value: unknown): Promise<void> {
    await this.#hold.setMeta({ value })
    this.#value = value
  }

  resign(): Promise<ReleaseOutcome> {
    return this.#hold.release()
  }

  release(): Promise<ReleaseOutcome> {
    return this.resign()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.resign()
  }

  toJSON(): object {
    const { name, value, fence, state } = this
    return { name, value: jsonSafe(value), fence: String(fence), state }
  }

  [inspectKey](...args: InspectArguments): string {
    const { name, value, fence, state } = this
    return inspectAs('Leadership', { name, value, fence, state }, ...args)
  }
}

class Leaders implements LeaderWatch {
  readonly #states: LockWatch
  /** The step before: steps are answered in their order. */
  #latest: Promise<unknown> = Promise.resolve()
  #toldText = ''
  #fence = 0n

  constructor(states: LockWatch) {
    this.#states = states
  }

  next(): Promise<IteratorResult<Leader | null, undefined>> {
    const step = this.#latest.then(() => this.#step())
    this.#latest = step.catch(() => {})
    return step
  }

  async return(): Promise<IteratorResult<Leader | null, undefined>> {
    await this.#states.return()
    return { done: true, value: undefined }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  [Symbol.asyncIterator](): LeaderWatch {
    return this
  }

  async #step(): Promise<IteratorResult<Leader | null, undefined>> {
    for (;;) {
      const { done, value: state } = await this.#states.next()
      if (done === true) return { done, value: undefined }
      const leader = leaderIn(state)
      // The news of a leader that is over may come late.
      if (leader !== null && leader.fence < this.#fence) continue
      const text = JSON.stringify(jsonSafe(leader))
      if (text === this.#toldText) continue
      this.#toldText = text
      this.#fence = leader?.fence ?? this.#fence
      return { done: false, value: leader }
    }
  }
}

function leaderIn({ held }: LockState): Leader | null {
  const row = held.at(-1)
  if (row === undefined) return null
  // Another program may hold a lock of that name, with a meta of its own.
  const { value } = (typeof row.meta === 'object' && row.meta !== null ? row.meta : {}) as { readonly value?: unknown }
  return { id: row.holder, value, fence: row.fence }
}
