/** This file keeps a request of a client until the server granted the lock, its `wait` is over, its signal aborts, or its client closes. */
import { unwatchAbort, watchAbort } from '../../base/abort-watch.ts'
import { NoQuorumError, TimeoutError } from '../../base/errors.ts'
import { messageOf } from '../../base/message-of.ts'
import type { AcquireSettings } from '../../port/acquire-options.ts'
import { abortedError, notGranted } from '../../port/errors.ts'
import { clearSystemTimeout, setSystemTimeout, sinceStartMs } from '../common/time.ts'
import type { ServerHold } from './hold.ts'
import type { LockLine } from './line.ts'

export class ServerWaiter {
  readonly name: string
  readonly owner: number
  /** It takes the lock only if it is free. */
  readonly isTry: boolean
  readonly priority: number
  readonly maxHoldMs: number | undefined
  readonly meta: unknown
  readonly sinceMs = sinceStartMs()
  /** Resolves with the hold, or with null for a try that found the lock taken; rejects when the waiter gave up. */
  readonly outcome: Promise<ServerHold | null>
  private readonly line: LockLine
  private readonly signal: AcquireSettings['signal']
  private readonly timer: ReturnType<typeof setSystemTimeout> | undefined
  private resolve: (hold: ServerHold | null) => void = () => {}
  private reject: (error: unknown) => void = () => {}

  constructor(line: LockLine, owner: number, isTry: boolean, request: AcquireSettings) {
    const { priority, maxHoldMs, meta, signal, waitMs } = request
    this.name = line.name
    this.line = line
    this.owner = owner
    this.isTry = isTry
    this.priority = priority
    this.maxHoldMs = maxHoldMs
    this.meta = meta
    this.signal = signal
    this.outcome = new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
    if (signal !== undefined) watchAbort(signal, this.onAbort)
    if (waitMs !== undefined) this.timer = setSystemTimeout(() => this.giveUp(this.late(waitMs)), waitMs)
  }

  /** Ends the wait. */
  stop(): void {
    clearSystemTimeout(this.timer)
    if (this.signal !== undefined) unwatchAbort(this.signal, this.onAbort)
    this.line.waiters.delete(this)
  }

  settle(hold: ServerHold | null): void {
    this.resolve(hold)
  }

  /** Leaves the line, and rejects when the server has no request of it any more. */
  giveUp(error: unknown): void {
    this.stop()
    void this.line.withdrawn().then(() => this.reject(error))
  }

  private readonly onAbort = (): void => this.giveUp(abortedError(this.name, this.signal))

  private late(waitMs: number): Error {
    const { failure } = this.line
    if (failure === undefined) return new TimeoutError(notGranted(this.name, waitMs))
    const message = `the server could not be asked for '${this.name}' within ${waitMs} ms: ${messageOf(failure)}. Check that it runs`
    return new NoQuorumError(message, { cause: failure })
  }
}
