/** This file implements the public `Hold` of a node. The request that it was before is `NodeWaiter`. */
import { setMaxListeners } from 'node:events'
import type { Duration } from '../base/duration.ts'
import type { LostError } from '../base/errors.ts'
import { inspectKey, type InspectArguments } from '../base/shown.ts'
import { holdJson, inspectHold } from '../port/hold-shown.ts'
import type { Mode, PlainMode } from '../base/mode.ts'
import type { Signal } from '../base/platform.ts'
import type { LockHold } from '../lock/holds.ts'
import type { Owner } from '../lock/waiter.ts'
import { releasedError } from '../port/errors.ts'
import { checkMargin, type TimeLeft } from '../port/time-left.ts'
import type { Hold, HoldJson, HoldState, ReleaseOutcome } from '../port/hold.ts'
import { notRevocable, type Revocable, type RevokeListener } from '../port/revocable.ts'
import { frozenMeta } from '../wire/plain-data.ts'
import type { Life } from './life.ts'

const released = Promise.resolve('released' as const)
const already = Promise.resolve('already' as const)
const lost = Promise.resolve('lost' as const)

/** A hold of a node: what its user has, and what the lock layer has of it, so that a grant costs one object beside the waiter. */
export class NodeHold implements Hold, LockHold {
  readonly name: string
  readonly lockMode: Mode
  readonly owner: Owner
  meta: unknown
  readonly fence: bigint
  readonly sinceMs: number
  /** Private: it leads to the whole node, which must not be printed with a hold. */
  readonly #life: Life
  private phase: HoldState = 'held'
  /** Why the hold was lost: one error, which `signal`, `check()`, `withLock` and the event `lockLost` all give. */
  loss: InstanceType<typeof LostError> | undefined
  private controller: AbortController | undefined

  constructor(life: Life, name: string, mode: Mode, owner: Owner, meta: unknown, fence: bigint, sinceMs: number) {
    this.#life = life
    this.name = name
    this.lockMode = mode
    this.owner = owner
    this.meta = meta
    this.fence = fence
    this.sinceMs = sinceMs
  }

  get mode(): PlainMode {
    return this.lockMode.plain
  }

  get state(): HoldState {
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

  check(margin?: Duration): void {
    if (this.phase === 'released') throw releasedError(this.name)
    if (!this.stands()) {
      this.#life.tenure?.views.look()
      if (!this.isHeld) throw this.loss
    }
    if (margin !== undefined) checkMargin(this.name, this.timeLeft, margin)
  }

  /** Throws LOST if the hold is lost, as far as can be told without the boot clock. For the hot path. */
  checkQuickly(): void {
    if (this.isHeld) this.#life.tenure?.views.lookQuickly()
    if (this.phase === 'lost') throw this.loss
  }

  async ensure(time: Duration): Promise<void> {
    await this.#life.assurances.ensure(this, time)
  }

  /** For how long it is certain to last. */
  get timeLeft(): TimeLeft {
    return this.#life.timeLeft
  }

  /** How it can be asked back; undefined if its request was not `revocable`. */
  get revocable(): Revocable | undefined {
    return undefined
  }

  onRevoke(_listener: RevokeListener): () => void {
    throw notRevocable(this.name)
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

  async setMeta(meta: unknown): Promise<void> {
    const copied = frozenMeta(meta)
    this.check()
    this.meta = copied
    this.#life.tenure?.locks.metaChanged(this)
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

  lost(error: InstanceType<typeof LostError>): boolean {
    if (!this.isHeld) return false
    this.phase = 'lost'
    this.loss = error
    return true
  }

  signalLost(): void {
    if (this.phase === 'lost') this.controller?.abort(this.loss)
  }

  suspected(suspected: boolean): void {
    if (this.isHeld) this.phase = suspected ? 'suspect' : 'held'
  }

  protected get isHeld(): boolean {
    return this.phase === 'held' || this.phase === 'suspect'
  }
}
