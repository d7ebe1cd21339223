/**
 * This file copies what one actor says to another, so that two actors never share an object. It refuses data that is not plain
 * or is too large to be sent.
 */
import { BadOptionError } from '../base/errors.ts'
import { copyPlain } from '../wire/plain-data.ts'

/** The largest body in bytes. It fits into a frame of the default size together with the other fields. */
export const bodyBytesMax = 786_432

/**
 * Copies a body, so that no two actors share an object, on one node or on two.
 *
 * @throws BAD_OPTION if it is not plain data, or too large; the message names the path.
 */
export function plainBody(body: unknown, what: string): unknown {
  const copy = copyPlain(body, what)
  const bytes = bytesAtMost(copy)
  if (bytes <= bodyBytesMax) return copy
  throw new BadOptionError(`${what} may take ${bytes} bytes, more than the limit of ${bodyBytesMax}: send less, or in parts`, {
    option: what,
  })
}

/** An upper bound of the encoded size: three bytes for each unit of a string, nine for each small value. */
function bytesAtMost(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return 5 + 3 * value.length
    case 'bigint':
      return 9
    case 'object':
      if (value === null) return 1
      if (value instanceof Uint8Array) return 5 + value.length
      if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + bytesAtMost(item), 5)
      return Object.entries(value).reduce((sum, [key, item]) => sum + 5 + 3 * key.length + bytesAtMost(item), 5)
    default:
      return 9
  }
}
