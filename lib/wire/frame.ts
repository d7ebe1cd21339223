/**
 * This file packs and reads frames. A frame is sent as one piece from node to node. It has the messages of one turn of the loop,
 * and the numbers that keep a link ordered. A frame is a tuple; a message in it is its type's place in the table and its packed
 * fields. `wireFormat` packs and reads messages; it is made with the bodies that algorithms declare (`lib/mutex/format.ts`). Code
 * that does not look into messages needs no format.
 */
import type { NodeId } from '../base/ids.ts'
import { decode, encode, encodeAround } from './codec.ts'
import { type Bodies, bodySchema } from './bodies.ts'
import { type Message, messageTable, type MessageType } from './messages.ts'
import { type Schema, WireError } from './schema.ts'

/** A message, or a part of one, in bytes. It is made once, when it is sent, and may be put into several frames. */
export type Packed = Uint8Array

/** A piece of a message that is too large for one frame. */
export interface Part {
  readonly type: 'part'
  /** The message's first part is 0. */
  readonly index: number
  readonly isLast: boolean
  readonly bytes: Uint8Array
}

/** What an ordered frame says of its link, beside the messages. */
export interface OrderedHead {
  /** The number of the sender's link; a later link has a higher number. */
  readonly link: number
  /** The number of the first message in here; the others follow. */
  readonly sequence: number
  /** How many earlier messages are not acknowledged either: a receiver to which this link is new has not received them. */
  readonly ahead: number
  /** The receiver's link, and its last message that the sender delivered. */
  readonly acknowledgedLink: number
  readonly acknowledged: number
  /** The sender waits for an acknowledgement even if there is no message. */
  readonly wantsAnswer: boolean
}

