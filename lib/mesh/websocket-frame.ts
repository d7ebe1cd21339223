/**
 * This file makes a websocket frame in one buffer, for one write. The websocket itself makes a header beside the payload, through
 * three objects of options, and the socket joins the two again.
 */

/** Up to here a copy of the payload is cheaper than a second write. */
export const joinedBytesMax = 16_384

/** `none`: the listener's frames. `zero`: the dialler's, masked by a key of zeros, which leaves the payload as it is. */
export type Masking = 'none' | 'zero'

const finalBinary = 0x82
const maskedBit = 0x80
const keyBytes = 4
const shortMax = 125
const length16 = 126

/** A whole binary message (RFC 6455, §5.2). `payload`: `joinedBytesMax` at the most. */
export function websocketFrame(payload: Uint8Array, masking: Masking): Uint8Array {
  const { length } = payload
  const lengthBytes = length > shortMax ? 2 : 0
  const headBytes = 2 + lengthBytes + (masking === 'zero' ? keyBytes : 0)
  const frame = Buffer.allocUnsafe(headBytes + length)
  frame[0] = finalBinary
  frame[1] = (masking === 'zero' ? maskedBit : 0) | (lengthBytes === 0 ? length : length16)
  if (lengthBytes > 0) {
    frame[2] = length >> 8
    frame[3] = length & 0xff
  }
  if (masking === 'zero') frame.fill(0, headBytes - keyBytes, headBytes)
  frame.set(payload, headBytes)
  return frame
}
