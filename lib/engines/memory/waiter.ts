/** This file keeps a request that waits for a lock in memory, until it is granted, its `wait` is over, its signal aborts, or its client closes. */
import { unwatchAbort, watchAbort } from '../../base/abort-watch.ts'
import { type HoldfastError, TimeoutError } from '../../base/errors.ts'
import type { Mode } from '../../base/mode.ts'
import type { AcquireSettings } from '../../port/acquire-options.ts'
import { abortedError, notGranted } from '../../port/errors.ts'
import type { MemoryClient } from './client.ts'
import type { MemoryHold } from './hold.ts'
import type { MemoryLock } from './lock.ts'
import { clearSystemTimeout, sinceStartMs, setSystemTimeout } from '../common/time.ts'

export class MemoryWaiter {
  readonly client: MemoryClient
  readonly owner: number
  readonly mode: Mode
  readonly priority: number
  readonly maxHoldMs: number | undefined
  readonly graceMs: number | undefined
  readonly meta: unknown
  readonly sinceMs = sinceStartMs()
  /** Resolves with the hold; rejects when the waiter has given up. */
  readonly outcome: Promise<MemoryHold>
  private readonly lock: MemoryLock
  private readonly signal: AcquireSettings['signal']
  private readonly timer: ReturnType<typeof setSystemTimeout> | undefined
  private resolve: (hold: MemoryHold) => void = () => {}
  private reject: (error: HoldfastError) => void = () => {}

  constructor(client: MemoryClient, owner: number, lock: MemoryLock, request: AcquireSettings) {
    const { mode, priority, maxHoldMs, graceMs, meta, signal, waitMs } = request
    this.client = client
    this.owner = owner
    this.lock = lock
    this.mode = mode
    this.priority = priority
    this.maxHoldMs = maxHoldMs
    this.graceMs = graceMs
    this.meta = meta
    this.signal = signal
    this.outcome = new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
    if (signal !== undefined) watchAbort(signal, this.onAbort)
    if (waitMs !== undefined)
      this.timer = setSystemTimeout(() => this.giveUp(new TimeoutError(notGranted(lock.name, waitMs))), waitMs)
  }

  /** Ends the wait with a hold. Listeners of the grant cannot keep the hold from the caller. */
  stop(): void {
    clearSystemTimeout(this.timer)
    if (this.signal !== undefined) unwatchAbort(this.signal, this.onAbort)
    this.client.waited(this)
  }

  granted(hold: MemoryHold): void {
    this.resolve(hold)
  }

  /** Leaves the queue; the waiters behind it may be served. */
  giveUp(error: HoldfastError): void {
    this.stop()
    this.reject(error)
    this.lock.withdraw(this)
  }

  private readonly onAbort = (): void => this.giveUp(abortedError(this.lock.name, this.signal))
}
