import { parseArgs, type ParseArgsConfig } from 'node:util'

/**
 * Exit codes; the fixed ones of DESIGN §10. From 64 on they are those of sysexits: EX_USAGE, EX_UNAVAILABLE (no quorum, or
 * nobody there), EX_IOERR. 130 is what a shell says of a process that was interrupted.
 */
export const exitCodes = { clean: 0, unclean: 1, usage: 64, unavailable: 69, output: 74, interrupted: 130 } as const

/** The command line was wrong: a message for stderr, and exit 64. Nothing has happened yet. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Something went wrong outside of this process, where its own stack says nothing: a message for stderr, and exit 1. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure'
}

type Flags = NonNullable<ParseArgsConfig['options']>
type Parsed<F extends Flags> = ReturnType<typeof parseArgs<{ args: string[]; options: F; strict: true; allowPositionals: true }>>

/**
 * `util.parseArgs`, strict, whose complaints are UsageErrors.
 *
 * @throws UsageError for an unknown flag, a missing value, or more positional arguments than `positionalsMax`.
 */
export function parseFlags<const F extends Flags>(args: readonly string[], options: F, positionalsMax = 0): Parsed<F> {
  const joined = withNumbersJoined(args, options)
  const parsed = strictly((): Parsed<F> => parseArgs({ args: joined, options, strict: true, allowPositionals: true }))
  const surplus = parsed.positionals[positionalsMax]
  if (surplus !== undefined) throw new UsageError(`unexpected argument '${surplus}'`)
  return parsed
}

/**
 * `--seeds -1` as `--seeds=-1`: parseArgs takes the number for a flag that was forgotten, and whoever reads that hears
 * nothing of the numbers that would do.
 */
function withNumbersJoined(args: readonly string[], options: Flags): string[] {
  const result: string[] = []
  for (const [i, arg] of args.entries()) {
    const before = result.at(-1)
    const isValue = before?.startsWith('--') === true && options[before.slice(2)]?.type === 'string'
    if (arg === '--') return [...result, ...args.slice(i)]
    if (isValue && /^-\d/.test(arg)) result[result.length - 1] = `${before}=${arg}`
    else result.push(arg)
  }
  return result
}

function strictly<T>(parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(firstSentence(error.message))
    throw error
  }
}

/** Node explains at length how to pass a leading dash; the first sentence says what is wrong. */
function firstSentence(message: string): string {
  const sentence = message.split(/\.\s/)[0] as string
  return sentence.charAt(0).toLowerCase() + sentence.slice(1)
}

/** A whole number from a flag. */
export function integerFlag(text: string | undefined, flag: string, fallback: number, min: number, max: number): number {
  if (text === undefined) return fallback
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < min || value > max) {
    throw new UsageError(`--${flag} must be a whole number from ${min} to ${max}, got '${text}'`)
  }
  return value
}

/** A number of seconds, fractions allowed, from a flag. */
export function secondsFlag(text: string | undefined, flag: string, fallback: number, max: number): number {
  if (text === undefined) return fallback
  const value = Number(text)
  if (!/^\d+(\.\d+)?$/.test(text) || value <= 0 || value > max) {
    throw new UsageError(`--${flag} must be a number of seconds above 0 and at most ${max}, got '${text}'`)
  }
  return value
}

/** One of a few words. */
export function choiceFlag<const Choice extends string>(
  text: string | undefined,
  flag: string,
  choices: readonly Choice[],
  fallback: Choice,
): Choice {
  if (text === undefined) return fallback
  const choice = choices.find((each) => each === text)
  if (choice === undefined) throw new UsageError(`--${flag} must be ${choices.join(' or ')}, got '${text}'`)
  return choice
}

/** A comma-separated list whose entries are not empty. */
export function listFlag(text: string | undefined, flag: string): readonly string[] | undefined {
  if (text === undefined) return undefined
  const entries = text.split(',').map((entry) => entry.trim())
  if (entries.some((entry) => entry === '')) throw new UsageError(`--${flag} must be a list such as a,b, got '${text}'`)
  return entries
}
