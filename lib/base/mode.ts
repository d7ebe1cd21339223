/** This file defines the modes of a lock, says which of them exclude each other, and checks a mode that a caller gives. */
import { BadOptionError } from './errors.ts'
import { shownValue } from './message-of.ts'

/** How a lock is wanted or held: alone, together with other shared holders, or as one of so many permits. */
export type Mode = 'exclusive' | 'shared' | number

/** Whether two holders exclude each other. Different numbers of permits for one lock do: no common count exists. */
export function excludes(a: Mode, b: Mode): boolean {
  return a === 'exclusive' || b === 'exclusive' || a !== b
}

/** How often a site is inside a lock by these holds of its own: sharers are one entry, each permit is one. */
export function entriesOf(own: readonly { readonly mode: Mode }[]): number {
  return own[0]?.mode === 'shared' ? 1 : own.length
}

/** The highest number of permits a lock may have. */
export const permitsMax = 1_000_000

/** Takes a number of permits. */
export function checkPermits(count: unknown, option: string): number {
  if (!Number.isInteger(count) || (count as number) < 1 || (count as number) > permitsMax) {
    throw new BadOptionError(`${option}: a number of permits is an integer from 1 to ${permitsMax}, got ${shownValue(count)}`, {
      option,
    })
  }
  return count as number
}

/**
 * Takes the mode of a request.
 *
 * @throws BAD_OPTION with the option `mode`.
 */
export function parseMode(mode: unknown): Mode {
  if (mode === 'exclusive' || mode === 'shared') return mode
  if (typeof mode === 'number') return checkPermits(mode, 'mode')
  throw new BadOptionError(`mode must be 'exclusive', 'shared' or a number of permits, got '${shownValue(mode)}'`, {
    option: 'mode',
  })
}
