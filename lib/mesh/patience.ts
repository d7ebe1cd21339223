/** This file waits for some time during an opening, and stops waiting when the opening is aborted. */
import type { Patience } from '../world/world.ts'
import { AbortedError } from '../base/errors.ts'
import { sleep } from './real-time.ts'

/**
 * Lets some time pass in an opening.
 *
 * @param what What is waited for, as `Patience.waitsFor` hears it.
 * @throws ABORTED as soon as the opening is given up.
 */
export async function waitPatiently(ms: number, what: string, patience: Patience | undefined): Promise<void> {
  if (patience === undefined) return await sleep(ms)
  patience.waitsFor(what)
  try {
    await sleep(ms, undefined, { signal: patience.signal })
  } catch (cause) {
    throw new AbortedError(`waiting for ${what} was given up`, { cause })
  }
}
