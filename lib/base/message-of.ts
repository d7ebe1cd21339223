/** This file turns any value, also a hostile one, into a short string for an error message. None of its functions throws. */
import { isError } from './foreign.ts'

/**
 * The text of a value that user code threw or rejected with. It never throws itself: a thrown value may be of any type, and its
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

/** The text of a wrong value in an error, at most 80 characters of it. Never throws. */
export function shownValue(value: unknown): string {
  return messageOf(value).slice(0, 80)
}

/** A value in a message: short, and told apart from a string that looks like it. */
export function shownShortly(value: unknown): string {
  if (typeof value === 'string') return `'${value.length > 40 ? `${value.slice(0, 40)}…` : value}'`
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'an object'
  return typeof value === 'function' ? 'a function' : String(value)
}
