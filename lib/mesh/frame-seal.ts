/**
 * This file seals frames, so that a relay cannot change what two nodes with a secret say to each other without TLS. Each frame
 * ends with a MAC, of a key that only this connection and direction has, over the frame's number and its bytes. So a frame that
 * was altered, invented, repeated, dropped, reordered, sent back or taken from another connection is rejected.
 *
 * The MAC is HMAC-SHA256 (RFC 2104), cut to 16 bytes. It is made of two one-shot hashes: for frames of the usual size that
 * takes two thirds of the time of node's own `createHmac`, which builds an object for each.
 */
import { createHmac, hash, hkdfSync } from 'node:crypto'
import { type Answer, type Hello, isDirect, type Upgrade } from './handshake.ts'

/** The bytes that a seal adds to a frame. */
export const tagLength = 16
const blockLength = 64
const counterLength = 8
const prefixLength = blockLength + counterLength
const digestLength = 32
/** Up to here a copy of the frame is cheaper than an object that hashes in pieces. */
const copyLengthMax = 8_192

/** Where the bytes are put together that are hashed; nothing of it is used after the call that wrote it. */
const scratch = Buffer.alloc(prefixLength + copyLengthMax)

/** One direction of one connection, at one of its ends: it either seals frames or opens them, in order. */
export class FrameSeal {
  private readonly key: Uint8Array
  /** The key as HMAC mixes it into its two hashes; the number of the next frame follows in the first. */
  private readonly inner = Buffer.alloc(prefixLength, 0x36)
  private readonly outer = Buffer.alloc(blockLength + digestLength, 0x5c)
  private count = 0

  /** @param key 32 bytes. */
  constructor(key: Uint8Array) {
    this.key = key
    for (const [i, byte] of key.entries()) {
      this.inner[i] = 0x36 ^ byte
      this.outer[i] = 0x5c ^ byte
    }
  }

  /** The next frame with its MAC behind it, as it travels. */
  seal(frame: Uint8Array): Uint8Array {
    const sealed = Buffer.allocUnsafe(frame.length + tagLength)
    sealed.set(frame)
    sealed.write(this.nextTag(frame), frame.length, tagLength, 'latin1')
    return sealed
  }

  /** The next frame without its MAC; null when it is not what the other end sealed next. Nothing is opened after that. */
  open(sealed: Uint8Array): Uint8Array | null {
    const length = sealed.length - tagLength
    if (length < 0) return null
    const frame = sealed.subarray(0, length)
    const tag = this.nextTag(frame)
    let difference = 0
    for (let i = 0; i < tagLength; i++) difference |= tag.charCodeAt(i) ^ (sealed[length + i] as number)
    return difference === 0 ? frame : null
  }

  /** The whole digest, one character a byte. */
  private nextTag(frame: Uint8Array): string {
    const number = this.count++
    this.inner.writeUInt32BE(Math.floor(number / 2 ** 32), blockLength)
    this.inner.writeUInt32BE(number >>> 0, blockLength + 4)
    if (frame.length > copyLengthMax)
      return createHmac('sha256', this.key).update(this.inner.subarray(blockLength)).update(frame).digest('binary')
    scratch.set(this.inner)
    scratch.set(frame, prefixLength)
    const innerDigest = hash('sha256', scratch.subarray(0, prefixLength + frame.length), 'binary')
    this.outer.write(innerDigest, blockLength, digestLength, 'latin1')
    return hash('sha256', this.outer, 'binary')
  }
}

/** Both directions of a connection, as one of its ends uses them. */
export interface FrameSeals {
  readonly sending: FrameSeal
  readonly receiving: FrameSeal
}

/**
 * The seals of a connection from what its handshake said: HKDF-SHA256 of the secret, salted with both nonces, once for
 * each direction. The upgrade's proof, which covers all that was said, is part of what the keys are derived for. Null where
 * no process of another user can be between the two.
 */
export function sealsOf(
  secret: string,
  hello: Hello,
  answer: Answer,
  upgrade: Upgrade,
  end: 'dialler' | 'listener',
): FrameSeals | null {
  if (isDirect(hello, answer)) return null
  const key = (direction: string): FrameSeal => {
    const purpose = `holdfast frames ${direction} ${upgrade.proof}`
    return new FrameSeal(new Uint8Array(hkdfSync('sha256', secret, `${hello.nonce} ${answer.nonce}`, purpose, digestLength)))
  }
  const [toListener, toDialler] = [key('to the listener'), key('to the dialler')]
  return end === 'dialler' ? { sending: toListener, receiving: toDialler } : { sending: toDialler, receiving: toListener }
}
