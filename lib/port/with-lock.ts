/** This file runs the function of `withLock` under its hold, for every engine. */
import { BadOptionError } from '../base/errors.ts'
import type { Hold } from './hold.ts'

/** What `withLock` runs under the lock. */
export type LockedTask<T> = (hold: Hold) => T | Promise<T>

/** @throws BAD_OPTION when the task is no function. */
export function checkTask(task: unknown): void {
  if (typeof task !== 'function') throw new BadOptionError('withLock takes a function as its last argument', { option: 'fn' })
}

/**
 * Runs the task under the hold that is waited for, and releases it, also after an error.
 *
 * @throws the task's own error; LOST when the task went well but its protection ended before it did.
 */
export async function runUnder<T>(granted: Promise<Hold>, task: LockedTask<T>): Promise<T> {
  const hold = await granted
  let result: T
  try {
    // It may have been lost between the grant and this turn, by `close` for one.
    hold.check()
    result = await task(hold)
  } catch (error) {
    await hold.release()
    throw error
  }
  // Released by the task itself: protection ended when the task said so.
  const isLost = hold.state === 'lost'
  await hold.release()
  if (isLost) hold.check()
  return result
}
