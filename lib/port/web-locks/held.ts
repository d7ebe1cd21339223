/** This file is the lock that a callback of `request` has, until the callback ends, or the lock is stolen or lost. */
import { reasonOf, unwatchAbort, watchAbort } from '../../base/abort-watch.ts'
import { inspectAs, inspectKey, type InspectArguments } from '../../base/shown.ts'
import type { Signal } from '../../base/platform.ts'
import type { Hold } from '../hold.ts'
import { brokenError } from './arguments.ts'
import type { WebLock, WebLockJson } from './types.ts'

export class HeldWebLock implements WebLock {
  readonly name: string
  readonly mode: WebLock['mode']
  readonly fence: bigint
  /** Rejects when the lock is stolen or lost. */
  readonly broken: Promise<never>
  readonly #hold: Hold
  readonly #controller = new AbortController()
  #reject: (error: DOMException) => void = () => {}

  constructor(name: string, mode: WebLock['mode'], hold: Hold) {
    this.name = name
    this.mode = mode
    this.fence = hold.fence
    this.#hold = hold
    this.broken = new Promise((_, reject) => {
      this.#reject = reject
    })
    // The callback may throw before anything waits for it.
    this.broken.catch(() => {})
    const { signal } = hold
    if (signal.aborted) this.#onLoss()
    else watchAbort(signal, this.#onLoss)
  }

  get signal(): Signal {
    return this.#controller.signal
  }

  /** Throws if the lock was lost, by the holder's clock at this very moment. */
  check(): void {
    if (this.#hold.state === 'lost') this.#onLoss()
    if (this.signal.aborted) throw this.signal.reason
  }

  /** A request with `steal` takes the lock. */
  steal(): void {
    if (this.signal.aborted) return
    this.#break(brokenError(`the lock '${this.name}' was stolen`))
    void this.end()
  }

  /** Gives the lock back. */
  async end(): Promise<void> {
    unwatchAbort(this.#hold.signal, this.#onLoss)
    await this.#hold.release()
  }

  toJSON(): WebLockJson {
    const { name, mode, fence } = this
    return { name, mode, fence: String(fence) }
  }

  [inspectKey](...args: InspectArguments): string {
    const { name, mode, fence } = this
    return inspectAs('WebLock', { name, mode, fence }, ...args)
  }

  readonly #onLoss = (): void => {
    const cause = reasonOf(this.#hold.signal)
    this.#break(brokenError(`the lock '${this.name}' was lost`, cause))
  }

  #break(error: DOMException): void {
    if (this.signal.aborted) return
    // First the promise: a listener of the signal may throw.
    this.#reject(error)
    this.#controller.abort(error)
  }
}
