/** This file implements a hold of a lock in memory. There is no session that could end, so only its owner and `close` end the hold. */
import { setMaxListeners } from 'node:events'
import type { LostError } from '../../base/errors.ts'
import type { PlainMode } from '../../base/mode.ts'
import type { Signal } from '../../base/platform.ts'
import { inspectAs, inspectKey } from '../../base/shown.ts'
import { releasedError } from '../../port/errors.ts'
import type { Hold, HoldJson, ReleaseOutcome } from '../../port/hold.ts'
import { frozenMeta } from '../../wire/plain-data.ts'
import type { MemoryClient } from './client.ts'
import type { MemoryLock } from './lock.ts'

export class MemoryHold implements Hold {
  readonly name: string
  readonly mode: PlainMode
  readonly fence: bigint
  readonly #lock: MemoryLock
  readonly #client: MemoryClient
  #state: 'held' | 'released' | 'lost' = 'held'
  #loss: LostError | undefined
  #controller: AbortController | undefined

  constructor(lock: MemoryLock, client: MemoryClient, mode: PlainMode, fence: bigint) {
    this.name = lock.name
    this.mode = mode
    this.fence = fence
    this.#lock = lock
    this.#client = client
  }

  get state(): 'held' | 'released' | 'lost' {
    return this.#state
  }

  get signal(): Signal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      // Its owner may pass it to any number of calls at once; Node would warn of a leak at the eleventh.
      setMaxListeners(0, this.#controller.signal)
      if (this.#state === 'lost') this.#controller.abort(this.#loss)
    }
    return this.#controller.signal
  }

  check(): void {
    if (this.#state === 'released') throw releasedError(this.name)
    if (this.#state === 'lost') throw this.#loss
  }

  async release(): Promise<ReleaseOutcome> {
    if (this.#state === 'lost') return 'lost'
    if (this.#state === 'released') return 'already'
    this.#state = 'released'
    this.#client.released(this.#lock, this)
    return 'released'
  }

  async setMeta(meta: unknown): Promise<void> {
    const copied = frozenMeta(meta)
    this.check()
    this.#lock.setMeta(this, copied)
  }

  /** Marks the hold as lost. The signal is not aborted yet. */
  lost(error: LostError): void {
    this.#state = 'lost'
    this.#loss = error
  }

  /** Aborts the owner's signal. All holds that are lost with this one are marked by now. */
  signalLost(): void {
    this.#controller?.abort(this.#loss)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release()
  }

  toJSON(): HoldJson {
    const { name, mode, fence, state } = this
    return { name, mode, fence: String(fence), state }
  }

  [inspectKey](...args: [depth: number, options: object, inspect: (value: unknown, options: object) => string]): string {
    const { name, mode, fence, state } = this
    return inspectAs('Hold', { name, mode, fence, state }, ...args)
  }
}
