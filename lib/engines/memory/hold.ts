/** This file implements a hold of a lock in memory. There is no session that could end, so only its owner, its `maxHold`, an order of another client and `close` end the hold. */
import { setMaxListeners } from 'node:events'
import type { Duration } from '../../base/duration.ts'
import type { LostError } from '../../base/errors.ts'
import { messageOf } from '../../base/message-of.ts'
import type { PlainMode } from '../../base/mode.ts'
import type { Signal } from '../../base/platform.ts'
import { TimeLimit } from '../../base/time-limit.ts'
import { inspectKey, type InspectArguments } from '../../base/shown.ts'
import { holdJson, inspectHold } from '../../port/hold-shown.ts'
import type { AcquireSettings } from '../../port/acquire-options.ts'
import { lossAfterMaxHold, releasedError } from '../../port/errors.ts'
import type { Hold, HoldJson, ReleaseOutcome } from '../../port/hold.ts'
import { checkMargin, endless, expiringError, limitedTime, parseTimeLeft, type TimeLeft } from '../../port/time-left.ts'
import { endBy, notRevocable, Revocable, type RevokeListener } from '../../port/revocable.ts'
import { systemTiming } from '../common/time.ts'
import { frozenMeta } from '../../wire/plain-data.ts'
import type { MemoryClient } from './client.ts'
import type { MemoryLock } from './lock.ts'

/** The time of a hold that no session bounds. */
const timeless: TimeLeft = { remainingMs: endless.ms, renewedMs: endless.ms, bound: endless }

export class MemoryHold implements Hold {
  readonly name: string
  readonly mode: PlainMode
  readonly fence: bigint
  readonly #client: MemoryClient
  readonly #lock: MemoryLock
  readonly #limit: TimeLimit | undefined
  /** How it can be asked back; undefined if its request was not `revocable`. */
  readonly #revocable: Revocable | undefined
  #state: 'held' | 'released' | 'lost' = 'held'
  #loss: LostError | undefined
  #controller: AbortController | undefined

  constructor(
    client: MemoryClient,
    lock: MemoryLock,
    mode: PlainMode,
    fence: bigint,
    { maxHoldMs, graceMs }: Pick<AcquireSettings, 'maxHoldMs' | 'graceMs'>,
  ) {
    this.name = lock.name
    this.mode = mode
    this.fence = fence
    this.#client = client
    this.#lock = lock
    if (maxHoldMs !== undefined)
      this.#limit = new TimeLimit(systemTiming, maxHoldMs, () => client.lose([this], lossAfterMaxHold(maxHoldMs)))
    if (graceMs === undefined) return
    this.#revocable = new Revocable({
      timing: systemTiming,
      graceMs,
      forfeit: (loss) => client.lose([this], loss),
      failed: (error) => process.emitWarning(`a listener of onRevoke threw: ${messageOf(error)}`, 'HoldfastWarning'),
    })
  }

  static revocableOf(hold: MemoryHold): Revocable | undefined {
    return hold.#revocable
  }

  get state(): 'held' | 'released' | 'lost' {
    this.#look()
    return this.#state
  }

  get signal(): Signal {
    this.#look()
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      // Its owner may pass it to any number of calls at once; Node would warn of a leak at the eleventh.
      setMaxListeners(0, this.#controller.signal)
      if (this.#state === 'lost') this.#controller.abort(this.#loss)
    }
    return this.#controller.signal
  }

  check(margin?: Duration): void {
    this.#look()
    if (this.#state === 'released') throw releasedError(this.name)
    if (this.#state === 'lost') throw this.#loss
    if (margin !== undefined) checkMargin(this.name, this.#timeLeft, margin)
  }

  async ensure(time: Duration): Promise<void> {
    const { remainingMs, bound } = this.#timeLeft
    const ms = parseTimeLeft(time, 'time', bound)
    this.check()
    if (remainingMs < ms) throw expiringError(this.name, remainingMs, ms)
  }

  async release(): Promise<ReleaseOutcome> {
    this.#look()
    if (this.#state === 'lost') return 'lost'
    if (this.#state === 'released') return 'already'
    this.#state = 'released'
    this.#limit?.stop()
    this.#client.released(this.#lock, this)
    this.#revocable?.end('released')
    return 'released'
  }

  async setMeta(meta: unknown): Promise<void> {
    const copied = frozenMeta(meta)
    this.check()
    this.#lock.setMeta(this, copied)
  }

  /** Marks the hold as lost. The signal is not aborted yet. */
  lost(error: LostError): void {
    this.#limit?.stop()
    this.#state = 'lost'
    this.#loss = error
  }

  /** Aborts the owner's signal. All holds that are lost with this one are marked by now. */
  signalLost(): void {
    this.#controller?.abort(this.#loss)
    if (this.#loss !== undefined) this.#revocable?.end(endBy(this.#loss.reason))
  }

  onRevoke(listener: RevokeListener): () => void {
    if (this.#revocable === undefined) throw notRevocable(this.name)
    return this.#revocable.onRevoke(listener)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release()
  }

  get #timeLeft(): TimeLeft {
    return limitedTime(limitedTime(timeless, this.#limit), this.#revocable?.limit, 'the grace of this hold')
  }

  /** A timer that is late must not let its owner go on. */
  #look(): void {
    this.#limit?.look()
    this.#revocable?.look()
  }

  toJSON(): HoldJson {
    return holdJson(this)
  }

  [inspectKey](...args: InspectArguments): string {
    return inspectHold('Hold', this, args)
  }
}
