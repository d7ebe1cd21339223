/** This file implements a hold that a server granted. The server's grant, its owner and `close` can end it. */
import { setMaxListeners } from 'node:events'
import type { Duration } from '../../base/duration.ts'
import type { LostError } from '../../base/errors.ts'
import type { Loss } from '../../base/loss.ts'
import type { Signal } from '../../base/platform.ts'
import { TimeLimit } from '../../base/time-limit.ts'
import { inspectKey, type InspectArguments } from '../../base/shown.ts'
import { holdJson, inspectHold } from '../../port/hold-shown.ts'
import { lossAfterMaxHold, lostError, releasedError } from '../../port/errors.ts'
import type { Hold, HoldJson, HoldState, ReleaseOutcome } from '../../port/hold.ts'
import { notRevocable, type RevokeListener } from '../../port/revocable.ts'
import { checkMargin, endless, expiringError, limitedTime, parseTimeLeft, type TimeLeft } from '../../port/time-left.ts'
import { frozenMeta } from '../../wire/plain-data.ts'
import { setSystemTimeout, sinceStartMs, systemTiming } from '../common/time.ts'
import type { ServerClient } from './client.ts'
import type { ServerGrant } from './server.ts'
import type { ServerWaiter } from './waiter.ts'

/** How many renewals `ensure` tries, in about the length of a lease. */
const renewalsMax = 10

export class ServerHold implements Hold {
  readonly name: string
  readonly mode = 'exclusive'
  readonly fence: bigint
  readonly #client: ServerClient
  readonly #grant: ServerGrant
  readonly #limit: TimeLimit | undefined
  /** What `query` tells of it. */
  readonly #told: { readonly owner: number; readonly sinceMs: number; meta: unknown }
  #state: 'held' | 'released' | 'lost' = 'held'
  #loss: LostError | undefined
  #givenBack: Promise<Loss | null> | undefined
  #controller: AbortController | undefined

  constructor(client: ServerClient, { name, owner, meta, maxHoldMs }: ServerWaiter, grant: ServerGrant) {
    this.name = name
    this.fence = grant.fence
    this.#client = client
    this.#grant = grant
    this.#told = { owner, meta, sinceMs: sinceStartMs() }
    grant.onLoss((loss) => client.lose([this], loss))
    if (maxHoldMs === undefined) return
    this.#limit = new TimeLimit(systemTiming, maxHoldMs, () => void client.forfeit(this, lossAfterMaxHold(maxHoldMs)))
  }

  static toldOf(hold: ServerHold): { readonly owner: number; readonly sinceMs: number; readonly meta: unknown } {
    return hold.#told
  }

  /** Gives the lock back to the server, once however often it is called. Resolves with a loss if the grant was over before. */
  static giveBack(hold: ServerHold): Promise<Loss | null> {
    hold.#givenBack ??= hold.#grant.release()
    return hold.#givenBack
  }

  get state(): HoldState {
    this.#judge()
    return this.#state === 'held' && this.#grant.standing() === 'suspect' ? 'suspect' : this.#state
  }

  get signal(): Signal {
    this.#judge()
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      // Its owner may pass it to any number of calls at once; Node would warn of a leak at the eleventh.
      setMaxListeners(0, this.#controller.signal)
      if (this.#state === 'lost') this.#controller.abort(this.#loss)
    }
    return this.#controller.signal
  }

  check(margin?: Duration): void {
    this.#judge()
    if (this.#state === 'released') throw releasedError(this.name)
    if (this.#state === 'lost') throw this.#loss
    if (margin !== undefined) checkMargin(this.name, this.#timeLeft, margin)
  }

  async ensure(time: Duration): Promise<void> {
    const { bound } = this.#grant.timeLeft()
    const ms = parseTimeLeft(time, 'time', this.#timeLeft.bound)
    this.check()
    if (bound === endless) await this.#grant.confirm()
    for (let times = 0; ; times++) {
      this.check()
      const { remainingMs, renewedMs } = this.#timeLeft
      if (remainingMs >= ms) return
      if (times >= renewalsMax || renewedMs < ms) throw expiringError(this.name, remainingMs, ms)
      if (times > 0) await new Promise<void>((resolve) => setSystemTimeout(resolve, bound.ms / renewalsMax))
      await this.#grant.confirm()
    }
  }

  async release(): Promise<ReleaseOutcome> {
    this.#judge()
    if (this.#state === 'lost') return 'lost'
    if (this.#state === 'released') return 'already'
    this.#state = 'released'
    this.#limit?.stop()
    const loss = await ServerHold.giveBack(this)
    if (loss === null) {
      this.#client.released(this)
      return 'released'
    }
    this.#client.lose([this], loss)
    return 'lost'
  }

  async setMeta(meta: unknown): Promise<void> {
    const copied = frozenMeta(meta)
    this.check()
    this.#told.meta = copied
  }

  onRevoke(_listener: RevokeListener): () => void {
    throw notRevocable(this.name)
  }

  /** Marks the hold as lost, and returns its error; null if it was lost before. The signal is not aborted yet. */
  lost(loss: Loss): LostError | null {
    if (this.#state === 'lost') return null
    this.#limit?.stop()
    this.#state = 'lost'
    this.#loss = lostError(this.name, this.fence, loss)
    return this.#loss
  }

  /** Aborts the owner's signal. All holds that are lost with this one are marked by now. */
  signalLost(): void {
    this.#controller?.abort(this.#loss)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release()
  }

  get #timeLeft(): TimeLeft {
    return limitedTime(this.#grant.timeLeft(), this.#limit)
  }

  toJSON(): HoldJson {
    return holdJson(this)
  }

  [inspectKey](...args: InspectArguments): string {
    return inspectHold('Hold', this, args)
  }

  /** A timer that is late must not let an owner go on after the end of the grant. */
  #judge(): void {
    if (this.#state !== 'held') return
    this.#limit?.look()
    if (this.#state !== 'held') return
    const standing = this.#grant.standing()
    if (typeof standing === 'object') this.#client.lose([this], standing)
  }
}
