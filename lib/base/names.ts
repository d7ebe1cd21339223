/** This file checks the names of locks, actors and clusters, and matches names against patterns. */
import { BadOptionError } from './errors.ts'

/** The longest name of a lock, an actor or a cluster, in bytes of UTF-8. */
export const nameBytesMax = 256

/**
 * Accepts a name: a string of 1 to 256 bytes in UTF-8, without lone surrogates (two of those would become one name on the wire).
 *
 * @throws BAD_OPTION
 */
export function checkName(name: unknown, what: string): string {
  if (typeof name !== 'string') {
    throw new BadOptionError(`${what} must be a string, got ${name === null ? 'null' : typeof name}`, { option: what })
  }
  if (name.length === 0) throw new BadOptionError(`${what} must not be empty`, { option: what })
  // No UTF-16 unit takes more than three bytes, so short names need no counting.
  if (name.length > nameBytesMax / 3 && utf8Length(name) > nameBytesMax) {
    throw new BadOptionError(`${what} must be at most ${nameBytesMax} bytes of UTF-8, got ${utf8Length(name)}`, { option: what })
  }
  if (/\p{Surrogate}/u.test(name)) throw new BadOptionError(`${what} must be well-formed Unicode`, { option: what })
  return name
}

/** How many bytes of UTF-8 a well-formed string takes. */
export function utf8Length(text: string): number {
  let bytes = 0
  for (const character of text) {
    const point = character.codePointAt(0) as number
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4
  }
  return bytes
}

/** Whether a name fits a pattern in which `*` stands for any characters. */
export function matchesPattern(pattern: string, name: string): boolean {
  const parts = pattern.split('*')
  const first = parts[0] as string
  if (parts.length === 1) return first === name
  const last = parts[parts.length - 1] as string
  if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length) return false
  const end = name.length - last.length
  let from = first.length
  for (const part of parts.slice(1, -1)) {
    const found = name.indexOf(part, from)
    if (found === -1 || found + part.length > end) return false
    from = found + part.length
  }
  return true
}
