/**
 * This file keeps the locks that this node neither holds nor waits for, the least recently used first, because of the permissions
 * and tokens that rest here. A lock that was not used for a while gives those back. So do the least recently used locks if there
 * is no room for another, so that unused names do not accumulate.
 */
import type { Context } from '../world/context.ts'
import type { Lock } from './lock.ts'
import type { NodeLocks } from './locks.ts'

/** How long a lock is unused before it gives back its permissions or its token. */
const restAfterMs = 10_000
const sweepIntervalMs = 5000
/** How many locks are checked in one turn, so that a million unused ones do not block the loop. */
const sliceMax = 5000
/** How many locks are tried to make room for one more. */
const roomStepsMax = 16

/** A place in the list. Each lock has its own, so that adding and removing it makes no object. */
export interface ListPosition {
  older: Lock | null
  newer: Lock | null
  isIn: boolean
}

export class Resting {
  private readonly context: Context<{ readonly type: 'rest' }>
  private readonly locks: Pick<NodeLocks, 'forgetIfIdle'>
  private oldest: Lock | null = null
  private newest: Lock | null = null
  private count = 0
  private isSet = false

  constructor(context: Context<{ readonly type: 'rest' }>, locks: Pick<NodeLocks, 'forgetIfIdle'>) {
    this.context = context
    this.locks = locks
  }

  get size(): number {
    return this.count
  }

  /** The lock is not in use any more, or was never. */
  add(lock: Lock): void {
    const { place } = lock
    if (place.isIn) return
    place.isIn = true
    place.older = this.newest
    if (this.newest === null) this.oldest = lock
    else this.newest.place.newer = lock
    this.newest = lock
    this.count++
    this.wake(sweepIntervalMs)
  }

  /** The lock is in use, or forgotten. */
  remove(lock: Lock): void {
    const { place } = lock
    if (!place.isIn) return
    if (place.older === null) this.oldest = place.newer
    else place.older.place.newer = place.newer
    if (place.newer === null) this.newest = place.older
    else place.newer.place.older = place.older
    place.isIn = false
    place.older = null
    place.newer = null
    this.count--
  }

  /** Lets locks rest that were not used for a while. */
  sweep(): void {
    this.isSet = false
    const dueMs = this.context.nowMs() - restAfterMs
    for (let i = 0; i < sliceMax; i++) {
      const { oldest } = this
      if (oldest === null) return
      if (oldest.usedAtMs > dueMs) return this.wake(sweepIntervalMs)
      this.rest(oldest)
    }
    this.wake(0)
  }

  /** Lets the least recently used locks rest until one is forgotten; false if none of the tried ones could be. */
  makeRoom(): boolean {
    for (let i = 0; i < roomStepsMax && this.oldest !== null; i++) {
      const before = this.count
      this.rest(this.oldest)
      if (this.count < before) return true
    }
    return false
  }

  private rest(lock: Lock): void {
    lock.algorithm?.rest()
    this.locks.forgetIfIdle(lock)
    if (!lock.place.isIn) return
    // It may have to wait (for an answer, or a permission that a peer keeps), so it is tried again.
    this.remove(lock)
    lock.usedAtMs = this.context.nowMs()
    this.add(lock)
  }

  private wake(delayMs: number): void {
    if (this.isSet) return
    this.isSet = true
    this.context.setTimer('rest', delayMs, { type: 'rest' })
  }
}
