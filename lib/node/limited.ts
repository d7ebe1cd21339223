/**
 * This file is a request with the option `maxHold`, and its hold, which is lost after that time. Requests without the option have
 * classes of their own, so that they pay nothing for it.
 */
import type { Duration } from '../base/duration.ts'
import type { LostError } from '../base/errors.ts'
import type { Mode } from '../base/mode.ts'
import type { Signal } from '../base/platform.ts'
import { TimeLimit } from '../base/time-limit.ts'
import type { Owner } from '../lock/waiter.ts'
import { lossAfterMaxHold } from '../port/errors.ts'
import type { HoldState, ReleaseOutcome } from '../port/hold.ts'
import { limitedTime, type TimeLeft } from '../port/time-left.ts'
import { NodeHold } from './hold.ts'
import type { Life } from './life.ts'
import { NodeWaiter } from './waiter.ts'

export class LimitedWaiter extends NodeWaiter {
  private readonly maxHoldMs: number

  constructor(
    life: Life,
    name: string,
    mode: Mode,
    owner: Owner,
    priority: number,
    meta: unknown,
    ifFree: boolean,
    maxHoldMs: number,
  ) {
    super(life, name, mode, owner, priority, meta, ifFree)
    this.maxHoldMs = maxHoldMs
  }

  protected override held(fence: bigint, sinceMs: number): NodeHold {
    return new LimitedHold(this.life, this.name, this.mode, this.owner, this.meta, fence, sinceMs, this.maxHoldMs)
  }
}

class LimitedHold extends NodeHold {
  readonly #limit: TimeLimit

  constructor(
    life: Life,
    name: string,
    mode: Mode,
    owner: Owner,
    meta: unknown,
    fence: bigint,
    sinceMs: number,
    maxHoldMs: number,
  ) {
    super(life, name, mode, owner, meta, fence, sinceMs)
    this.#limit = new TimeLimit(life.world, maxHoldMs, () => life.forfeited(this, lossAfterMaxHold(maxHoldMs)))
  }

  override get state(): HoldState {
    this.#limit.look()
    return super.state
  }

  override get signal(): Signal {
    this.#limit.look()
    return super.signal
  }

  override check(margin?: Duration): void {
    this.#limit.look()
    super.check(margin)
  }

  override checkQuickly(): void {
    this.#limit.look()
    super.checkQuickly()
  }

  override get timeLeft(): TimeLeft {
    return limitedTime(super.timeLeft, this.#limit)
  }

  override stands(): boolean {
    return super.stands() && this.#limit.remainingMs > 0
  }

  override release(): Promise<ReleaseOutcome> {
    this.#limit.look()
    this.#limit.stop()
    return super.release()
  }

  override lost(error: InstanceType<typeof LostError>): boolean {
    this.#limit.stop()
    return super.lost(error)
  }
}
