/** This file makes one signal of several: it is aborted with the reason of the first of them that is. */
import { reasonOf, unwatchAbort, watchAbort } from '../base/abort-watch.ts'
import type { Signal } from '../base/platform.ts'

/** A signal that follows others until it is told to end. Without an end, a signal that lives long would keep it for ever. */
export class EitherSignal {
  private readonly controller = new AbortController()
  private readonly followed = new Map<Signal, () => void>()

  get signal(): Signal {
    return this.controller.signal
  }

  /** Is aborted with that one from now on, or at once if that one is aborted already. */
  follow(signal: Signal | undefined): this {
    if (signal === undefined || this.followed.has(signal)) return this
    const onAbort = (): void => this.abort(reasonOf(signal))
    if (signal.aborted) onAbort()
    else {
      this.followed.set(signal, onAbort)
      watchAbort(signal, onAbort)
    }
    return this
  }

  /** That one does not count any more. */
  forget(signal: Signal): void {
    const onAbort = this.followed.get(signal)
    if (onAbort === undefined) return
    unwatchAbort(signal, onAbort)
    this.followed.delete(signal)
  }

  abort(reason: unknown): void {
    this.end()
    this.controller.abort(reason)
  }

  /** Follows none any more. */
  end(): void {
    for (const [signal, onAbort] of this.followed) unwatchAbort(signal, onAbort)
    this.followed.clear()
  }
}
