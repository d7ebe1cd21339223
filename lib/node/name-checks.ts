/** This file checks the tables of the options that give a value to each pattern of lock names. */
import { BadOptionError } from '../base/errors.ts'
import { checkName } from '../base/names.ts'
import { type OptionCheck, readingOptions } from '../base/options.ts'
import { wireBounds } from '../wire/messages.ts'

/** The entries of such a table, in their order. */
export type Patterns<Value> = readonly (readonly [pattern: string, value: Value])[]

/** A table of no patterns. */
export const noPatterns: readonly never[] = Object.freeze([])

/**
 * A check for a table from patterns of lock names to values, which gives its entries, frozen. The table is part of every view. One
 * that no peer would accept is refused here; otherwise its node would wait for ever.
 */
export function patternsTo<Value>(check: OptionCheck<Value>): OptionCheck<Patterns<Value>> {
  return (table, option) => {
    if (typeof table !== 'object' || table === null || Array.isArray(table))
      throw bad(option, `must be an object from pattern of lock names to value, such as { 'pool/*': … }`)
    const entries = readingOptions(option, () => Object.entries(table))
    if (entries.length > wireBounds.patternsMax)
      throw bad(option, `has ${entries.length} patterns, and the limit is ${wireBounds.patternsMax}: use * for any characters`)
    return Object.freeze(
      entries.map(([pattern, value]) => Object.freeze([checkName(pattern, option), check(value, option)] as const)),
    )
  }
}

function bad(option: string, problem: string): BadOptionError {
  return new BadOptionError(`${option} ${problem}`, { option })
}
