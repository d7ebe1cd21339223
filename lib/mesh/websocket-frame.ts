/**
 * This file makes a websocket frame in one buffer, for one write. The websocket itself makes a header beside the payload, through
 * three objects of options, and the socket joins the two again.
 */
import { randomFillSync } from 'node:crypto'

/** Up to here a copy of the payload is cheaper than a second write. */
export const joinedBytesMax = 16_384

/**
 * `none`: the listener's frames. `random`: the dialler's. `zero`: the dialler's where no proxy can be on the way, for which the key
 * is; a key of zeros leaves the payload as it is.
 */
export type Masking = 'none' | 'random' | 'zero'

const finalBinary = 0x82
const maskedBit = 0x80
const keyBytes = 4
const shortMax = 125
const length16 = 126

/** Random bytes, of which each makes a part of one key. */
const keys = Buffer.alloc(8_192)
let nextKey = keys.length

/** A whole binary message (RFC 6455, §5.2). `payload`: `joinedBytesMax` at the most. */
export function websocketFrame(payload: Uint8Array, masking: Masking): Uint8Array {
  const { length } = payload
  const lengthBytes = length > shortMax ? 2 : 0
  const headBytes = 2 + lengthBytes + (masking === 'none' ? 0 : keyBytes)
  const frame = Buffer.allocUnsafe(headBytes + length)
  frame[0] = finalBinary
  frame[1] = (masking === 'none' ? 0 : maskedBit) | (lengthBytes === 0 ? length : length16)
  if (lengthBytes > 0) {
    frame[2] = length >> 8
    frame[3] = length & 0xff
  }
  if (masking === 'zero') frame.fill(0, headBytes - keyBytes, headBytes)
  if (masking === 'random') putMasked(payload, frame, headBytes)
  else frame.set(payload, headBytes)
  return frame
}

/** Puts a key before this place in the frame, and from there on the payload that it masks. */
function putMasked(payload: Uint8Array, frame: Uint8Array, place: number): void {
  if (nextKey === keys.length) {
    randomFillSync(keys)
    nextKey = 0
  }
  const key = place - keyBytes
  for (let i = 0; i < keyBytes; i++) frame[key + i] = keys[nextKey++] as number
  for (let i = 0; i < payload.length; i++) frame[place + i] = (payload[i] as number) ^ (frame[key + (i & 3)] as number)
}
