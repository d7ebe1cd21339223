/** This file runs the function of `withLock` under its hold, for every engine. */
import { BadOptionError } from '../base/errors.ts'
import type { Hold } from './hold.ts'

/** What `withLock` runs under the lock. */
export type LockedTask<T> = (hold: Hold) => T | Promise<T>

/** @throws BAD_OPTION if the task is not a function. */
export function checkTask(task: unknown): void {
  if (typeof task !== 'function') throw new BadOptionError('withLock takes a function as its last argument', { option: 'fn' })
}

/**
 * Waits for the hold, runs the task under it, and releases it, also after an error.
 *
 * @throws the task's own error; LOST if the task succeeded but its hold was lost before it ended.
 */
export async function runUnder<T>(granted: Promise<Hold>, task: LockedTask<T>): Promise<T> {
  const hold = await granted
  let result: T
  try {
    // The hold may have been lost between the grant and this turn, for example by `close`.
    hold.check()
    result = await task(hold)
  } catch (error) {
    await hold.release()
    throw error
  }
  // The task released it: its protection ended when the task wanted.
  const isLost = hold.state === 'lost'
  await hold.release()
  if (isLost) hold.check()
  return result
}
