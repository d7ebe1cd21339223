/**
 * This file is the public `Hold`, and the object behind it, which begins as a waiter and becomes the hold when the lock is
 * granted.
 */
import { setMaxListeners } from 'node:events'
import { type HoldfastError, type LostError, NotOwnerError } from '../base/errors.ts'
import { inspectAs, inspectKey } from '../base/shown.ts'
import type { Mode, PlainMode } from '../base/mode.ts'
import type { Signal } from '../base/platform.ts'
import type { Waiter } from '../lock/waiter.ts'
import { releasedError } from '../port/errors.ts'
import type { Hold, HoldJson, HoldState, ReleaseOutcome } from '../port/hold.ts'
import type { Life } from './life.ts'
import { Wait } from './wait.ts'

const released = Promise.resolve('released' as const)
const already = Promise.resolve('already' as const)
const lost = Promise.resolve('lost' as const)

/** One request for its whole life: first a waiter, then a hold. So a grant without a message costs one object. */
export class NodeHold implements Hold, Waiter {
  readonly name: string
  readonly lockMode: Mode
  readonly priority: number
  readonly meta: unknown
  /** True for `tryAcquire`, which is refused instead of waiting. */
  readonly ifFree: boolean
  /** Private: it leads to the whole node, which must not be printed with a hold. */
  readonly #life: Life
  private phase: 'waiting' | 'gone' | HoldState = 'waiting'
  private fenceNumber = 0n
  /** Why the hold was lost: one error, which `signal`, `check()`, `withLock` and the event `lockLost` all give. */
  loss: InstanceType<typeof LostError> | undefined
  private failure: HoldfastError | undefined
  private controller: AbortController | undefined
  #wait: Wait | undefined

  constructor(life: Life, name: string, mode: Mode, priority: number, meta: unknown, ifFree: boolean) {
    this.#life = life
    this.name = name
    this.lockMode = mode
    this.priority = priority
    this.meta = meta
    this.ifFree = ifFree
  }

  get mode(): PlainMode {
    return this.lockMode.plain
  }

  get fence(): bigint {
    return this.fenceNumber
  }

  get state(): HoldState {
    if (this.phase === 'waiting' || this.phase === 'gone') throw new NotOwnerError(`the lock '${this.name}' was not granted yet`)
    if (this.isHeld) this.#life.tenure?.views.look()
    return this.phase
  }

  get signal(): Signal {
    if (this.isHeld) this.#life.tenure?.views.look()
    if (this.controller === undefined) {
      this.controller = new AbortController()
      // Its owner may pass it to any number of calls at once; Node would warn of a leak at the eleventh.
      setMaxListeners(0, this.controller.signal)
      if (this.phase === 'lost') this.controller.abort(this.loss)
    }
    return this.controller.signal
  }

  check(): void {
    if (this.phase === 'released') throw releasedError(this.name)
    if (this.stands()) return
    this.#life.tenure?.views.look()
    if (!this.isHeld) throw this.loss
  }

  /** Whether `check` would pass at this moment. It changes nothing, so an observer may call it for a process that is paused. */
  stands(): boolean {
    return this.isHeld && this.#life.sessionRemainingMs > 0
  }

  release(): Promise<ReleaseOutcome> {
    if (this.isHeld) this.#life.tenure?.views.lookQuickly()
    if (this.isHeld) {
      this.phase = 'released'
      this.#life.released(this)
      return released
    }
    return this.phase === 'lost' ? lost : already
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release()
  }

  toJSON(): HoldJson {
    const { name, mode, fence, state } = this
    return { name, mode, fence: String(fence), state }
  }

  [inspectKey](...args: [depth: number, options: object, inspect: (value: unknown, options: object) => string]): string {
    const { name, mode, phase, fenceNumber: fence } = this
    const isGranted = phase !== 'waiting' && phase !== 'gone'
    return inspectAs('Hold', isGranted ? { name, mode, fence, state: this.state } : { name, mode, state: phase }, ...args)
  }

  granted(fence: bigint): void {
    this.fenceNumber = fence
    this.phase = 'held'
    this.#wait?.granted(this)
  }

  lost(error: InstanceType<typeof LostError>): void {
    if (!this.isHeld) return
    this.phase = 'lost'
    this.loss = error
  }

  signalLost(): void {
    if (this.phase === 'lost') this.controller?.abort(this.loss)
  }

  suspected(suspected: boolean): void {
    if (this.isHeld) this.phase = suspected ? 'suspect' : 'held'
  }

  /** `tryAcquire`: another request has the lock. */
  refused(): void {
    if (this.phase === 'waiting') this.phase = 'gone'
    this.#wait?.granted(null)
  }

  /** A limit was reached, or the node is closing: the waiter gets an error. */
  failed(error: HoldfastError): void {
    if (this.phase === 'waiting') this.phase = 'gone'
    this.failure = error
    this.#wait?.failed(error)
  }

  /** A promise of the grant; null when it was refused because the lock is taken. Called at most once, while waiting. */
  pending(waitMs: number | undefined, signal: Signal | undefined): Promise<NodeHold | null> {
    // Refused or failed in the very call that asked.
    if (this.failure !== undefined) return Promise.reject(this.failure)
    if (this.phase === 'gone') return Promise.resolve(null)
    this.#wait = new Wait(this.#life, this, waitMs, signal)
    return this.#wait.over
  }

  /** Its caller waits no longer: the request is withdrawn. */
  givenUp(): void {
    this.phase = 'gone'
    this.#life.requests.withdraw(this)
  }

  private get isHeld(): boolean {
    return this.phase === 'held' || this.phase === 'suspect'
  }
}
