/** This file checks the option `fenceFloor`, by which a cluster begins above the fences of one that is gone. */
import { BadOptionError } from './errors.ts'
import { shownShortly } from './message-of.ts'

/** Above it too few fences would be left below 2⁶³. */
const floorMax = 2n ** 62n

/** Accepts a fence, or 0. */
export function checkFenceFloor(value: unknown, option: string): bigint {
  if (typeof value === 'bigint' && value >= 0n && value < floorMax) return value
  throw new BadOptionError(
    `${option} must be a bigint from 0 to 2^62 - 1, such as BigInt('…') of a stored fence, got ${shownShortly(value)}`,
    { option },
  )
}
