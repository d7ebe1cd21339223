/** This file is the queue of due events on which a simulation's time passes. It does not read the real clock. */
import { shapeClass } from '../base/shown.ts'
import type { TimerHandle } from '../world/world.ts'
import { invariant } from '../base/assert.ts'
import { type Duration, parseDuration } from '../base/duration.ts'
import { BadOptionError } from '../base/errors.ts'
import { shownShortly } from '../base/message-of.ts'

interface Scheduled {
  readonly atMs: number
  readonly order: number
  readonly run: () => void
  cancelled: boolean
}

/**
 * Time that passes only when a test says so. It is a queue of calls, run in order of their time; calls of one time run in the
 * order in which they were scheduled. Nothing here knows the real clock, so a run takes as long as its work.
 */
export class VirtualTime {
  private readonly heap: Scheduled[] = []
  private readonly deferred: (() => void)[] = []
  private order = 0
  private now = 0

  /** Since time began, at 0. */
  get nowMs(): number {
    return this.now
  }

  /** How many tasks are scheduled; cancelled ones count until they fall due. */
  get pending(): number {
    return this.heap.length
  }

  /** When the next task falls due; undefined when none is left. */
  get nextAtMs(): number | undefined {
    return this.peek()?.atMs
  }

  /** True while tasks wait for the end of the current turn. */
  get hasDeferred(): boolean {
    return this.deferred.length > 0
  }

  /**
   * Runs a task after a delay, at once for a delay below 0. Tasks of one time run in the order in which they were scheduled.
   *
   * @throws BAD_OPTION when the delay is no number.
   */
  schedule(delayMs: number, run: () => void): TimerHandle {
    // Among times that are not numbers nothing has an order, and nothing would be due any more.
    if (typeof delayMs !== 'number' || Number.isNaN(delayMs)) {
      throw new BadOptionError(`delayMs must be a number of milliseconds, got ${shownShortly(delayMs)}`, { option: 'delayMs' })
    }
    const scheduled: Scheduled = { atMs: this.now + Math.max(0, delayMs), order: this.order++, run, cancelled: false }
    this.heap.push(scheduled)
    this.siftUp(this.heap.length - 1)
    return scheduled
  }

  /** Cancels a scheduled task. No effect after it has run or was cancelled. */
  cancel(handle: TimerHandle): void {
    if (handle !== undefined && handle !== null) (handle as Scheduled).cancelled = true
  }

  /** Runs `task` at the end of the current turn: before anything else that is due. */
  defer(task: () => void): void {
    this.deferred.push(task)
  }

  /** Ends the current turn: runs the tasks that were deferred to its end. */
  endTurn(): void {
    for (let task = this.deferred.shift(); task !== undefined; task = this.deferred.shift()) task()
  }

  /** Lets time pass in which nothing is due. */
  advanceTo(atMs: number): void {
    const next = this.nextAtMs
    invariant(next === undefined || next >= atMs, 'no time is skipped in which a task is due')
    this.now = Math.max(this.now, atMs)
  }

  /** Runs the next task that is due; false when none is left. */
  step(): boolean {
    this.endTurn()
    for (;;) {
      const next = this.pop()
      if (next === undefined) return false
      if (next.cancelled) continue
      this.now = next.atMs
      next.run()
      this.endTurn()
      return true
    }
  }

  /** Lets virtual time pass, running everything that falls due. @throws BAD_OPTION when that is no duration. */
  runFor(duration: Duration): void {
    const untilMs = this.now + parseDuration(duration, 'duration')
    this.endTurn()
    for (let next = this.peek(); next !== undefined && next.atMs <= untilMs; next = this.peek()) this.step()
    this.now = Math.max(this.now, untilMs)
  }

  /**
   * Runs until `done` holds; false when `limit` of virtual time passed, or nothing was left to run, before it did.
   *
   * @throws BAD_OPTION when that is no duration.
   */
  runUntil(done: () => boolean, limit: Duration): boolean {
    const untilMs = this.now + parseDuration(limit, 'limit')
    this.endTurn()
    while (!done()) {
      const next = this.peek()
      if (next === undefined || next.atMs > untilMs) return false
      this.step()
    }
    return true
  }

  private peek(): Scheduled | undefined {
    while (this.heap[0]?.cancelled === true) this.pop()
    return this.heap[0]
  }

  private pop(): Scheduled | undefined {
    const top = this.heap[0]
    const last = this.heap.pop()
    if (top !== undefined && last !== undefined && last !== top) {
      this.heap[0] = last
      this.siftDown(0)
    }
    return top
  }

  private siftUp(start: number): void {
    let i = start
    while (i > 0) {
      const parent = (i - 1) >> 1
      if (!this.isEarlier(i, parent)) return
      this.swap(i, parent)
      i = parent
    }
  }

  private siftDown(start: number): void {
    let i = start
    for (;;) {
      let first = i
      const left = 2 * i + 1
      if (left < this.heap.length && this.isEarlier(left, first)) first = left
      if (left + 1 < this.heap.length && this.isEarlier(left + 1, first)) first = left + 1
      if (first === i) return
      this.swap(i, first)
      i = first
    }
  }

  private isEarlier(i: number, j: number): boolean {
    const a = this.heap[i] as Scheduled
    const b = this.heap[j] as Scheduled
    return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
  }

  private swap(i: number, j: number): void {
    const a = this.heap[i] as Scheduled
    this.heap[i] = this.heap[j] as Scheduled
    this.heap[j] = a
  }
}

shapeClass(VirtualTime, ({ nowMs, pending }) => ({ nowMs, pending }))
