/** This file checks the names that a node knows: its events, and the patterns of lock names in its tables. */
import { BadOptionError } from '../base/errors.ts'
import { shownValue } from '../base/message-of.ts'
import { checkName } from '../base/names.ts'
import { nearestName } from '../base/nearest.ts'
import { readingOptions } from '../base/options.ts'
import { eventTypes } from '../observe/events.ts'
import { wireBounds } from '../wire/messages.ts'

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