/** Messages in order, exactly once. */
export interface OrderedFrame extends OrderedHead {
  readonly kind: 'ordered'
  readonly messages: readonly (Message | Part)[]
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
/** The largest message, in bytes; it travels in parts. */
export const messageBytesMax = 16 * 1024 * 1024

/** Marks a part, in the place of a type. */
const partPlace = -1
const lastPartPlace = -2

/** How messages are packed into bytes and read again. All nodes of a cluster have the same. */
export interface WireFormat {
  /**
   * Packs a message in its present state.
   *
   * @throws WireError if the user's data in it is not plain, or it is larger than `messageBytesMax`.
   */
  packMessage(message: Message): Packed
  /** @throws WireError if the parts do not make a message. */
  joinParts(parts: readonly Uint8Array[]): Message
  /**
   * Reads a frame and everything in it.
   *
   * @throws WireError that names the field, and nothing else.
   */
  decodeFrame(bytes: Uint8Array): Frame
}

/** The format of all messages, with only these bodies of `lock` messages. */
export function wireFormat(bodies: readonly Bodies[]): WireFormat {
  const table = messageTable(bodySchema(bodies))
  const types = Object.keys(table) as MessageType[]
  const schemas = types.map((type) => table[type] as unknown as Schema<object>)
  const places = new Map(types.map((type, place) => [type, place]))

  function unpackMessage(raw: unknown): Message | Part {
    if (!Array.isArray(raw) || raw.length !== 2) throw new WireError('expected a message')
    const place: unknown = raw[0]
    if (place === partPlace || place === lastPartPlace) return unpackPart(raw[1], place === lastPartPlace)
    const type = typeof place === 'number' ? types[place] : undefined
    if (type === undefined) throw new WireError('unknown type of message')
    try {
      const message = (schemas[place as number] as Schema<object>).unpack(raw[1]) as { type: MessageType }
      // The schema has just made this record: no other code has a reference to it.
      message.type = type
      return message as Message
    } catch (error) {
      throw error instanceof WireError ? error.within(type) : error
    }
  }

  return {
    packMessage(message) {
      const place = places.get(message.type) as number
      const packed = encode([place, (schemas[place] as Schema<object>).pack(message)])
      if (packed.length > messageBytesMax) {
        throw new WireError(`takes ${packed.length} bytes, and at most ${messageBytesMax} travel`, message.type)
      }
      return packed
    },
    joinParts(parts) {
      const message = unpackMessage(decode(Buffer.concat(parts)))
      if (message.type === 'part') throw new WireError('a part within a part')
      return message
    },
    decodeFrame: (bytes) => readFrame(bytes, unpackMessage),
  }
}

/** Cuts a message into parts of at most that many bytes; a message that is not larger stays whole. */
export function cutMessage(packed: Packed, partBytesMax: number): readonly Packed[] {
  if (packed.length <= partBytesMax) return [packed]
  const parts: Packed[] = []
  for (let at = 0; at < packed.length; at += partBytesMax) {
    const end = Math.min(at + partBytesMax, packed.length)
    parts.push(encode([end === packed.length ? lastPartPlace : partPlace, [parts.length, packed.subarray(at, end)]]))
  }
  return parts
}

export function encodeOrdered(head: OrderedHead, packed: readonly Packed[]): Uint8Array {
  return encodeAround(
    [0, head.link, head.sequence, head.ahead, head.acknowledgedLink, head.acknowledged, head.wantsAnswer],
    packed,
  )
}

export function encodeLoose(packed: readonly Packed[]): Uint8Array {
  return encodeAround([1], packed)
}

export function encodeRelayed(from: NodeId, to: NodeId, inner: Uint8Array): Uint8Array {
  return encode([2, from, to, inner])
}

type UnpackMessage = (raw: unknown) => Message | Part

function readFrame(bytes: Uint8Array, unpackMessage: UnpackMessage): Frame {
  const raw = decode(bytes)
  if (!Array.isArray(raw)) throw new WireError('expected a frame')
  switch (raw[0]) {
    case 0:
      return orderedFrame(raw, unpackMessage)
    case 1:
      return looseFrame(raw, unpackMessage)
    case 2:
      expectFields(raw, 4)
      if (!(raw[3] instanceof Uint8Array)) throw new WireError('expected bytes', 'inner')
      return { kind: 'relayed', from: id(raw[1], 'from'), to: id(raw[2], 'to'), inner: raw[3] }
    default:
      throw new WireError('expected a frame')
  }
}

function orderedFrame(raw: readonly unknown[], unpackMessage: UnpackMessage): OrderedFrame {
  expectFields(raw, 8)
  const sequence = number(raw[2], 'sequence')
  const ahead = number(raw[3], 'ahead')
  if (sequence === 0 || ahead >= sequence) throw new WireError('the first message of a link has sequence 1', 'sequence')
  if (typeof raw[6] !== 'boolean') throw new WireError('expected a boolean', 'wantsAnswer')
  return {
    kind: 'ordered',
    link: number(raw[1], 'link'),
    sequence,
    ahead,
    acknowledgedLink: number(raw[4], 'acknowledgedLink'),
    acknowledged: number(raw[5], 'acknowledged'),
    wantsAnswer: raw[6],
    messages: unpackList(raw[7]).map(unpackMessage),
  }
}

function looseFrame(raw: readonly unknown[], unpackMessage: UnpackMessage): LooseFrame {
  expectFields(raw, 2)
  const unpacked: Message[] = []
  for (const each of unpackList(raw[1])) {
    const message = unpackMessage(each)
    if (message.type === 'part') throw new WireError('a part of a message in a loose frame')
    unpacked.push(message)
  }
  return { kind: 'loose', messages: unpacked }
}

function unpackList(raw: unknown): readonly unknown[] {
  if (!Array.isArray(raw) || raw.length > frameMessagesMax) throw new WireError(`expected at most ${frameMessagesMax} messages`)
  return raw
}

function unpackPart(raw: unknown, isLast: boolean): Part {
  if (!Array.isArray(raw) || raw.length !== 2 || !(raw[1] instanceof Uint8Array))
    throw new WireError('expected a part of a message')
  return { type: 'part', index: number(raw[0], 'part'), isLast, bytes: raw[1] }
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
