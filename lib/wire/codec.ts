/**
 * The only file that knows msgpack. What arrives is walked through once before msgpackr sees it: msgpackr believes
 * declared lengths and decodes records, regular expressions and cycles whatever its options say, so anything but plain
 * bounded data is turned away by its bytes alone.
 */
import { Packr } from 'msgpackr'
import { WireError } from './schema.ts'

/** Deeper than any message of the table with a user's data in it. */
const depthMax = 32

// Plain maps and arrays; 64-bit integers as bigints; bytes copied, so that nothing keeps a received frame alive.
const packr = new Packr({ useRecords: false, int64AsType: 'bigint', copyBuffers: true })

/** Packs plain data. The result is the caller's own. */
export function encode(value: unknown): Uint8Array {
  return packr.pack(value)
}

/**
 * Unpacks plain data: null, undefined, booleans, numbers, bigints, texts, bytes, lists and objects. Memory is bounded by
 * a small multiple of the input.
 *
 * @throws WireError, and nothing else, for everything that is not exactly one such value.
 */
export function decode(bytes: Uint8Array): unknown {
  const end = scan(bytes)
  if (end !== bytes.length) throw new WireError('bytes after the end')
  try {
    return packr.unpack(bytes)
  } catch (error) {
    throw new WireError(`not decodable: ${error instanceof Error ? error.message.slice(0, 100) : 'unknown'}`)
  }
}

/**
 * Walks one value and returns where it ends. Iterative, so no depth of nesting can exhaust the stack; `left` counts the
 * values still to come at each depth.
 */
function scan(bytes: Uint8Array): number {
  const left: number[] = []
  let at = 0
  const need = (count: number): void => {
    if (count > bytes.length - at) throw new WireError('truncated')
  }
  const uint = (width: number): number => {
    need(width)
    let value = 0
    for (let i = 0; i < width; i++) value = value * 256 + (bytes[at++] as number)
    return value
  }
  const skip = (count: number): void => {
    need(count)
    at += count
  }
  const enter = (count: number): void => {
    // Every value takes a byte at least, so a declared length beyond the input is a lie.
    need(count)
    if (left.length >= depthMax) throw new WireError(`nested deeper than ${depthMax}`)
    left.push(count)
  }
  const value = (): void => {
    const head = uint(1)
    if (head <= 0x7f || head >= 0xe0) return
    if (head <= 0x8f) return enter((head & 0x0f) * 2)
    if (head <= 0x9f) return enter(head & 0x0f)
    if (head <= 0xbf) return skip(head & 0x1f)
    switch (head) {
      case 0xc0: case 0xc2: case 0xc3: return
      case 0xc4: case 0xd9: return skip(uint(1))
      case 0xc5: case 0xda: return skip(uint(2))
      case 0xc6: case 0xdb: return skip(uint(4))
      case 0xca: case 0xce: case 0xd2: return skip(4)
      case 0xcb: case 0xcf: case 0xd3: return skip(8)
      case 0xcc: case 0xd0: return skip(1)
      case 0xcd: case 0xd1: return skip(2)
      case 0xdc: return enter(uint(2))
      case 0xdd: return enter(uint(4))
      case 0xde: return enter(uint(2) * 2)
      case 0xdf: return enter(uint(4) * 2)
      case 0xd4:
        // The one extension that is plain data: msgpackr's undefined.
        if (uint(1) === 0 && uint(1) === 0) return
        throw new WireError('an extension')
      default:
        throw new WireError('an extension')
    }
  }
  value()
  while (left.length > 0) {
    const top = left.length - 1
    if (left[top] === 0) left.pop()
    else {
      left[top] = (left[top] as number) - 1
      value()
    }
  }
  return at
}
