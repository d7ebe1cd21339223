/** This file makes one protection of several holds: it stands as long as all of them do. */
import { setMaxListeners } from 'node:events'
import type { Signal } from '../base/platform.ts'
import { releasedError } from '../port/errors.ts'
import type { Hold, HoldState, ReleaseOutcome } from '../port/hold.ts'
import { EitherSignal } from './either-signal.ts'

/** The error of the first hold that is lost; undefined if none is. */
export function lossIn(holds: readonly Hold[]): unknown {
  for (const hold of holds) {
    if (hold.state !== 'lost') continue
    try {
      hold.check()
    } catch (error) {
      return error
    }
  }
  return undefined
}

/** Releases the holds, the last one first, all in this turn. */
export async function releaseReversed(holds: readonly Hold[]): Promise<void> {
  await Promise.all(holds.toReversed().map((hold) => hold.release()))
}

/** Several holds that stand or fall together. What its user sees beside that is in the recipe that made it. */
export class JointHold implements AsyncDisposable {
  /** In the order in which they were acquired. */
  #parts: readonly Hold[]
  readonly #name: string
  #phase: 'held' | 'released' | 'lost' = 'held'
  /** Set when it was lost before its owner released it. */
  #loss: unknown
  #either: EitherSignal | undefined

  /** @param name what errors call it */
  constructor(parts: readonly Hold[], name: string) {
    this.#parts = parts
    this.#name = name
  }

  get state(): HoldState {
    if (this.#phase !== 'held') return this.#phase
    let worst: HoldState = 'held'
    for (const { state } of this.#parts) {
      if (state === 'lost') return 'lost'
      if (state === 'released' || (state === 'suspect' && worst === 'held')) worst = state
    }
    return worst
  }

  get signal(): Signal {
    const isNew = this.#either === undefined
    this.#either ??= new EitherSignal()
    // Its owner may pass it to any number of calls at once; Node would warn of a leak at the eleventh.
    if (isNew) setMaxListeners(0, this.#either.signal)
    if (this.#phase === 'lost') this.#either.abort(this.#loss)
    // To read the signal of a hold is to judge the hold, so this is done each time.
    else if (this.#phase === 'held') for (const { signal } of this.#parts) this.#either.follow(signal)
    return this.#either.signal
  }

  check(): void {
    if (this.#phase === 'released') throw releasedError(this.#name)
    if (this.#phase === 'lost') throw this.#loss
    for (const part of this.#parts) part.check()
  }

  /** Releases all parts, the last one first. */
  release(): Promise<ReleaseOutcome> {
    if (this.#phase !== 'held') return Promise.resolve(this.#phase === 'lost' ? 'lost' : 'already')
    this.#loss = lossIn(this.#parts)
    this.#phase = this.#loss === undefined ? 'released' : 'lost'
    if (this.#phase === 'released') this.#either?.end()
    const outcome = this.#phase
    return releaseReversed(this.#parts).then(() => outcome)
  }

  /** Its protection is made of these holds from now on. */
  protected replaceParts(parts: readonly Hold[]): void {
    if (this.#either !== undefined && this.#phase === 'held') {
      for (const { signal } of this.#parts) this.#either.forget(signal)
      for (const { signal } of parts) this.#either.follow(signal)
    }
    this.#parts = parts
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release()
  }
}
