/** This file has the checks that all options share: signals, folders, functions, switches, and words of a small set. */
import { BadOptionError } from './errors.ts'
import { shownValue } from './message-of.ts'

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
