/**
 * This file reads the options of `close`, and waits for the holds of a closing node until they are released, lost, or out of
 * time.
 */
import type { TimerHandle, World } from '../world/world.ts'
import { type Duration, parseDuration } from '../base/duration.ts'
import type { Loss } from '../base/loss.ts'
import { takeOptions } from '../base/options.ts'

/** Options of `close`. */
export interface CloseOptions {
  /**
   * How long to wait for holds that are not released yet (default 5 s); then they are lost. 0 waits for none. A later call
   * with a `drain` that ends sooner shortens the wait; none prolongs it.
   */
  readonly drain?: Duration
}

/** What `close` waits for holds when it is not told. */
export const defaultDrainMs = 5_000

/**
 * The `drain` of a call of `close`, in milliseconds; undefined when it has none.
 *
 * @throws BAD_OPTION that names the option.
 */
export function parseCloseOptions(options: CloseOptions | undefined): number | undefined {
  if (options === undefined) return undefined
  const { drain } = takeOptions<CloseOptions>(options, ['drain'], 'close')
  return drain === undefined ? undefined : parseDuration(drain, 'drain')
}

/** A closing node's wait for its holds: until the last one is released or lost, or the time is up. */
export class Drain {
  /** Resolves when the wait is over. */
  readonly over: Promise<void>
  private readonly world: World
  private readonly startedMs: number
  private lengthMs: number
  private timer: TimerHandle
  private finish: () => void = () => {}

  constructor(world: World, lengthMs: number) {
    this.world = world
    this.startedMs = world.time.monotonicMs()
    this.lengthMs = lengthMs
    this.over = new Promise((resolve) => {
      this.finish = resolve
    })
    this.timer = world.setTimer(lengthMs, () => this.end())
  }

  /** Ends the wait no later than so long from now. */
  hurry(lengthMs: number): void {
    const elapsedMs = this.world.time.monotonicMs() - this.startedMs
    if (elapsedMs + lengthMs >= this.lengthMs) return
    this.lengthMs = elapsedMs + lengthMs
    this.world.clearTimer(this.timer)
    if (lengthMs === 0) this.end()
    else this.timer = this.world.setTimer(lengthMs, () => this.end())
  }

  end(): void {
    this.world.clearTimer(this.timer)
    this.finish()
  }

  /** Why the holds that are left are lost. */
  get loss(): Loss {
    return lossAfter(this.lengthMs)
  }
}

/** Why a hold is lost that was not released within the drain of `close`. */
export function lossAfter(drainMs: number): Loss {
  const message = drainMs === 0 ? 'the node was closed' : `the node was closed, and ${Math.round(drainMs)} ms of drain passed`
  return { reason: 'closed', message }
}
