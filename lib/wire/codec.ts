/**
 * This file is the only one that knows msgpack. What arrives is walked through once before msgpackr sees it: msgpackr believes
 * declared lengths and decodes records, regular expressions and cycles with any options, so this file rejects all data that is
 * not plain and bounded, by its bytes alone.
 */
import { Packr } from 'msgpackr'
import { invariant } from '../base/assert.ts'
import { messageOf } from '../base/message-of.ts'
import { WireError } from './schema.ts'

/** Deeper than any message of the table, with the user's data in it. */
const depthMax = 32
/**
 * An empty list takes one byte here and fifty in memory, so lists and maps are counted: a small frame may have as many as any
 * correct frame has, a large one a number in proportion to its bytes.
 */
const containersFree = 16_384
const bytesPerContainer = 4

// Plain maps and arrays; 64-bit integers as bigints; bytes are copied, so that no value keeps a received frame alive.
const packr = new Packr({ useRecords: false, int64AsType: 'bigint', copyBuffers: true })

/** Packs plain data. The result belongs to the caller. */
export function encode(value: unknown): Uint8Array {
  return packr.pack(value)
}

/** Packs the list of `head`'s values and, as its last value, the list of items that were packed before. */
export function encodeAround(head: readonly unknown[], items: readonly Uint8Array[]): Uint8Array {
  invariant(head.length < 15, 'a head of at most 14 values, so that one byte tells the length of the list')
  const packedHead = packr.pack(head)
  let size = packedHead.length + 3
  for (const item of items) size += item.length
  const bytes = Buffer.allocUnsafe(size)
  bytes.set(packedHead)
  bytes[0] = 0x90 | (head.length + 1)
  let at = packedHead.length
  bytes[at++] = 0xdc
  at = bytes.writeUInt16BE(items.length, at)
  for (const item of items) {
    bytes.set(item, at)
    at += item.length
  }
  return bytes
}

/**
 * Unpacks plain data: null, undefined, booleans, numbers, bigints, texts, bytes, lists and objects. Memory is bounded by
 * a small multiple of the input.
 *
 * @throws WireError, and no other error, for all input that is not exactly one such value.
 */
export function decode(bytes: Uint8Array): unknown {
  const end = scan(bytes)
  input = nothing
  if (end !== bytes.length) throw new WireError('bytes after the end')
  try {
    return packr.unpack(bytes)
  } catch (error) {
    throw new WireError(`not decodable: ${messageOf(error).slice(0, 100)}`)
  }
}

/** The bytes that are being walked, and the position. One walk at a time, so that a decode makes no extra objects. */
const nothing = new Uint8Array()
let input: Uint8Array = nothing
let at = 0
/** How many values are still to come at each depth; for a map, keys and values together, as a negative number. */
const left: number[] = new Array(depthMax).fill(0)
let depth = 0
let containersLeft = 0

/** Walks one value and returns where it ends. Iterative, so no depth of nesting can exhaust the stack. */
function scan(bytes: Uint8Array): number {
  input = bytes
  at = 0
  depth = 0
  containersLeft = containersFree + bytes.length / bytesPerContainer
  value()
  while (depth > 0) {
    const top = depth - 1
    const count = left[top] as number
    if (count === 0) depth--
    else if (count > 0) {
      left[top] = count - 1
      value()
    } else {
      left[top] = count + 1
      if ((count & 1) === 0) key()
      else value()
    }
  }
  return at
}

function value(): void {
  const head = uint(1)
  if (head <= 0x7f || head >= 0xe0) return
  if (head <= 0x8f) return enterMap(head & 0x0f)
  if (head <= 0x9f) return enterList(head & 0x0f)
  if (head <= 0xbf) return skip(head & 0x1f)
  switch (head) {
    case 0xc0:
    case 0xc2:
    case 0xc3:
      return
    case 0xc4:
    case 0xd9:
      return skip(uint(1))
    case 0xc5:
    case 0xda:
      return skip(uint(2))
    case 0xc6:
    case 0xdb:
      return skip(uint(4))
    case 0xca:
    case 0xce:
    case 0xd2:
      return skip(4)
    case 0xcb:
    case 0xcf:
    case 0xd3:
      return skip(8)
    case 0xcc:
    case 0xd0:
      return skip(1)
    case 0xcd:
    case 0xd1:
      return skip(2)
    case 0xdc:
      return enterList(uint(2))
    case 0xdd:
      return enterList(uint(4))
    case 0xde:
      return enterMap(uint(2))
    case 0xdf:
      return enterMap(uint(4))
    case 0xd4:
      // The one extension that is plain data: msgpackr's undefined.
      if (uint(1) === 0 && uint(1) === 0) return
      throw new WireError('an extension')
    default:
      throw new WireError('an extension')
  }
}

/** Only strings name fields: msgpackr would convert any other value to a string. */
function key(): void {
  const head = input[at]
  const isText = head !== undefined && ((head >= 0xa0 && head <= 0xbf) || (head >= 0xd9 && head <= 0xdb))
  if (!isText) throw new WireError(head === undefined ? 'truncated' : 'a key that is not a string')
  value()
}

function need(count: number): void {
  if (count > input.length - at) throw new WireError('truncated')
}

function uint(width: number): number {
  need(width)
  let number = 0
  for (let i = 0; i < width; i++) number = number * 256 + (input[at++] as number)
  return number
}

function skip(count: number): void {
  need(count)
  at += count
}

function enterList(count: number): void {
  // Each value takes at least a byte, so a declared length beyond the input is false.
  need(count)
  enter(count)
}

function enterMap(count: number): void {
  need(2 * count)
  enter(-2 * count)
}

function enter(count: number): void {
  if (--containersLeft < 0) throw new WireError('too many lists and maps for so few bytes')
  if (depth >= depthMax) throw new WireError(`nested deeper than ${depthMax}`)
  left[depth++] = count
}
