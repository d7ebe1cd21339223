/**
 * What travels as one piece between two nodes: messages of one turn of the loop, and what keeps a link ordered. A frame
 * is a tuple, a message in it its type's place in the table and its packed fields.
 */
import type { NodeId } from '../base/ids.ts'
import { decode, encode } from './codec.ts'
import { type Message, type MessageType, messages } from './messages.ts'
import { type Schema, WireError } from './schema.ts'

/** Messages that were packed once and may be sent again. */
export type PackedMessage = readonly [place: number, fields: unknown]

/** Messages in order, exactly once: `sequence` is the first one's, the others follow. */
export interface OrderedFrame {
  readonly kind: 'ordered'
  /** Which link of the sender's this is; a later one has a higher number. */
  readonly link: number
  readonly sequence: number
  /** The receiver's link, and its last message that the sender delivered. */
  readonly acknowledgedLink: number
  readonly acknowledged: number
  /** The sender waits for an acknowledgement even if there is no message. */
  readonly wantsAnswer: boolean
  readonly messages: readonly Message[]
}

/** Messages at most once. */
export interface LooseFrame {
  readonly kind: 'loose'
  readonly messages: readonly Message[]
}

/** A frame on its way through a third node. */
export interface RelayedFrame {
  readonly kind: 'relayed'
  readonly from: NodeId
  readonly to: NodeId
  readonly inner: Uint8Array
}

export type Frame = OrderedFrame | LooseFrame | RelayedFrame

/** How many messages one frame may carry. */
export const frameMessagesMax = 4096

const types = Object.keys(messages) as MessageType[]
const schemas = types.map((type) => messages[type] as unknown as Schema<object>)
const places = new Map(types.map((type, place) => [type, place]))

/** Packs a message once; what comes out may go into any number of frames. */
export function packMessage(message: Message): PackedMessage {
  const place = places.get(message.type) as number
  return [place, (schemas[place] as Schema<object>).pack(message)]
}

export function encodeOrdered(
  link: number, sequence: number, acknowledgedLink: number, acknowledged: number, wantsAnswer: boolean, packed: readonly PackedMessage[],
): Uint8Array {
  return encode([0, link, sequence, acknowledgedLink, acknowledged, wantsAnswer, packed])
}

export function encodeLoose(packed: readonly PackedMessage[]): Uint8Array {
  return encode([1, packed])
}

export function encodeRelayed(from: NodeId, to: NodeId, inner: Uint8Array): Uint8Array {
  return encode([2, from, to, inner])
}

/**
 * Reads a frame and everything in it.
 *
 * @throws WireError that names the field, and nothing else.
 */
export function decodeFrame(bytes: Uint8Array): Frame {
  const raw = decode(bytes)
  if (!Array.isArray(raw)) throw new WireError('expected a frame')
  switch (raw[0]) {
    case 0:
      expectFields(raw, 7)
      if (typeof raw[5] !== 'boolean') throw new WireError('expected a boolean', 'wantsAnswer')
      return {
        kind: 'ordered', link: number(raw[1], 'link'), sequence: number(raw[2], 'sequence'),
        acknowledgedLink: number(raw[3], 'acknowledgedLink'), acknowledged: number(raw[4], 'acknowledged'),
        wantsAnswer: raw[5], messages: unpackMessages(raw[6]),
      }
    case 1:
      expectFields(raw, 2)
      return { kind: 'loose', messages: unpackMessages(raw[1]) }
    case 2:
      expectFields(raw, 4)
      if (!(raw[3] instanceof Uint8Array)) throw new WireError('expected bytes', 'inner')
      return { kind: 'relayed', from: id(raw[1], 'from'), to: id(raw[2], 'to'), inner: raw[3] }
    default:
      throw new WireError('expected a frame')
  }
}

function unpackMessages(raw: unknown): Message[] {
  if (!Array.isArray(raw) || raw.length > frameMessagesMax) throw new WireError(`expected at most ${frameMessagesMax} messages`)
  const result: Message[] = new Array(raw.length)
  for (let i = 0; i < raw.length; i++) result[i] = unpackMessage(raw[i])
  return result
}

function unpackMessage(raw: unknown): Message {
  if (!Array.isArray(raw) || raw.length !== 2) throw new WireError('expected a message')
  const place: unknown = raw[0]
  const type = typeof place === 'number' ? types[place] : undefined
  if (type === undefined) throw new WireError('unknown type of message')
  try {
    const message = (schemas[place as number] as Schema<object>).unpack(raw[1]) as { type: MessageType }
    // The record was made by the schema a moment ago and is nobody else's yet.
    message.type = type
    return message as Message
  } catch (error) {
    throw error instanceof WireError ? error.within(type) : error
  }
}

function expectFields(raw: readonly unknown[], count: number): void {
  if (raw.length !== count) throw new WireError(`expected a frame of ${count} fields`)
}

function number(raw: unknown, field: string): number {
  if (typeof raw !== 'number' || !Number.isSafeInteger(raw) || raw < 0) throw new WireError('expected a safe integer', field)
  return raw
}

function id(raw: unknown, field: string): NodeId {
  if (typeof raw !== 'string' || raw.length === 0 || raw.length > 64) throw new WireError('expected an id', field)
  return raw
}
