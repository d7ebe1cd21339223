/**
 * This file lists the fields of an experiment, each once: its shape, its description, its purpose, and its default. The check of
 * an experiment, its complaint and the JSON Schema are made from this table.
 */
import { HoldfastError } from '../base/errors.ts'
import { messageOf } from '../base/message-of.ts'
import { meantOr, nearestName } from '../base/nearest.ts'
import { listOf, numberWithin, type Shape, stringReadBy, stringUpTo, wholeNumber, wordOf } from '../wire/shape.ts'
import { labAlgorithm } from './algorithms.ts'
import { delayLaw } from './arena/delays.ts'
import { loadOf } from './arena/loads.ts'
import type { ExperimentInput } from './experiment.ts'

/** One field. */
interface Field {
  readonly shape: Shape
  /** What it must be, after "must be". */
  readonly form: string
  readonly description: string
  /** What it is when it is left out; undefined for a field that stays absent. */
  readonly fallback?: unknown
}

/** A string that one of the lab's readers understands. */
function readBy(read: (text: string) => unknown, description: string): Shape {
  const problemOf = (error: unknown): string => {
    if (!(error instanceof HoldfastError)) throw error
    return messageOf(error)
  }
  return stringReadBy(read, problemOf, description)
}

/** Every field, in the order of the schema. */
export const experimentFields: Readonly<Record<keyof ExperimentInput, Field>> = {
  $schema: {
    shape: stringUpTo(),
    form: 'a string, the address of the schema',
    description: 'Where editors find this schema.',
  },
  title: { shape: stringUpTo(200), form: 'a string of at most 200 characters', description: 'Stands above the report.' },
  algorithms: {
    shape: listOf(readBy(labAlgorithm, 'NAME or NAME:OPTION+OPTION, as `holdfast lab algorithms` lists them.'), 1, 64),
    form: 'a list of 1 to 64 names, such as ["ricart-agrawala", "token-ring"]',
    description: 'What is compared.',
  },
  nodes: {
    shape: listOf(wholeNumber(2, 1000), 1, 64),
    form: 'a list of 1 to 64 whole numbers from 2 to 1000, such as [5, 10]',
    description: 'How many nodes there are.',
    fallback: [5],
  },
  loads: {
    shape: listOf(
      readBy(loadOf, 'light, saturated, poisson:LOAD, closed:THINK, hotspot:LOAD,SHARE, zipf:LOAD,S, bursts:LOAD,SIZE.'),
      1,
      64,
    ),
    form: 'a list of 1 to 64 loads, such as ["light", "poisson:0.5"]',
    description: 'What users do.',
    fallback: ['saturated'],
  },
  delays: {
    shape: listOf(readBy(delayLaw, 'constant:T, uniform:LOW,HIGH, exponential:T, lognormal:T,SIGMA, two-sites:NEAR,FAR.'), 1, 16),
    form: 'a list of 1 to 16 laws, such as ["constant:1"]',
    description: 'How long messages travel; results are in units of T, the mean.',
    fallback: ['constant:1'],
  },
  entries: {
    shape: wholeNumber(1, 10_000_000),
    form: 'a whole number from 1 to 10000000',
    description: 'Entries that count, under each seed.',
    fallback: 1000,
  },
  warmUp: {
    shape: wholeNumber(0, 10_000_000),
    form: 'a whole number from 0 to 10000000',
    description: 'Entries before those. Default: a tenth, and two for each node at least.',
  },
  seeds: {
    shape: wholeNumber(1, 10_000),
    form: 'a whole number from 1 to 10000',
    description: 'Independent runs; intervals are at 95 % over them.',
    fallback: 30,
  },
  firstSeed: {
    shape: wholeNumber(0, 2 ** 31),
    form: 'a whole number from 0 to 2147483648',
    description: 'The first of them.',
    fallback: 1,
  },
  sectionT: {
    shape: numberWithin(0, 1000),
    form: 'a number from 0 to 1000',
    description: 'Length of a critical section, in units of T.',
    fallback: 0.1,
  },
  sectionLaw: {
    shape: wordOf(['constant', 'exponential']),
    form: '"constant" or "exponential"',
    description: 'Whether all sections are that long, or at the mean.',
    fallback: 'constant',
  },
  links: {
    shape: wordOf(['fifo', 'unordered']),
    form: '"fifo" or "unordered"',
    description: 'Whether messages on one link keep their order.',
    fallback: 'fifo',
  },
  permits: {
    shape: wholeNumber(1, 1000),
    form: 'a whole number from 1 to 1000',
    description: 'Users share so many permits, instead of excluding each other.',
  },
}

/** The defaults of the fields that have one. */
export function defaultsOf(): Record<string, unknown> {
  const filled = Object.entries(experimentFields).filter(([, { fallback }]) => fallback !== undefined)
  return Object.fromEntries(filled.map(([field, { fallback }]) => [field, fallback]))
}

/** Everything that is wrong with an experiment, and the first field that is; null when nothing is. */
export function experimentComplaint(input: unknown): { readonly field: string; readonly problem: string } | null {
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    return { field: 'experiment', problem: `an experiment must be one JSON object, got ${told(input)}` }
  const complaints: { field: string; problem: string }[] = []
  const unknown = Object.keys(input).filter((field) => !Object.hasOwn(experimentFields, field))
  const [first] = unknown
  if (first !== undefined) {
    const fields = Object.keys(experimentFields)
    const names = unknown.map((field) => `'${field}'`).join(', ')
    const advice = meantOr(unknown.length === 1 ? first : '', fields, `there are ${fields.join(', ')}`)
    complaints.push({ field: first, problem: `there is no ${names}${advice}` })
  }
  for (const [field, { shape, form }] of Object.entries(experimentFields)) {
    const given: unknown = Object.hasOwn(input, field) ? (input as Record<string, unknown>)[field] : undefined
    if (given === undefined) {
      if (field === 'algorithms') complaints.push({ field, problem: `'${field}' is missing: it must be ${form}` })
      continue
    }
    const slip = shape.slip(given)
    if (slip === null) continue
    const problem =
      slip.isTold === true
        ? `${field}${slip.path}: ${slip.problem}`
        : `'${field}' must be ${form}, got ${told(given)}${meantWord(given, shape)}`
    complaints.push({ field, problem })
  }
  const [{ field } = { field: '' }] = complaints
  return field === '' ? null : { field, problem: complaints.map(({ problem }) => problem).join('; ') }
}

/** The word of a choice that was probably meant by another. */
function meantWord(given: unknown, { jsonSchema }: Shape): string {
  const words = (jsonSchema as { readonly enum?: readonly string[] }).enum ?? []
  const nearest = typeof given === 'string' ? nearestName(given, words) : null
  return nearest === null ? '' : `; did you mean "${nearest}"?`
}

/** A value as JSON has it, cut after 60 characters; what JSON cannot hold is told by its type. */
function told(value: unknown): string {
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch {
    // A bigint, or an object that contains itself.
  }
  if (text === undefined) return `a ${typeof value}`
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}
