/** This file limits a time: by a timer, and by the clock for a reader that comes before a late timer. */

/** The clock and the timers that a limit goes by. */
export interface Timing {
  readonly time: { monotonicMs(): number }
  setTimer(delayMs: number, fire: () => void): unknown
  clearTimer(handle: unknown): void
}

/** A time that begins now, and what is done once when it is over, unless the limit was stopped before. */
export class TimeLimit {
  readonly lengthMs: number
  private readonly timing: Timing
  private readonly endMs: number
  private readonly over: () => void
  private readonly timer: unknown
  private isDone = false

  constructor(timing: Timing, lengthMs: number, over: () => void) {
    this.lengthMs = lengthMs
    this.timing = timing
    this.endMs = timing.time.monotonicMs() + lengthMs
    this.over = over
    this.timer = timing.setTimer(lengthMs, () => this.end())
  }

  /** The rest at this moment; 0 if the time is over, although the timer may not have fired yet. */
  get remainingMs(): number {
    return Math.max(0, this.endMs - this.timing.time.monotonicMs())
  }

  /** Does what the timer is late to do. */
  look(): void {
    if (!this.isDone && this.remainingMs === 0) this.end()
  }

  stop(): void {
    this.isDone = true
    this.timing.clearTimer(this.timer)
  }

  private end(): void {
    if (this.isDone) return
    this.stop()
    this.over()
  }
}
