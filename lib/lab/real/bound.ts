/** This file ends a real run before its time: when it was interrupted, or when it takes too long. */
import { AbortedError, TimeoutError } from '../../base/errors.ts'

/** What ends a run before its time. */
export class Bound {
  /** Rejects when the bound is reached; does not resolve. */
  readonly reached: Promise<never>
  private readonly signal: AbortSignal | undefined
  private reject: (error: Error) => void = () => {}
  private timer: NodeJS.Timeout | undefined

  constructor(signal: AbortSignal | undefined) {
    this.signal = signal
    this.reached = new Promise((_resolve, reject) => {
      this.reject = reject
    })
    this.reached.catch(() => {})
    signal?.addEventListener('abort', this.abort)
    if (signal?.aborted === true) this.abort()
  }

  /** A run of what `what` says begins; it has so long. */
  set(runMs: number, what: string): void {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => {
      this.reject(
        new TimeoutError(`${what} was not done within ${runMs / 1000} s: ask for fewer entries or processes, or give runMs`),
      )
    }, runMs)
  }

  clear(): void {
    clearTimeout(this.timer)
    this.signal?.removeEventListener('abort', this.abort)
  }

  private readonly abort = (): void => {
    this.reject(new AbortedError('the experiment was ended', { cause: this.signal?.reason }))
  }
}
