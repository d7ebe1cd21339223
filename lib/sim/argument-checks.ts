/**
 * This file checks the arguments of the simulator's calls. A wrong argument must be an error at the call. Otherwise it becomes a
 * run that never ends, or a run without faults, which proves nothing.
 */
import { readAddress } from '../base/address.ts'
import { BadOptionError } from '../base/errors.ts'
import { shownShortly } from '../base/message-of.ts'
import { checkWhole } from '../base/option-checks.ts'

/** Seeds are 32 bits, for that is what random numbers are drawn from: a larger one would be the same run as a smaller. */
export const seedMax = 2 ** 32 - 1

/** Takes a seed. @throws BAD_OPTION */
export function checkSeed(value: unknown): number {
  return checkWhole(value, 'seed', 0, seedMax)
}

/** A whole number from 0. */
export function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

/** Takes a probability. @throws BAD_OPTION */
export function checkRate(value: unknown, option: string): number {
  if (isRate(value)) return value
  throw new BadOptionError(`${option} must be a probability, a number from 0 to 1, got ${shownShortly(value)}`, { option })
}

export function isRate(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1
}

/** Takes the name of a simulated machine. @throws BAD_OPTION */
export function checkHost(value: unknown): string {
  if (isHostName(value)) return value
  throw new BadOptionError(`host must be ${hostNameText}, got ${shownShortly(value)}`, { option: 'host' })
}

/** What `isHostName` takes, in words. */
export const hostNameText = "a host's name as it stands in an address: letters, digits, '.', '-' and '_'"

/** Whether processes there have addresses `NAME:PORT`, and no other place is called so: `*` names all. */
export function isHostName(value: unknown): value is string {
  return typeof value === 'string' && readAddress(`${value}:1`)?.host === value
}
