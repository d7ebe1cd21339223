/** This file checks the tables of the options that give a value to each pattern of lock names. */
import { BadOptionError } from '../base/errors.ts'
import { checkName } from '../base/names.ts'
import { readingOptions } from '../base/options.ts'
import { wireBounds } from '../wire/messages.ts'

/**
 * Accepts a table from patterns of lock names to values, as entries in their order. It is part of every view. A table that no
 * peer would accept is refused here; otherwise its node would wait for ever.
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
      `${option} has ${entries.length} patterns, and the limit is ${wireBounds.patternsMax}: use * for any characters`,
      { option },
    )
  }
  for (const entry of entries) {
    checkName(entry[0], option)
    Object.freeze(entry)
  }
  return entries
}
