/** This file listens to the promise that a user's function may have returned, so that its rejection does not end the process. */
import { isPromise } from './foreign.ts'

/**
 * Handles the rejection of a promise that a user's function returned: an unhandled rejection would end the process. If reading or
 * calling the object's `then` throws, that counts as its rejection. `failed` must not throw.
 */
export function onRejection(result: unknown, failed: (error: unknown) => void): void {
  if (!isPromise(result)) return
  try {
    const { then } = result
    // It only listens, as a `catch` would: no code here waits for the outcome.
    void then.call(result, undefined, failed)
  } catch (error) {
    failed(error)
  }
}
