/** This file lists the locks whose grant must wait, because of a quarantine or of the session, until they are tried again. */
import type { Context } from '../world/context.ts'
import type { Lock } from './lock.ts'
import type { NodeLocks } from './locks.ts'

/** Locks that a quarantine or the session keeps from being granted, until they are tried again. */
export class HeldUp {
  private readonly context: Context<{ readonly type: 'admit' }>
  private readonly owner: Pick<NodeLocks, 'retried'>
  private locks = new Set<Lock>()
  private dueMs = Number.POSITIVE_INFINITY

  constructor(context: Context<{ readonly type: 'admit' }>, owner: Pick<NodeLocks, 'retried'>) {
    this.context = context
    this.owner = owner
  }

  /** Tries the lock again after `delayMs`, or earlier, when another is due. */
  add(lock: Lock, delayMs: number): void {
    this.locks.add(lock)
    const dueMs = this.context.nowMs() + delayMs
    if (dueMs >= this.dueMs) return
    this.dueMs = dueMs
    this.context.setTimer('admit', delayMs, { type: 'admit' })
  }

  /** Tries all of them, in the order in which they were held up. */
  retry(): void {
    const { locks } = this
    this.clear()
    for (const lock of locks) {
      lock.retry()
      this.owner.retried(lock)
    }
  }

  clear(): void {
    this.locks = new Set()
    this.dueMs = Number.POSITIVE_INFINITY
  }
}
