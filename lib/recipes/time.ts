/**
 * This file gives recipes the time of the engine that they run on. For an engine on the system's clock it keeps the clock and the timers as they were when
 * this module was loaded, as the engines do: the fake timers of a test runner replace the globals later.
 */
import type { Locks } from '../port/locks.ts'
import { type EngineTime, timeKey } from '../port/time.ts'

const { setTimeout, clearTimeout } = globalThis

const systemTime: EngineTime = {
  nowMs: performance.now.bind(performance),
  after: (delayMs, fire) => {
    const timer = setTimeout(fire, delayMs)
    return () => clearTimeout(timer)
  },
  random: Math.random,
}

/** The time that these locks live by. */
export function timeOf(locks: Locks): EngineTime {
  return (locks as { readonly [timeKey]?: EngineTime })[timeKey] ?? systemTime
}

/** A moment that a call of several steps must not outlast. */
export class WaitLimit {
  private readonly time: EngineTime
  private readonly dueMs: number

  /** @param waitMs how long from now; undefined for ever */
  constructor(time: EngineTime, waitMs: number | undefined) {
    this.time = time
    this.dueMs = waitMs === undefined ? Number.POSITIVE_INFINITY : time.nowMs() + waitMs
  }

  /** What is left of it; not above 0 when it has passed. */
  get remainingMs(): number {
    return this.dueMs === Number.POSITIVE_INFINITY ? this.dueMs : this.dueMs - this.time.nowMs()
  }
}
