/**
 * This file checks the JSON that people write by hand or that a file contains: plans, histories, experiments. `schema.ts` has the
 * shapes of messages, which are packed as well. A value is checked from the outside in, and the first mistake is reported by its
 * path. A correct value costs no string: a simulated run checks its plan each time, and most plans are correct.
 */
import { shownShortly } from '../base/message-of.ts'

/** What is wrong, and where: the path from the value that was checked, such as `.asks[2].thinkMs`. */
export interface Slip {
  readonly path: string
  readonly problem: string
  /** The problem is in the words of the value's own reader, and says by itself what to write. */
  readonly isTold?: boolean
}

/** A check, and the part of it that an editor can use (JSON Schema, draft 2020-12). */
export interface Shape {
  slip(value: unknown): Slip | null
  readonly jsonSchema: object
}

/** A value that fulfils a condition. `expected` names it, as in "is 7, not a string". */
export function valueThat(expected: string, holds: (value: unknown) => boolean, jsonSchema: object = {}): Shape {
  return { slip: (value) => (holds(value) ? null : { path: '', problem: `${foundText(value)}, not ${expected}` }), jsonSchema }
}

/** A whole number within bounds. */
export function wholeNumber(least: number, most: number): Shape {
  const holds = (value: unknown): boolean => Number.isSafeInteger(value) && isWithin(value, least, most)
  return valueThat(`a whole number from ${least} to ${most}`, holds, { type: 'integer', minimum: least, maximum: most })
}

/** A number within bounds. */
export function numberWithin(least: number, most: number, of = 'a number'): Shape {
  const holds = (value: unknown): boolean => isWithin(value, least, most)
  return valueThat(`${of} from ${least} to ${most}`, holds, { type: 'number', minimum: least, maximum: most })
}

export const truthValue: Shape = valueThat('true or false', (value) => typeof value === 'boolean', { type: 'boolean' })

/** A string, of at most so many UTF-16 units. */
export function stringUpTo(lengthMax = Number.POSITIVE_INFINITY): Shape {
  const bound = lengthMax === Number.POSITIVE_INFINITY ? {} : { maxLength: lengthMax }
  return valueThat('a string', (value) => typeof value === 'string' && value.length <= lengthMax, { type: 'string', ...bound })
}

/** One of a few words. */
export function wordOf(words: readonly string[]): Shape {
  const known = new Set<unknown>(words)
  const expected = `one of ${words.map((each) => `'${each}'`).join(', ')}`
  return valueThat(expected, (value) => known.has(value), { type: 'string', enum: words })
}

/** A string that a reader understands; the reader's error is the problem. */
export function stringReadBy(read: (text: string) => unknown, problemOf: (error: unknown) => string, description: string): Shape {
  const isText = valueThat('a string that is not empty', (value) => typeof value === 'string' && value !== '')
  return {
    slip(value) {
      const slip = isText.slip(value)
      if (slip !== null) return slip
      try {
        read(value as string)
        return null
      } catch (error) {
        return { path: '', problem: problemOf(error), isTold: true }
      }
    },
    jsonSchema: { type: 'string', minLength: 1, description },
  }
}

/** The value may be left out. */
export function optional({ slip, jsonSchema }: Shape): Shape {
  return { slip: (value) => (value === undefined ? null : slip(value)), jsonSchema }
}

/** The value may be null. */
export function orNull({ slip, jsonSchema }: Shape): Shape {
  return { slip: (value) => (value === null ? null : slip(value)), jsonSchema: { anyOf: [jsonSchema, { type: 'null' }] } }
}

/** A list of such values. */
export function listOf(item: Shape, least = 0, most = Number.POSITIVE_INFINITY): Shape {
  const bounds = most === Number.POSITIVE_INFINITY ? {} : { minItems: least, maxItems: most }
  return {
    slip(value) {
      if (!Array.isArray(value)) return { path: '', problem: `${foundText(value)}, not a list` }
      if (value.length < least || value.length > most)
        return { path: '', problem: `has ${value.length} items, not ${least} to ${most}` }
      for (let i = 0; i < value.length; i++) {
        const slip = item.slip(value[i])
        if (slip !== null) return { ...slip, path: `[${i}]${slip.path}` }
      }
      return null
    },
    jsonSchema: { type: 'array', items: item.jsonSchema, ...bounds },
  }
}

/** An object with these fields and no others: otherwise a misspelt field would count as left out. */
export function objectWith(what: string, fields: Readonly<Record<string, Shape>>): Shape {
  const entries = Object.entries(fields)
  return {
    slip(value) {
      if (typeof value !== 'object' || value === null || Array.isArray(value))
        return { path: '', problem: `${foundText(value)}, not ${what}, an object` }
      for (const field of Object.keys(value))
        if (!Object.hasOwn(fields, field))
          return { path: `.${field}`, problem: `is unknown: ${what} has ${Object.keys(fields).join(', ')}` }
      return slipOfFields(value, entries)
    },
    jsonSchema: {
      type: 'object',
      properties: Object.fromEntries(entries.map(([field, { jsonSchema }]) => [field, jsonSchema])),
      additionalProperties: false,
    },
  }
}

/** The first field that is wrong. Other fields than these do not count, and inherited ones are missing. */
export function slipOfFields(value: object, entries: readonly (readonly [field: string, shape: Shape])[]): Slip | null {
  for (const [field, shape] of entries) {
    const slip = shape.slip(Object.hasOwn(value, field) ? (value as Readonly<Record<string, unknown>>)[field] : undefined)
    if (slip !== null) return { ...slip, path: `.${field}${slip.path}` }
  }
  return null
}

/** Whether a value is a number within bounds; not a number is within none. */
export function isWithin(value: unknown, least: number, most: number): value is number {
  return typeof value === 'number' && value >= least && value <= most
}

function foundText(value: unknown): string {
  return value === undefined ? 'is missing' : `is ${shownShortly(value)}`
}
