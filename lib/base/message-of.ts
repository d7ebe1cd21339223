/** This file turns any value, also a hostile one, into a short string for an error message. None of its functions throws. */
import { isError } from './foreign.ts'

/**
 * The message of a value that user code threw or rejected with. It never throws: a thrown value may be of any type, and its
 * `message`, `toString` and prototype may throw when they are read.
 *
 * @example messageOf(new Error('no disk')) // 'no disk'
 */
export function messageOf(thrown: unknown): string {
  try {
    if (isError(thrown)) return String(thrown.message)
    return String(thrown)
  } catch {
    return 'a value that cannot be shown as text'
  }
}

/** A wrong value as a string for an error, at most 80 characters. Never throws. */
export function shownValue(value: unknown): string {
  return messageOf(value).slice(0, 80)
}

/** A value for an error: short, and with quotes if it is a string. */
export function shownShortly(value: unknown): string {
  if (typeof value === 'string') return `'${value.length > 40 ? `${value.slice(0, 40)}…` : value}'`
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'an object'
  return typeof value === 'function' ? 'a function' : String(value)
}
