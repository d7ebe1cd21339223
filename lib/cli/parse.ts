/**
 * This file parses the words of a command line into the values of a command's options, or says in one sentence what is wrong
 * with them.
 */
import { didYouMean, flag, wordFrom, type Option, type Options, WrongValue } from './option.ts'
import type { Argument, Invocation, Spec } from './spec.ts'
import { UsageError } from './usage.ts'

/** What every command understands. */
export const commonOptions = {
  json: flag('print one JSON document, also for errors'),
  help: flag('print this text (also -h)'),
} as const satisfies Options

/**
 * Reads `--name value`, `--name=value`, `--flag`, `--no-flag` and arguments in any order; after `--` all words are arguments.
 *
 * @throws UsageError that names the option as it was typed, with an example that works.
 */
export function parse<Table extends Options>(words: readonly string[], spec: Spec<Table>): Invocation<Table> {
  const table: Options = { ...spec.options, ...commonOptions }
  const { typed, args } = sorted(words, table, spec)
  const values: Record<string, unknown> = {}
  for (const [name, option] of Object.entries(table)) {
    const given = typed.get(name)
    values[name] = given === undefined ? option.fallback : valueOf(name, option, given, spec)
  }
  checkArguments(args, spec)
  return {
    values: values as Invocation<Table>['values'],
    args,
    json: values['json'] === true,
    typed: new Set(typed.keys()),
    words,
  }
}

interface Sorted {
  /** By the names of the options; null for a flag that was negated. */
  readonly typed: ReadonlyMap<string, readonly string[] | null>
  readonly args: readonly string[]
}

function sorted(words: readonly string[], table: Options, spec: Spec): Sorted {
  const typed = new Map<string, readonly string[] | null>()
  const args: string[] = []
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string
    if (word === '--') return { typed, args: [...args, ...words.slice(at + 1)] }
    if (!word.startsWith('-') || word === '-') {
      args.push(word)
      continue
    }
    const [, name = '', value] = /^--([^=]*)(?:=(.*))?$/s.exec(word) ?? []
    const taken = name.startsWith('no-') && !Object.hasOwn(table, name) ? name.slice(3) : null
    const option = optionNamed(taken ?? name, word, table)
    if (taken !== null) {
      if (option.placeholder !== null)
        throw new UsageError(
          `--${name}: --${taken} takes a value and cannot be negated: leave it out`,
          exampleOf(spec, taken, option),
        )
      if (value !== undefined) throw new UsageError(`--${name} takes no value, got '${value}'`, exampleOf(spec, name, null))
      typed.set(taken, null)
    } else if (option.placeholder === null) {
      if (value !== undefined) throw new UsageError(`--${name} takes no value, got '${value}'`, exampleOf(spec, name, null))
      typed.set(name, [])
    } else {
      const before = typed.get(name)
      if (before !== undefined && !option.isRepeatable)
        throw new UsageError(`--${name} is given twice: give it once`, exampleOf(spec, name, option))
      const next = words[at + 1]
      if (value === undefined && isMissing(next)) throw new UsageError(`--${name} needs a value`, exampleOf(spec, name, option))
      typed.set(name, [...(before ?? []), value ?? (next as string)])
      if (value === undefined) at++
    }
  }
  return { typed, args }
}

/** `--seeds -1` has a value, though a wrong one; `--cluster --json` has none. */
function isMissing(next: string | undefined): boolean {
  return next === undefined || (next.startsWith('-') && next !== '-' && !/^-\d/.test(next))
}

function optionNamed(name: string, word: string, table: Options): Option<unknown> {
  const option = Object.hasOwn(table, name) ? table[name] : undefined
  if (option !== undefined) return option
  const typed = word.split('=', 1)[0] as string
  const meant = didYouMean(
    typed,
    Object.keys(table).map((each) => `--${each}`),
  )
  throw new UsageError(`unknown option '${typed}'${meant}`)
}

function valueOf(name: string, option: Option<unknown>, given: readonly string[] | null, spec: Spec): unknown {
  if (given === null) return false
  if (given.some((each) => each.trim() === ''))
    throw new UsageError(`--${name} is empty: give it a value, or leave it out`, exampleOf(spec, name, option))
  try {
    return option.read(given)
  } catch (error) {
    if (error instanceof WrongValue) throw new UsageError(`--${name} ${error.message}`, exampleOf(spec, name, option))
    throw error
  }
}

function checkArguments(args: readonly string[], spec: Spec): void {
  const [example] = spec.examples
  const surplus = args[spec.args.length]
  if (surplus !== undefined) throw new UsageError(`unexpected argument '${surplus}'${forms(spec)}`, `holdfast ${example.line}`)
  const missing = spec.args.find(({ isOptional }, at) => !isOptional && args[at] === undefined)
  if (missing !== undefined) throw new UsageError(`${missing.name} is missing`, `holdfast ${example.line}`)
  for (const [at, given] of args.entries()) checkArgument(given, spec.args[at] as Argument, `holdfast ${example.line}`)
}

function checkArgument(given: string, { name, completes }: Argument, example: string): void {
  if (given.trim() === '') throw new UsageError(`${name} is empty`, example)
  if (!Array.isArray(completes)) return
  try {
    wordFrom(given, completes as readonly string[])
  } catch (error) {
    if (error instanceof WrongValue) throw new UsageError(`${name} ${error.message}`, example)
    throw error
  }
}

function forms({ name, args }: Spec): string {
  if (args.length === 0) return `: ${name} takes options only`
  return `: ${name} takes ${args.map((each) => each.name).join(' ')} and options`
}

/** The command with this option, as a user would type it, with its required arguments. */
function exampleOf({ name, args }: Spec, option: string, of: Option<unknown> | null): string {
  const needed = args.filter((each) => !each.isOptional).map((each) => each.example)
  return ['holdfast', name, ...needed, `--${option}`, ...(of === null || of.placeholder === null ? [] : [of.example])].join(' ')
}
