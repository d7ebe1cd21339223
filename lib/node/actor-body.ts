import { BadOptionError } from '../base/errors.ts'
import { data, WireError } from '../wire/schema.ts'

/** The largest body, in bytes at the most: it fits a frame of the default size beside everything else in there. */
export const bodyBytesMax = 786_432

const plain = data()

/**
 * A copy of what one actor says to another, so that no two actors ever share an object, on one node or on two.
 *
 * @throws BAD_OPTION when it is not plain data, or too large.
 */
export function plainBody(body: unknown, what: string): unknown {
  try {
    const copy = plain.unpack(body)
    const bytes = bytesAtMost(copy)
    if (bytes > bodyBytesMax) throw new WireError(`may take ${bytes} bytes, and at most ${bodyBytesMax} travel`)
    return copyBytes(copy)
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    throw new BadOptionError(`${what} must be plain data: ${error.message}`, { option: what, cause: error })
  }
}

/** An upper bound of the encoded size: three bytes for each unit of a text, nine for everything small. */
function bytesAtMost(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return 5 + 3 * value.length
    case 'bigint':
      if (value < -(1n << 63n) || value >= 1n << 63n) throw new WireError('a bigint of more than 64 bits')
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

/** The check has copied lists and objects; bytes it passes on as they are, so they are copied here. */
function copyBytes(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Uint8Array) return new Uint8Array(value)
  if (Array.isArray(value)) return value.map(copyBytes)
  const copy: Record<string, unknown> = {}
  for (const [key, item] of Object.entries(value)) copy[key] = copyBytes(item)
  return copy
}
