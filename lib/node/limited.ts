/**
 * This file is a request with the option `maxHold` or `revocable`, and its hold, which can be over before its owner releases it. Requests without them
 * have classes of their own, so that they pay nothing for it.
 */
import type { Duration } from '../base/duration.ts'
import type { LostError } from '../base/errors.ts'
import { messageOf } from '../base/message-of.ts'
import type { Mode } from '../base/mode.ts'
import type { Signal } from '../base/platform.ts'
import { TimeLimit } from '../base/time-limit.ts'
import type { Owner } from '../lock/waiter.ts'
import { lossAfterMaxHold } from '../port/errors.ts'
import type { HoldState, ReleaseOutcome } from '../port/hold.ts'
import { endBy, notRevocable, Revocable, type RevokeListener } from '../port/revocable.ts'
import { limitedTime, type TimeLeft } from '../port/time-left.ts'
import { NodeHold } from './hold.ts'
import type { Life } from './life.ts'
import { NodeWaiter } from './waiter.ts'

/** What may end a hold before its owner releases it. */
export interface HoldLimits {
  /** Undefined: its request had no `maxHold`. */
  readonly maxHoldMs: number | undefined
  /** Undefined: its request was not `revocable`. */
  readonly graceMs: number | undefined
}

export class LimitedWaiter extends NodeWaiter {
  private readonly limits: HoldLimits

  constructor(
    life: Life,
    name: string,
    mode: Mode,
    owner: Owner,
    priority: number,
    meta: unknown,
    ifFree: boolean,
    limits: HoldLimits,
  ) {
    super(life, name, mode, owner, priority, meta, ifFree)
    this.limits = limits
  }

  protected override held(fence: bigint, sinceMs: number): NodeHold {
    return new LimitedHold(this.life, this.name, this.mode, this.owner, this.meta, fence, sinceMs, this.limits)
  }
}

class LimitedHold extends NodeHold {
  readonly #limit: TimeLimit | undefined
  readonly #revocable: Revocable | undefined

  constructor(
    life: Life,
    name: string,
    mode: Mode,
    owner: Owner,
    meta: unknown,
    fence: bigint,
    sinceMs: number,
    { maxHoldMs, graceMs }: HoldLimits,
  ) {
    super(life, name, mode, owner, meta, fence, sinceMs)
    if (maxHoldMs !== undefined)
      this.#limit = new TimeLimit(life.world, maxHoldMs, () => life.forfeited(this, lossAfterMaxHold(maxHoldMs)))
    if (graceMs === undefined) return
    this.#revocable = new Revocable({
      timing: life.world,
      graceMs,
      forfeit: (loss) => life.forfeited(this, loss),
      failed: (error) => life.settings.logger?.error(`a listener of onRevoke threw: ${messageOf(error)}`),
    })
  }

  override get revocable(): Revocable | undefined {
    return this.#revocable
  }

  override onRevoke(listener: RevokeListener): () => void {
    if (this.#revocable === undefined) throw notRevocable(this.name)
    return this.#revocable.onRevoke(listener)
  }

  override get state(): HoldState {
    this.#look()
    return super.state
  }

  override get signal(): Signal {
    this.#look()
    return super.signal
  }

  override check(margin?: Duration): void {
    this.#look()
    super.check(margin)
  }

  override checkQuickly(): void {
    this.#look()
    super.checkQuickly()
  }

  override get timeLeft(): TimeLeft {
    return limitedTime(limitedTime(super.timeLeft, this.#limit), this.#revocable?.limit, 'the grace of this hold')
  }

  override stands(): boolean {
    return super.stands() && this.#limit?.remainingMs !== 0 && this.#revocable?.limit?.remainingMs !== 0
  }

  override release(): Promise<ReleaseOutcome> {
    this.#look()
    this.#limit?.stop()
    const outcome = super.release()
    // No effect on a hold that was lost: its end was told then.
    this.#revocable?.end('released')
    return outcome
  }

  override lost(error: InstanceType<typeof LostError>): boolean {
    this.#limit?.stop()
    return super.lost(error)
  }

  override signalLost(): void {
    super.signalLost()
    if (this.loss !== undefined) this.#revocable?.end(endBy(this.loss.reason))
  }

  /** A timer that is late must not let its owner go on. */
  #look(): void {
    this.#limit?.look()
    this.#revocable?.look()
  }
}
