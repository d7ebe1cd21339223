/**
 * This file is one level of a reentrant hold, as the object that its caller has. A level stands in the context of the function that runs under it, so
 * that requests which the function makes find it.
 */
import { runWith } from '../base/async-context.ts'
import { LazySet } from '../base/lazy.ts'
import type { Duration } from '../base/duration.ts'
import type { PlainMode } from '../base/mode.ts'
import type { Signal } from '../base/platform.ts'
import { inspectKey, type InspectArguments } from '../base/shown.ts'
import { holdJson, inspectHold } from './hold-shown.ts'
import type { RevokeListener } from './revocable.ts'
import { releasedError } from './errors.ts'
import type { Hold, HoldJson, HoldState, ReleaseOutcome } from './hold.ts'
import type { Nest } from './nest.ts'
import { insideKey } from './with-lock.ts'

const already = Promise.resolve('already' as const)
const lost = Promise.resolve('lost' as const)

/** A request that waits until a level has no level inside it. */
export interface LevelWaiter {
  /** The level of the function that asked. */
  readonly around: NestLevel
  /** The level is free: the request has the next one. */
  granted(level: NestLevel): void
  /** The hold is lost. */
  failed(error: unknown): void
  /** The level itself has ended: the request must look anew. */
  outlived(): void
}

/** One level: where it stands among the others. */
export class NestLevel {
  readonly nest: Nest
  /** No other level of this client has the number. */
  readonly number: number
  /** The level of the same hold that it stands on. Null for the outermost. */
  below: NestLevel | null
  /** The level of another hold, or of the same, in whose function it was asked for. */
  around: NestLevel | undefined
  isOver = false
  /** The hold was lost when the level ended. */
  wasLost = false
  readonly waiters = new LazySet<LevelWaiter>()

  constructor(nest: Nest, number: number, below: NestLevel | null, around: NestLevel | undefined) {
    this.nest = nest
    this.number = number
    this.below = below
    this.around = around
  }
}

/**
 * The nearest level around a call that has not ended, or undefined. Ended ones are taken out of the chain on the way: a chain of calls that each begin
 * the next one may go on for ever.
 */
export function liveLevel(from: NestLevel | undefined): NestLevel | undefined {
  let level = from
  while (level?.isOver === true) level = level.around
  return level
}

/** The next level around that one. */
export function around(level: NestLevel): NestLevel | undefined {
  return (level.around = liveLevel(level.around))
}

/** A level as the hold that its caller has. All but `release` and what follows from it is that of the hold. */
export class LevelHold implements Hold {
  /** Private: it leads to the engine's own objects, which must not be printed with a hold. */
  readonly #level: NestLevel
  readonly #hold: Hold

  constructor(level: NestLevel) {
    this.#level = level
    this.#hold = level.nest.hold
  }

  get name(): string {
    return this.#hold.name
  }

  get mode(): PlainMode {
    return this.#hold.mode
  }

  get fence(): bigint {
    return this.#hold.fence
  }

  get signal(): Signal {
    return this.#hold.signal
  }

  get state(): HoldState {
    const { isOver, wasLost } = this.#level
    if (!isOver) return this.#hold.state
    return wasLost ? 'lost' : 'released'
  }

  check(margin?: Duration): void {
    this.#refuseIfReleased()
    this.#hold.check(margin)
  }

  async ensure(time: Duration): Promise<void> {
    this.#refuseIfReleased()
    await this.#hold.ensure(time)
    this.#refuseIfReleased()
  }

  release(): Promise<ReleaseOutcome> {
    const level = this.#level
    if (!level.isOver) return level.nest.leave(level)
    return level.wasLost ? lost : already
  }

  async setMeta(meta: unknown): Promise<void> {
    this.#refuseIfReleased()
    await this.#hold.setMeta(meta)
  }

  onRevoke(listener: RevokeListener): () => void {
    return this.#hold.onRevoke(listener)
  }

  /** Runs a function under this level: what it requests finds the level. */
  [insideKey]<T>(task: (hold: Hold) => T): T {
    return runWith(this.#level, task, this)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release()
  }

  toJSON(): HoldJson {
    return holdJson(this)
  }

  [inspectKey](...args: InspectArguments): string {
    return inspectHold('Hold', this, args)
  }

  #refuseIfReleased(): void {
    if (this.#level.isOver && !this.#level.wasLost) throw releasedError(this.name)
  }
}
