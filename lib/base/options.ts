/**
 * This file takes the options that a caller gives as an object: by a table, which names each option and its check. Unknown options
 * are refused. Each option is read once, so what the caller does with the object later has no effect.
 */
import { BadOptionError } from './errors.ts'
import { messageOf } from './message-of.ts'
import { adviceFor } from './option-advice.ts'

/**
 * Checks the value of one option, and returns the value to go on with. A check that returns `unknown` leaves the value as it is.
 * Throws BAD_OPTION that names the option.
 */
export type OptionCheck<Value = unknown> = (value: unknown, option: string) => Value

/** The check of each option of a call; null for an option that the call checks itself. */
export type OptionTable<Options> = { readonly [Option in keyof Options]-?: OptionCheck | null }

/** The options that were given, as their checks returned them. */
export type Taken<Options, Table> = {
  readonly [Option in keyof Options & keyof Table]?: Table[Option] extends OptionCheck<infer Value>
    ? unknown extends Value
      ? Exclude<Options[Option], undefined>
      : Value
    : Exclude<Options[Option], undefined>
}

/**
 * Takes the options of a call. `undefined` counts as left out; inherited options count.
 *
 * @throws BAD_OPTION for an unknown option, one that cannot be read, and one that its check rejects.
 * @example const { wait = 5_000, signal } = takeOptions(options, { wait: parseDuration, signal: checkSignal }, 'ask')
 */
export function takeOptions<Options extends object, Table extends OptionTable<Options>>(
  options: Options,
  table: Table,
  call: string,
): Taken<Options, Table> {
  return take(options, table, call, '')
}

/** The same for an option that has options of its own: messages and errors name them `OPTION.PART`. */
export function takeParts<Parts extends object, Table extends OptionTable<Parts>>(
  parts: Parts,
  table: Table,
  option: string,
): Taken<Parts, Table> {
  return take(parts, table, option, `${option}.`)
}

function take<Options extends object, Table extends OptionTable<Options>>(
  options: Options,
  table: Table,
  call: string,
  within: string,
): Taken<Options, Table> {
  checkKeys(options, Object.keys(table), call)
  const taken: Record<string, unknown> = {}
  for (const name of Object.keys(table) as (keyof Options & string)[]) {
    const option = within + name
    let value: unknown
    try {
      value = options[name]
    } catch (cause) {
      throw new BadOptionError(`${name} of ${call} cannot be read: ${messageOf(cause)}`, { option, cause })
    }
    const check = table[name]
    if (value !== undefined) taken[name] = check === null ? value : check(value, option)
  }
  return taken as Taken<Options, Table>
}

/** Rejects unknown options: otherwise a misspelt option would silently get its default. */
export function checkKeys(options: object, known: readonly string[], call: string): void {
  if (options === null || typeof options !== 'object' || Array.isArray(options)) {
    throw new BadOptionError(`${call} takes its options as an object`, { option: 'options' })
  }
  for (const key of readingOptions(call, () => Object.keys(options))) {
    if (known.includes(key)) continue
    const advice = adviceFor(key, known)
    const cure = advice === '' ? '' : ` ${advice}`
    throw new BadOptionError(`${call} has no option '${key}'.${cure} It has ${known.join(', ')}`, { option: key })
  }
}

/**
 * Reads from an object of the user.
 *
 * @throws BAD_OPTION if a getter or a proxy throws.
 */
export function readingOptions<T>(call: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw unreadable(call, cause)
  }
}

/** The error for options that throw when they are read. */
export function unreadable(call: string, cause: unknown): Error {
  return new BadOptionError(`the options of ${call} cannot be read: ${messageOf(cause)}`, { option: 'options', cause })
}
