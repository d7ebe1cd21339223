/** This file runs the function of `withLock` under its hold, for every engine. */
import { BadOptionError } from '../base/errors.ts'
import type { Hold } from './hold.ts'

/** What `withLock` runs under the lock. */
export type LockedTask<T> = (hold: Hold) => T | Promise<T>

/** The key under which a hold has a way of its own to run a task. */
export const insideKey: unique symbol = Symbol('holdfast.inside')

/** What a task runs under: a hold, or several that a recipe made one of. */
export interface Protection extends Pick<Hold, 'check' | 'release' | 'state'> {
  [insideKey]?<T>(task: (hold: this) => T): T
}

/** @throws BAD_OPTION if the task is not a function. */
export function checkTask(task: unknown, call = 'withLock'): void {
  if (typeof task !== 'function') throw new BadOptionError(`${call} takes a function as its last argument`, { option: 'fn' })
}

/**
 * Waits for the hold, runs the task under it, and releases it, also after an error.
 *
 * @throws the task's own error; LOST if the task succeeded but its hold was lost before it ended.
 */
export async function runUnder<T, Held extends Protection>(
  granted: Promise<Held>,
  task: (hold: Held) => T | Promise<T>,
): Promise<T> {
  const hold = await granted
  let result: T
  try {
    // The hold may have been lost between the grant and this turn, for example by `close`.
    hold.check()
    result = await (hold[insideKey] === undefined ? task(hold) : hold[insideKey](task))
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
