/** This file waits for the open holds of a client that closes: until the last one is released, or the time is up. */
import { clearSystemTimeout, sinceStartMs, setSystemTimeout } from './time.ts'

export class EngineDrain {
  /** Resolves when the wait is over. */
  readonly over: Promise<void>
  private readonly startedMs = sinceStartMs()
  private dueMs: number
  private timer: ReturnType<typeof setSystemTimeout>
  private finish: () => void = () => {}

  constructor(lengthMs: number) {
    this.over = new Promise((resolve) => {
      this.finish = resolve
    })
    this.dueMs = this.startedMs + lengthMs
    this.timer = setSystemTimeout(() => this.end(), lengthMs)
  }

  /** How long it waited, or will wait. */
  get lengthMs(): number {
    return this.dueMs - this.startedMs
  }

  /** Ends the wait at the latest after this time. */
  hurry(lengthMs: number): void {
    const dueMs = sinceStartMs() + lengthMs
    if (dueMs >= this.dueMs) return
    this.dueMs = dueMs
    clearSystemTimeout(this.timer)
    if (lengthMs === 0) this.end()
    else this.timer = setSystemTimeout(() => this.end(), lengthMs)
  }

  end(): void {
    clearSystemTimeout(this.timer)
    this.finish()
  }
}
