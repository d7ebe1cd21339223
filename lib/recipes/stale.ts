/** This file checks the fences that guards are given, and makes the error of a guard that refuses one. */
import { BadOptionError, StaleError } from '../base/errors.ts'
import { shownShortly } from '../base/message-of.ts'

/** Fences are below 2⁶³, so that a database can keep one in a signed integer of 64 bits. */
const fenceMax = 2n ** 63n - 1n

/** Accepts a fence. `undefined` would compare as neither lower nor higher, and from then on a guard would admit stale ones. */
export function checkFence(fence: unknown, option = 'fence'): bigint {
  if (typeof fence === 'bigint' && fence > 0n && fence <= fenceMax) return fence
  throw new BadOptionError(`${option} must be a bigint from 1 to 2^63 - 1, such as hold.fence, got ${shownShortly(fence)}`, {
    option,
  })
}

/** The error for a fence below one that was admitted. `definite`: false if a write under it may have been seen. */
export function staleError(resource: string, fence: bigint, highest: bigint, definite = true): StaleError {
  const message = `'${resource}' refused fence ${fence}: it has admitted ${highest}, so a later holder has been there`
  return new StaleError(message, { fence, highest, definite })
}
