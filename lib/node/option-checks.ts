import { BadOptionError } from '../base/errors.ts'
import { checkName } from '../base/names.ts'
import { wireBounds } from '../wire/messages.ts'

/** Refuses options that nobody reads: a misspelt option must not pass for the default. */
export function checkKeys(options: object, known: readonly string[], call: string): void {
  if (options === null || typeof options !== 'object' || Array.isArray(options)) {
    throw new BadOptionError(`${call} takes its options as an object`, { option: 'options' })
  }
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue
    throw new BadOptionError(`${call} has no option '${key}'; it has ${known.join(', ')}`, { option: key })
  }
}

/** Takes one of a few texts. */
export function oneOf<const Choice extends string>(value: unknown, choices: readonly Choice[], option: string): Choice {
  const choice = choices.find((candidate) => candidate === value)
  if (choice === undefined) {
    throw new BadOptionError(`${option} must be ${choices.map((each) => `'${each}'`).join(' or ')}, got '${String(value)}'`, {
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
  const entries = Object.entries(table)
  if (entries.length > wireBounds.patternsMax) {
    throw new BadOptionError(
      `${option} has ${entries.length} patterns, and at most ${wireBounds.patternsMax} can be agreed on: use * for any characters`,
      { option },
    )
  }
  for (const [pattern] of entries) checkName(pattern, option)
  return entries
}
