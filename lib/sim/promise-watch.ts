/**
 * This file tells whether any promise of this thread was made or settled, so that virtual time waits for promises only when it
 * must.
 */
import { promiseHooks } from 'node:v8'

/**
 * Tells whether a promise of this thread was made or settled. A driver of virtual time yields to promises only after that, since
 * no reaction is queued otherwise. A program that queues microtasks without promises (`queueMicrotask`) escapes this watch.
 */
export class PromiseWatch {
  private stop: (() => void) | undefined
  private stirred = true

  begin(): void {
    const stir = (): void => {
      this.stirred = true
    }
    // The hooks of V8 itself (not `async_hooks`): called at once, and only for these two.
    this.stop = promiseHooks.createHook({ init: stir, settled: stir }) as unknown as () => void
    this.stirred = true
  }

  end(): void {
    this.stop?.()
    this.stop = undefined
    this.stirred = true
  }

  /** Whether a promise was made or settled since `calm`. */
  get hasStirred(): boolean {
    return this.stirred
  }

  calm(): void {
    this.stirred = false
  }
}
