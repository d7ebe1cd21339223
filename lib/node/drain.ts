/** This file waits for the holds of a closing node until they are released, lost, or out of time. */
import type { TimerHandle, World } from '../world/world.ts'
import type { Loss } from '../base/loss.ts'
import { lossAfter } from '../port/close-options.ts'

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

  /** Ends the wait at the latest after this time. */
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

  /** Why the remaining holds are lost. */
  get loss(): Loss {
    return lossAfter(this.lengthMs)
  }
}
