import type { Lock } from './lock.ts'

/** How long a lock goes unused before what keeps its instances alive is given back. */
const restAfterMs = 10_000
const restIntervalMs = 5000
/** How many locks are looked at in one turn, so that a million idle ones do not stop the loop. */
const sliceMax = 5000

/** Lets locks rest that nobody used for a while, so that names come and go and nothing piles up. */
export class Sweeper {
  private readonly locks: ReadonlyMap<string, Lock>
  private readonly forgetIfIdle: (lock: Lock) => void
  private readonly setTimer: (delayMs: number) => void
  private isSet = false
  /** Where the sweep goes on; null between two of them. */
  private cursor: Iterator<Lock> | null = null

  constructor(locks: ReadonlyMap<string, Lock>, forgetIfIdle: (lock: Lock) => void, setTimer: (delayMs: number) => void) {
    this.locks = locks
    this.forgetIfIdle = forgetIfIdle
    this.setTimer = setTimer
  }

  /** There is a lock: sweeps come for as long as there is one. */
  wake(): void {
    if (this.isSet) return
    this.isSet = true
    this.setTimer(this.cursor === null ? restIntervalMs : 0)
  }

  sweep(nowMs: number): void {
    this.isSet = false
    this.cursor ??= this.locks.values()
    for (let i = 0; i < sliceMax && this.cursor !== null; i++) {
      const { value: lock, done } = this.cursor.next()
      if (done === true) this.cursor = null
      else if (lock.usedAtMs <= nowMs - restAfterMs && lock.holds.length === 0 && lock.waiting.size === 0) {
        lock.algorithm?.rest()
        this.forgetIfIdle(lock)
      }
    }
    if (this.locks.size > 0) this.wake()
  }
}
