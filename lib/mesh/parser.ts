/**
 * This file is our own parser for socket.io: each packet is exactly one websocket frame. Messages between nodes travel as a
 * binary frame whose bytes are the payload itself, with no header and no copy. The few packets by which socket.io opens and
 * closes a connection travel as short texts: the type's digit and, for some, a text. So no bytes of a peer build an object here.
 *
 * Frames do not take socket.io's way through its event layer (an array, two turns of `nextTick` and an emitter for each
 * packet); `Connection` hears them from the engine. The decoder lets them pass in silence.
 */
import { EventEmitter } from 'node:events'
import { invariant } from '../base/assert.ts'

/** The packets of socket.io's protocol that we use; acknowledgements and other namespaces are not spoken. */
export const packetType = { connect: 0, disconnect: 1, event: 2, connectError: 4 } as const

/** A packet as socket.io hands it to an encoder. */
export interface Packet {
  readonly type: number
  readonly nsp: string
  readonly data?: unknown
}

/** The longest control packet taken. */
const controlLengthMax = 256
const namespace = '/'

/** Packets into frames. */
export class Encoder {
  /** One packet, one frame: a text for control, the bytes themselves for an event `[name, bytes]`. */
  encode(packet: Packet): readonly (string | Uint8Array)[] {
    const { type, data } = packet
    switch (type) {
      case packetType.connect:
        return [`${type}${field(data, 'sid')}`]
      case packetType.disconnect:
        return [`${type}`]
      case packetType.connectError:
        return [`${type}${field(data, 'message')}`]
      default:
        invariant(
          type === packetType.event && Array.isArray(data) && data[1] instanceof Uint8Array,
          'only frames of bytes are sent as events',
        )
        return [data[1]]
    }
  }
}

/** Frames into packets. What does not fit is thrown to socket.io, which closes that connection and goes on. */
export class Decoder extends EventEmitter<{ decoded: [Packet] }> {
  add(frame: unknown): void {
    if (frame instanceof Uint8Array) return
    if (typeof frame !== 'string') throw new Error('an empty packet')
    this.emit('decoded', decodeControl(frame))
  }

  destroy(): void {
    // Nothing is kept between frames.
  }
}

function decodeControl(text: string): Packet {
  if (text.length === 0 || text.length > controlLengthMax) throw new Error('a control packet that is empty or too long')
  const type = text.charCodeAt(0) - 48
  const rest = text.slice(1)
  switch (type) {
    case packetType.connect:
      return rest === '' ? { type, nsp: namespace } : { type, nsp: namespace, data: { sid: rest } }
    case packetType.disconnect:
      if (rest !== '') throw new Error('a disconnect packet with further data')
      return { type, nsp: namespace }
    case packetType.connectError:
      return { type, nsp: namespace, data: { message: rest } }
    default:
      throw new Error('a control packet of unknown type')
  }
}

function field(data: unknown, key: 'sid' | 'message'): string {
  if (typeof data !== 'object' || data === null) return ''
  const value = (data as Readonly<Record<string, unknown>>)[key]
  return typeof value === 'string' ? value.slice(0, controlLengthMax - 1) : ''
}
