/**
 * This file is one end of the directed paths between two nodes: the messages that were sent and are not acknowledged, and how
 * far the other end's messages were delivered. Connections come and go beneath it, and frames may come by a detour through a
 * third node, late or not at all; within one pair of links every message arrives once and in order.
 *
 * The sending half can begin anew (`restart`) while the receiving half goes on: giving up messages to send does not change what
 * was received. If the *other* side forgets this node, it begins with the messages whose acknowledgement this node has not seen.
 * So a message may be delivered twice, but only to a node that forgot that it had it.
 */
import type { Message } from '../wire/messages.ts'
import {
  encodeOrdered,
  frameMessagesMax,
  messageBytesMax,
  type OrderedFrame,
  type Packed,
  type Part,
  type WireFormat,
} from '../wire/frame.ts'
import { WireError } from '../wire/schema.ts'

export class Link {
  private number: number
  private readonly format: WireFormat
  /** Sent and not acknowledged, oldest first. INV-L1: the first has sequence `acknowledged + 1`. */
  private unacknowledged: Packed[] = []
  /** INV-L2: the bytes of `unacknowledged`. */
  private unacknowledgedBytes = 0
  private acknowledged = 0
  /** The last message given to the present path. INV-L3: acknowledged ≤ handedOver ≤ handedOverMax ≤ the last sequence. */
  private handedOver = 0
  /** The last message that any path was given: the other side can acknowledge no later one. */
  private handedOverMax = 0
  /** The messages in the frame last made. */
  private offered = 0
  private answerWanted = false

  private theirLink = 0
  private delivered = 0
  private owed = 0
  /** The parts of a message that have arrived. */
  private parts: Uint8Array[] = []
  private partsBytes = 0

  /**
   * `number` rises with every link that a node makes, so that the other side can distinguish a new link from a late frame of an
   * old one.
   */
  constructor(number: number, format: WireFormat) {
    this.number = number
    this.format = format
  }

  get backlog(): number {
    return this.unacknowledged.length
  }

  get backlogBytes(): number {
    return this.unacknowledgedBytes
  }

  /** Messages delivered here since the other side last heard an acknowledgement. */
  get acknowledgementsOwed(): number {
    return this.owed
  }

  get hasUnsent(): boolean {
    return this.acknowledged + this.unacknowledged.length > this.handedOver
  }

  push(packed: Packed): void {
    this.unacknowledged.push(packed)
    this.unacknowledgedBytes += packed.length
  }

  /** Gives up all unacknowledged messages, and begins to count anew. */
  restart(number: number): void {
    this.number = number
    this.unacknowledged = []
    this.unacknowledgedBytes = 0
    this.acknowledged = this.handedOver = this.handedOverMax = this.offered = 0
  }

  /** Messages under way on the former path may be lost: all unacknowledged messages are to be sent again. */
  rewind(): void {
    this.handedOver = this.acknowledged
  }

  /** Asks the other side for an acknowledgement, even without a message to send. */
  wantAnswer(): void {
    this.answerWanted = true
  }

  /**
   * The next frame, or null without a message or acknowledgement to send; each frame carries an acknowledgement. It takes as many
   * messages as fit into `bytesMax`, and at least one. With `bytesMax` 0 it takes none, and there is always a frame.
   */
  nextFrame(bytesMax: number): Uint8Array | null {
    const from = this.handedOver - this.acknowledged
    const to = this.fitting(from, bytesMax)
    if (from === to && !this.answerWanted && bytesMax > 0) return null
    this.offered = to - from
    const packed = from === 0 && to === this.unacknowledged.length ? this.unacknowledged : this.unacknowledged.slice(from, to)
    return encodeOrdered(
      {
        link: this.number,
        sequence: this.handedOver + 1,
        ahead: from,
        acknowledgedLink: this.theirLink,
        acknowledged: this.delivered,
        wantsAnswer: this.answerWanted,
      },
      packed,
    )
  }

  private fitting(from: number, bytesMax: number): number {
    if (bytesMax === 0) return from
    const end = Math.min(from + frameMessagesMax, this.unacknowledged.length)
    if (this.unacknowledgedBytes <= bytesMax) return end
    let bytes = 0
    for (let to = from; to < end; to++) {
      bytes += (this.unacknowledged[to] as Packed).length
      if (bytes > bytesMax && to > from) return to
    }
    return end
  }

  /** The frame just made was handed over. */
  sent(): void {
    this.handedOver += this.offered
    if (this.handedOver > this.handedOverMax) this.handedOverMax = this.handedOver
    this.offered = 0
    this.owed = 0
    this.answerWanted = false
  }

  /**
   * Takes a frame of the other side. Returns the index of the first message to deliver: each message from there on goes through
   * `take`. The index is past the last message if there is no new one, or one before is missing.
   *
   * @throws WireError if no correct peer sends such a frame.
   */
  accept(frame: OrderedFrame): number {
    const end = frame.messages.length
    if (frame.acknowledgedLink === this.number) this.acknowledge(frame.acknowledged)
    // A late frame of an old link, by a slow detour.
    if (frame.link < this.theirLink) return end
    const base = frame.sequence - frame.ahead
    if (frame.link > this.theirLink || base > this.delivered + 1) {
      // The other side began anew, or is new to this node. Delivery begins before the messages whose acknowledgement it has not
      // seen, because this frame may have overtaken its first. Or it has dropped messages that a former id of this node
      // acknowledged; those never come.
      this.theirLink = frame.link
      this.delivered = base - 1
      this.dropParts()
    }
    if (frame.wantsAnswer) this.owed++
    // A gap: an earlier message was lost with its path. The missing messages will be sent again, in order.
    if (frame.sequence > this.delivered + 1) return end
    const skipped = this.delivered + 1 - frame.sequence
    if (end > 0) this.owed += Math.max(1, end - skipped)
    return skipped
  }

  /**
   * The next message of an accepted frame; null if it is a part, and the last part is not here yet. It counts as delivered before
   * its receiver has it: if the receiver throws, the message is still never delivered twice.
   *
   * @throws WireError for a part that no correct peer sends.
   */
  take(message: Message | Part): Message | null {
    this.delivered++
    return message.type === 'part' ? this.join(message) : message
  }

  private acknowledge(sequence: number): void {
    if (sequence > this.handedOverMax) throw new WireError('acknowledges what was never sent', 'acknowledged')
    const count = sequence - this.acknowledged
    if (count <= 0) return
    const gone = this.unacknowledged.splice(0, count)
    for (const packed of gone) this.unacknowledgedBytes -= packed.length
    this.acknowledged = sequence
    if (this.handedOver < sequence) this.handedOver = sequence
  }

  private join(part: Part): Message | null {
    if (part.index === 0) this.dropParts()
    // Its beginning went to a former id of this node.
    if (part.index !== this.parts.length) return null
    this.partsBytes += part.bytes.length
    if (this.partsBytes > messageBytesMax) throw new WireError(`a message of more than ${messageBytesMax} bytes`, 'part')
    this.parts.push(part.bytes)
    if (!part.isLast) return null
    const parts = this.parts
    this.dropParts()
    return this.format.joinParts(parts)
  }

  private dropParts(): void {
    this.parts = []
    this.partsBytes = 0
  }
}
