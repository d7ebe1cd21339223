import { BadOptionError } from '../base/errors.ts'
import { shownValue } from '../base/message-of.ts'
import { checkName } from '../base/names.ts'
import { nearestName } from '../base/nearest.ts'
import { readingOptions } from '../base/options.ts'
import { eventTypes } from '../observe/events.ts'
import { wireBounds } from '../wire/messages.ts'

/** Takes an AbortSignal, and not what merely has its prototype. */
export function checkSignal(signal: unknown): AbortSignal {
  try {
    if (signal instanceof AbortSignal && typeof signal.aborted === 'boolean') return signal
  } catch {
    // No signal, then.
  }
  throw new BadOptionError('signal must be an AbortSignal', { option: 'signal' })
}

/** Takes the path of a folder. */
export function checkPath(path: unknown, option: string): string {
  if (typeof path !== 'string') throw new BadOptionError(`${option} must be the path of a folder, got ${typeof path}`, { option })
  if (path === '') throw new BadOptionError(`${option} must be the path of a folder, and is empty`, { option })
  // A file system would take two such names for one, or throw at the first use.
  if (path.includes('\0') || /\p{Surrogate}/u.test(path))
    throw new BadOptionError(`${option} must be the path of a folder, and has a character that no path has`, { option })
  return path
}

/** Takes a function. */
export function checkFunction(value: unknown, option: string): void {
  if (typeof value !== 'function') throw new BadOptionError(`${option} must be a function, got ${typeof value}`, { option })
}

/** Takes the name of an event, or `*`. */
export function checkEventType(type: unknown): void {
  if (type === '*' || eventTypes.some((each) => each === type)) return
  const got = shownValue(type)
  const meant = typeof type === 'string' ? nearestName(type, eventTypes) : null
  const cure = meant === null ? '' : ` Did you mean '${meant}'?`
  throw new BadOptionError(`on: there is no event '${got}'.${cure} The events are ${eventTypes.join(', ')}, and * for all`, {
    option: 'type',
  })
}

/** Takes one of a few texts. */
export function oneOf<const Choice extends string>(value: unknown, choices: readonly Choice[], option: string): Choice {
  const choice = choices.find((candidate) => candidate === value)
  if (choice === undefined) {
    throw new BadOptionError(`${option} must be ${choices.map((each) => `'${each}'`).join(' or ')}, got '${shownValue(value)}'`, {
      option,
    })
  }
  return choice
}

/** Takes true or false; `'no'` from an environment variable would else pass for true. */
export function checkSwitch(value: unknown, option: string): boolean {
  if (typeof value !== 'boolean') throw new BadOptionError(`${option} must be true or false, got ${typeof value}`, { option })
  return value
}

/**
 * Takes a table from patterns of lock names to something, as entries in their order. It travels in every view: one that no
 * peer would take is refused here, or else its node would wait for ever.
 */
export function checkTable<Value>(table: Readonly<Record<string, Value>>, option: string): [pattern: string, value: Value][] {
  if (typeof table !== 'object' || table === null || Array.isArray(table)) {
    throw new BadOptionError(`${option} must be an object from pattern of lock names to value, such as { 'pool/*': … }`, {
      option,
    })
  }
  const entries = readingOptions(option, () => Object.entries(table))
  if (entries.length > wireBounds.patternsMax) {
    throw new BadOptionError(
      `${option} has ${entries.length} patterns, and at most ${wireBounds.patternsMax} can be agreed on: use * for any characters`,
      { option },
    )
  }
  for (const entry of entries) {
    checkName(entry[0], option)
    Object.freeze(entry)
  }
  return entries
}
