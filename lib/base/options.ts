/** This file reads options that a caller gives as an object. It refuses unknown options, and reads each option once. */
import { BadOptionError } from './errors.ts'
import { messageOf } from './message-of.ts'
import { adviceFor } from './option-advice.ts'

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

/**
 * Reads each option once, into an object that the caller cannot change afterwards. Inherited options count.
 *
 * @throws BAD_OPTION for an unknown option, or one that cannot be read.
 */
export function takeOptions<Options extends object>(
  options: Options,
  known: readonly (keyof Options & string)[],
  call: string,
): Partial<Options> {
  checkKeys(options, known, call)
  const taken: Partial<Options> = {}
  for (const key of known) {
    let value: Options[typeof key]
    try {
      value = options[key]
    } catch (cause) {
      throw new BadOptionError(`${key} of ${call} cannot be read: ${messageOf(cause)}`, { option: key, cause })
    }
    if (value !== undefined) taken[key] = value
  }
  return taken
}
