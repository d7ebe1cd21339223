/**
 * This file makes text from outside safe for a terminal. Names, tags and reasons come from other processes and from files. A
 * terminal obeys some characters instead of showing them: it clears itself, changes its title, or shows text backwards. So those
 * characters are printed as escapes. JSON needs no such escapes, since no terminal reads it.
 */

/** C0 and C1 with DEL between them, and the overrides and isolates by which text changes its direction. */
const obeyed = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g
const obeyedInLines = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g

/** Text from outside as a part of one line: characters that a terminal would obey are shown as `\x1b`, `\u202e`. */
export function printable(text: string): string {
  return text.replace(obeyed, told)
}

/** The same for our own text of several lines with text from outside in it. */
export function printableLines(text: string): string {
  return text.replace(obeyedInLines, told)
}

/** Plain data whose strings are printable. */
export function printableData<Data>(data: Data): Data {
  return mended(data) as Data
}

function mended(data: unknown): unknown {
  if (typeof data === 'string') return printable(data)
  if (Array.isArray(data)) return data.map(mended)
  if (typeof data !== 'object' || data === null) return data
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, mended(value)]))
}

function told(character: string): string {
  const code = character.charCodeAt(0)
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
}
