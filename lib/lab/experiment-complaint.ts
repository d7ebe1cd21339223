/** What is wrong with an experiment's file, in the words of its fields. */
import type { z } from 'zod'
import type { ExperimentInput } from './experiment.ts'

/** What each field must be. */
const forms: Readonly<Record<keyof ExperimentInput, string>> = {
  $schema: 'a string, the address of the schema',
  title: 'a string of at most 200 characters',
  algorithms: 'a list of 1 to 64 names, such as ["ricart-agrawala", "token-ring"]',
  nodes: 'a list of 1 to 64 whole numbers from 2 to 1000, such as [5, 10]',
  loads: 'a list of 1 to 64 loads, such as ["light", "poisson:0.5"]',
  delays: 'a list of 1 to 16 laws, such as ["constant:1"]',
  entries: 'a whole number from 1 to 10000000',
  warmUp: 'a whole number from 0 to 10000000',
  seeds: 'a whole number from 1 to 10000',
  firstSeed: 'a whole number from 0 to 2147483648',
  sectionT: 'a number from 0 to 1000',
  sectionLaw: '"constant" or "exponential"',
  links: '"fifo" or "unordered"',
  permits: 'a whole number from 1 to 1000',
}

/** All complaints about an experiment, each field's once. */
export function experimentComplaint(issues: readonly z.core.$ZodIssue[], input: unknown): string {
  return [...new Set(issues.map((issue) => complaintOf(issue, input)))].join('; ')
}

function complaintOf(issue: z.core.$ZodIssue, input: unknown): string {
  if (issue.code === 'unrecognized_keys')
    return `there is no ${issue.keys.map((key) => `'${key}'`).join(', ')}; there are ${Object.keys(forms).join(', ')}`
  if (issue.code === 'custom') return `${placeOf(issue.path)}: ${issue.message}`
  const field = Object.keys(forms).find((each) => each === issue.path[0]) as keyof ExperimentInput | undefined
  if (field === undefined) return `an experiment must be one JSON object, got ${told(input)}`
  const given = (input as ExperimentInput)[field]
  return given === undefined
    ? `'${field}' is missing: it must be ${forms[field]}`
    : `'${field}' must be ${forms[field]}, got ${told(given)}`
}

function placeOf(path: readonly PropertyKey[]): string {
  return path.map((key) => (typeof key === 'number' ? `[${key}]` : String(key))).join('')
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
