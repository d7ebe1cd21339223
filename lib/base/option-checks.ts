/** This file has the checks that all options share: signals, folders, functions, switches, numbers, and words of a small set. */
import { BadOptionError } from './errors.ts'
import { shownShortly, shownValue } from './message-of.ts'
import { checkKeys, takeOptions } from './options.ts'

/** Checks the value of one option. Throws BAD_OPTION that names the option. */
export type OptionCheck = (value: unknown, option: string) => unknown

/** What each option of a call must be; null for an option that the call checks itself. */
export type OptionTable<Options> = { readonly [Option in keyof Options]-?: OptionCheck | null }

/** Rejects an option that is not in the table, and a value that its check rejects. `undefined` counts as left out. */
export function checkOptions<Options extends object>(
  options: Options,
  table: OptionTable<Options>,
  call: string,
  within = '',
): void {
  checkKeys(options, Object.keys(table), call)
  for (const option of Object.keys(table) as (keyof Options & string)[]) {
    const value: unknown = options[option]
    if (value !== undefined) table[option]?.(value, `${within}${option}`)
  }
}

/** Reads the bounds of an engine, the option `limits`: each a whole number from 1. */
export function takeLimits<Limits extends object>(limits: Partial<Limits>, defaults: Limits): Limits {
  const taken = takeOptions<Partial<Limits>>(limits, Object.keys(defaults) as (keyof Limits & string)[], 'limits')
  for (const [name, value] of Object.entries(taken)) checkWhole(value, `limits.${name}`, 1)
  return Object.freeze({ ...defaults, ...taken })
}

/** Accepts a whole number within bounds. */
export function checkWhole(value: unknown, option: string, least: number, most = Number.MAX_SAFE_INTEGER): number {
  if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most) return value as number
  const bounds = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`
  throw new BadOptionError(`${option} must be a whole number ${bounds}, got ${shownShortly(value)}`, { option })
}

/** A check for whole numbers within bounds. */
export function wholeNumberFrom(least: number, most?: number): OptionCheck {
  return (value, option) => checkWhole(value, option, least, most)
}

/** A check for whole numbers, or infinity: no bound. */
export function boundFrom(least: number): OptionCheck {
  return (value, option) => value === Number.POSITIVE_INFINITY || checkWhole(value, option, least)
}

/** Accepts an AbortSignal, but not an object that only has its prototype. */
export function checkSignal(signal: unknown): AbortSignal {
  try {
    if (signal instanceof AbortSignal && typeof signal.aborted === 'boolean') return signal
  } catch {
    // No signal, then.
  }
  throw new BadOptionError('signal must be an AbortSignal', { option: 'signal' })
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
export function checkFunction(value: unknown, option: string): void {
  if (typeof value !== 'function') throw new BadOptionError(`${option} must be a function, got ${typeof value}`, { option })
}

/** Accepts one of a few strings. */
export function choiceFrom<const Choice extends string>(value: unknown, choices: readonly Choice[], option: string): Choice {
  const choice = choices.find((candidate) => candidate === value)
  if (choice === undefined) {
    throw new BadOptionError(`${option} must be ${choices.map((each) => `'${each}'`).join(' or ')}, got '${shownValue(value)}'`, {
      option,
    })
  }
  return choice
}

/** Accepts true or false; otherwise `'no'` from an environment variable would count as true. */
export function checkSwitch(value: unknown, option: string): boolean {
  if (typeof value !== 'boolean') throw new BadOptionError(`${option} must be true or false, got ${typeof value}`, { option })
  return value
}
