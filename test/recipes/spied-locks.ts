/** Locks that note what a recipe asks of them, on a clock that only the test moves. */
import type { AcquireOptions } from '../../lib/port/acquire-options.ts'
import type { Hold } from '../../lib/port/hold.ts'
import type { Locks } from '../../lib/port/locks.ts'
import { type EngineTime, timeKey } from '../../lib/port/time.ts'

/** One request that a recipe made. */
export interface Asked {
  readonly name: string
  readonly options: AcquireOptions
}

/** A clock with timers, which stands until the test moves it. */
export class ManualTime implements EngineTime {
  /** What `random` gives. */
  luck = 0.5
  private at = 1_000
  private readonly timers = new Set<{ readonly dueMs: number; readonly fire: () => void }>()

  nowMs(): number {
    return this.at
  }

  random(): number {
    return this.luck
  }

  after(delayMs: number, fire: () => void): () => void {
    const timer = { dueMs: this.at + delayMs, fire }
    this.timers.add(timer)
    return () => this.timers.delete(timer)
  }

  /** How long each timer that is set has left. */
  get pendingMs(): number[] {
    return [...this.timers].map(({ dueMs }) => dueMs - this.at)
  }

  /** Lets time pass, and fires what is due on the way. */
  advance(ms: number): void {
    const untilMs = this.at + ms
    for (;;) {
      const [next] = [...this.timers].filter(({ dueMs }) => dueMs <= untilMs).sort((a, b) => a.dueMs - b.dueMs)
      if (next === undefined) break
      this.timers.delete(next)
      this.at = Math.max(this.at, next.dueMs)
      next.fire()
    }
    this.at = untilMs
  }
}

/** Passes each call on to other locks, and notes requests and releases. */
export class SpiedLocks implements Locks {
  readonly asked: Asked[] = []
  /** The names of the locks that were released, in their order. */
  readonly released: string[] = []
  readonly time = new ManualTime()
  /** Is called before each request is passed on, and may throw or wait. */
  before: (name: string, options: AcquireOptions) => unknown = () => undefined
  /** Is called between a grant and the caller that waits for it. */
  after: (name: string) => unknown = () => undefined
  private readonly locks: Locks

  constructor(locks: Locks) {
    this.locks = locks
    locks.on('lockReleased', ({ lock }) => this.released.push(lock))
  }

  get [timeKey](): EngineTime {
    return this.time
  }

  get id(): string {
    return this.locks.id
  }

  async acquire(name: string, options: AcquireOptions = {}): Promise<Hold> {
    this.asked.push({ name, options })
    await this.before(name, options)
    const hold = await this.locks.acquire(name, options)
    await this.after(name)
    return hold
  }

  async tryAcquire(name: string, options: AcquireOptions = {}): Promise<Hold | null> {
    this.asked.push({ name, options })
    await this.before(name, options)
    return await this.locks.tryAcquire(name, options)
  }

  readonly withLock: Locks['withLock'] = (...args: unknown[]) =>
    (this.locks.withLock as (...args: unknown[]) => Promise<never>).apply(this.locks, args)
  readonly query: Locks['query'] = (pattern, options) => this.locks.query(pattern, options)
  readonly watch: Locks['watch'] = (pattern, options) => this.locks.watch(pattern, options)
  readonly on: Locks['on'] = (type, listener) => this.locks.on(type, listener)
  readonly close: Locks['close'] = (options) => this.locks.close(options)

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}
