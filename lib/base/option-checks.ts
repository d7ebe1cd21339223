/** This file has the checks that tables of options share: signals, folders, functions, switches, numbers, and words of a small set. */
import { BadOptionError } from './errors.ts'
import { shownShortly, shownValue } from './message-of.ts'
import { type OptionCheck, type OptionTable, takeParts } from './options.ts'

/** A check for the bounds of an engine, the option `limits`: each a whole number from 1, and the default where none is given. */
export function limitsFrom<Limits extends object>(defaults: Limits): OptionCheck<Limits> {
  const names = Object.keys(defaults)
  const table = Object.fromEntries(names.map((name) => [name, wholeNumberFrom(1)])) as OptionTable<Limits>
  return (limits, option) => Object.freeze({ ...defaults, ...takeParts(limits as Limits, table, option) })
}

/** Accepts a whole number within bounds. */
export function checkWhole(value: unknown, option: string, least: number, most = Number.MAX_SAFE_INTEGER): number {
  if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most) return value as number
  const bounds = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`
  throw new BadOptionError(`${option} must be a whole number ${bounds}, got ${shownShortly(value)}`, { option })
}

/** A check for whole numbers within bounds. */
export function wholeNumberFrom(least: number, most?: number): OptionCheck<number> {
  return (value, option) => checkWhole(value, option, least, most)
}

/** A check for whole numbers, or infinity: no bound. */
export function boundFrom(least: number): OptionCheck<number> {
  return (value, option) => (value === Number.POSITIVE_INFINITY ? value : checkWhole(value, option, least))
}

/** A check for finite numbers within bounds. */
export function numberFrom(least: number, most: number): OptionCheck<number> {
  return (value, option) => {
    if (typeof value === 'number' && value >= least && value <= most) return value
    throw new BadOptionError(`${option} must be a number from ${least} to ${most}, got ${shownShortly(value)}`, { option })
  }
}

/** Accepts a finite number. */
export function checkFinite(value: unknown, option: string): number {
  if (Number.isFinite(value)) return value as number
  throw new BadOptionError(`${option} must be a finite number, got ${shownShortly(value)}`, { option })
}

/** Accepts an AbortSignal, but not an object that only has its prototype. */
export function checkSignal(signal: unknown, option = 'signal'): AbortSignal {
  try {
    if (signal instanceof AbortSignal && typeof signal.aborted === 'boolean') return signal
  } catch {
    // No signal, then.
  }
  throw new BadOptionError(`${option} must be an AbortSignal`, { option })
}

/** Accepts the path of a folder. */
export function checkPath(path: unknown, option: string): string {
  if (typeof path !== 'string') throw new BadOptionError(`${option} must be the path of a folder, got ${typeof path}`, { option })
  if (path === '') throw new BadOptionError(`${option} must be the path of a folder, and is empty`, { option })
  // A file system would take two such names for the same, or throw at the first use.
  if (path.includes('\0') || /\p{Surrogate}/u.test(path))
    throw new BadOptionError(`${option} must be the path of a folder, and has a character that no path has`, { option })
  return path
}

/** Accepts a function. */
export function checkFunction(value: unknown, option: string): unknown {
  if (typeof value === 'function') return value
  throw new BadOptionError(`${option} must be a function, got ${shownShortly(value)}`, { option })
}

/** A check for one of a few strings. */
export function choiceFrom<const Choice extends string>(...choices: readonly Choice[]): OptionCheck<Choice> {
  return (value, option) => {
    const choice = choices.find((candidate) => candidate === value)
    if (choice !== undefined) return choice
    const words = choices.map((each) => `'${each}'`).join(' or ')
    throw new BadOptionError(`${option} must be ${words}, got '${shownValue(value)}'`, { option })
  }
}

/** Accepts true or false; otherwise `'no'` from an environment variable would count as true. */
export function checkSwitch(value: unknown, option: string): boolean {
  if (typeof value === 'boolean') return value
  throw new BadOptionError(`${option} must be true or false, got ${typeof value}`, { option })
}
