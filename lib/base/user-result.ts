/** This file listens to the promise that a user's function may have returned, so that its rejection does not end the process. */
import { isPromise } from './foreign.ts'

/**
 * Hears of the rejection of what a function of the user's returned, if that is a promise of any kind: unheard, it would end the process.
 * The object's `then` may throw when it is read or called; that counts as its rejection. `failed` must not throw.
 */
export function onRejection(result: unknown, failed: (error: unknown) => void): void {
  if (!isPromise(result)) return
  try {
    const { then } = result
    // It listens only, as a `catch` would: nothing here waits for the outcome.
    void then.call(result, undefined, failed)
  } catch (error) {
    failed(error)
  }
}
