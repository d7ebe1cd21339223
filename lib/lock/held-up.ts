/** This file lists the locks whose grant must wait, because of a quarantine or of the session, until they are tried again. */
import type { Lock } from './lock.ts'

/** Locks that something is in the way of granting, a quarantine or the session, until they are tried again. */
export class HeldUp {
  private readonly nowMs: () => number
  private readonly setTimer: (delayMs: number) => void
  private readonly retried: (lock: Lock) => void
  private locks = new Set<Lock>()
  private dueMs = Number.POSITIVE_INFINITY

  constructor(nowMs: () => number, setTimer: (delayMs: number) => void, retried: (lock: Lock) => void) {
    this.nowMs = nowMs
    this.setTimer = setTimer
    this.retried = retried
  }

  /** To be tried again after `delayMs`, or before that, when another is due. */
  add(lock: Lock, delayMs: number): void {
    this.locks.add(lock)
    const dueMs = this.nowMs() + delayMs
    if (dueMs >= this.dueMs) return
    this.dueMs = dueMs
    this.setTimer(delayMs)
  }

  /** Tries all of them, in the order in which they were held up. */
  retry(): void {
    const { locks } = this
    this.clear()
    for (const lock of locks) {
      lock.retry()
      this.retried(lock)
    }
  }

  clear(): void {
    this.locks = new Set()
    this.dueMs = Number.POSITIVE_INFINITY
  }
}
