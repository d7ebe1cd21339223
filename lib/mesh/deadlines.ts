/**
 * This file fires any number of timers by one timer of the system's. Node keeps a list for each length of a timer. For each call
 * with a `wait` of its own it would make and drop such a list, which costs a third of a call that needs no message. Here a timer
 * is an entry of a heap, and most calls end before their timer comes near its top.
 */
import { clearTimeout, monotonicNowMs, queueMicrotask, setTimeout } from './real-time.ts'

/** The longest time that a timer of the system's can have. */
const systemDelayMsMax = 2 ** 31 - 1

/** A timer that was set. */
export interface Deadline {
  readonly among: Deadlines
  readonly dueMs: number
  readonly fire: () => void
  /** Of two with one time, the earlier set fires first. */
  readonly number: number
  /** Its place in the heap; -1 when it has fired or was cleared. */
  place: number
}

export class Deadlines {
  private readonly unref: boolean
  /** A binary heap: each entry is due no later than the two at twice its place, plus one and two. */
  private readonly heap: Deadline[] = []
  private timeout: NodeJS.Timeout | null = null
  /** When the system's timer fires; perhaps for a deadline that was cleared since. */
  private armedMs = Number.POSITIVE_INFINITY
  private lastNumber = 0

  /** @param unref Whether these timers let the process end. */
  constructor(unref: boolean) {
    this.unref = unref
  }

  /** The timer does not fire early, by the clock that actors read. */
  set(delayMs: number, fire: () => void): Deadline {
    const deadline: Deadline = {
      among: this,
      dueMs: monotonicNowMs() + Math.max(0, delayMs),
      fire,
      number: ++this.lastNumber,
      place: this.heap.length,
    }
    this.heap.push(deadline)
    this.rise(deadline)
    if (deadline.dueMs < this.armedMs) this.arm(deadline.dueMs)
    else if (this.heap.length === 1 && !this.unref) this.timeout?.ref()
    return deadline
  }

  /** Harmless when it has fired or was cleared. The system's timer stays as it is: the next call mostly needs it again. */
  clear(deadline: Deadline): void {
    const { place } = deadline
    if (place === -1) return
    deadline.place = -1
    const last = this.heap.pop() as Deadline
    if (last !== deadline) {
      this.put(last, place)
      this.rise(last)
      this.sink(last)
    }
    // Nothing is left to keep the process alive for.
    if (this.heap.length === 0) this.timeout?.unref()
  }

  private arm(dueMs: number): void {
    if (this.timeout !== null) clearTimeout(this.timeout)
    this.armedMs = dueMs
    this.timeout = setTimeout(this.expired, systemDelayMs(dueMs, monotonicNowMs()))
    if (this.unref) this.timeout.unref()
  }

  private readonly expired = (): void => {
    this.timeout = null
    this.armedMs = Number.POSITIVE_INFINITY
    this.fireDue(monotonicNowMs(), this.lastNumber)
  }

  /** Fires what is due, each in a turn of microtasks, so that what one defers is done before the next; then arms anew. */
  private fireDue(nowMs: number, lastNumber: number): void {
    const [first] = this.heap
    if (first === undefined) return
    if (first.dueMs > nowMs || first.number > lastNumber) {
      if (first.dueMs < this.armedMs) this.arm(first.dueMs)
      return
    }
    this.clear(first)
    try {
      first.fire()
    } finally {
      queueMicrotask(() => this.fireDue(nowMs, lastNumber))
    }
  }

  private rise(deadline: Deadline): void {
    let { place } = deadline
    while (place > 0) {
      const parent = this.heap[(place - 1) >> 1] as Deadline
      if (!isBefore(deadline, parent)) break
      this.put(parent, place)
      place = (place - 1) >> 1
    }
    this.put(deadline, place)
  }

  private sink(deadline: Deadline): void {
    let { place } = deadline
    for (;;) {
      const left = this.heap[2 * place + 1]
      if (left === undefined) break
      const right = this.heap[2 * place + 2]
      const child = right !== undefined && isBefore(right, left) ? right : left
      if (!isBefore(child, deadline)) break
      const { place: below } = child
      this.put(child, place)
      place = below
    }
    this.put(deadline, place)
  }

  private put(deadline: Deadline, place: number): void {
    deadline.place = place
    this.heap[place] = deadline
  }
}

/** The delay to give to the system's timer. Node counts in whole milliseconds, may be up to one too soon, and warns of less than none. */
export function systemDelayMs(dueMs: number, nowMs: number): number {
  return Math.max(1, Math.min(systemDelayMsMax, Math.ceil(dueMs - nowMs)))
}

function isBefore(a: Deadline, b: Deadline): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.number < b.number)
}
