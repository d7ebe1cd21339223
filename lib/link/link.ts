/**
 * This file is one end of the directed paths between two nodes: the messages that were sent and are not acknowledged, and how
 * far the other end's messages were delivered. Connections come and go beneath it, and frames may come by a detour through a
 * third node, late or not at all; within one pair of links every message arrives once and in order.
 *
 * The sending half can begin anew (`restart`) while the receiving half goes on: what one gives up says nothing about
 * what one has had. When the *other* side forgets us, it begins with what we have not seen acknowledged, so a message
 * may be delivered twice to one who forgot that it had it, and only then.
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
  /** The last message given to the path of now. INV-L3: acknowledged ≤ handedOver ≤ handedOverMax ≤ the last sequence. */
  private handedOver = 0
  /** The last message that any path was ever given: the other side can acknowledge no more. */
  private handedOverMax = 0
  /** The messages in the frame last made. */
  private offered = 0
  private answerWanted = false

  private theirLink = 0
  private delivered = 0
  private owed = 0
  /** The message that arrives in parts: those that are here. */
  private parts: Uint8Array[] = []
  private partsBytes = 0

  /** `number` rises with every link that a node makes, so that the other side tells a fresh one from an old one's echo. */
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

  /** Gives up all that is not acknowledged, and begins to count anew. */
  restart(number: number): void {
    this.number = number
    this.unacknowledged = []
    this.unacknowledgedBytes = 0
    this.acknowledged = this.handedOver = this.handedOverMax = this.offered = 0
  }

  /** Messages under way on the former path may be lost: all that is not acknowledged is to be sent again. */
  rewind(): void {
    this.handedOver = this.acknowledged
  }

  /** Asks the other side for a sign, even if there is nothing to send. */
  wantAnswer(): void {
    this.answerWanted = true
  }

  /**
   * The next frame, or null when there is nothing to say; an acknowledgement rides on every frame. It takes as many
   * messages as fit into `bytesMax`, and one at least; none with `bytesMax` 0, which always makes a frame.
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
   * Takes a frame of the other's. Returns the index of its first message that is to be delivered: each from there on goes
   * through `take`. It is past the last one when there is nothing new, or one before it is missing.
   *
   * @throws WireError for what no honest peer says.
   */
  accept(frame: OrderedFrame): number {
    const end = frame.messages.length
    if (frame.acknowledgedLink === this.number) this.acknowledge(frame.acknowledged)
    // An old link's echo by a slow detour.
    if (frame.link < this.theirLink) return end
    const base = frame.sequence - frame.ahead
    if (frame.link > this.theirLink || base > this.delivered + 1) {
      // The other side began anew, or is new to us: we begin before what it has not seen acknowledged, for this frame may
      // have overtaken its first. Or it has let go of what a former self of ours acknowledged, and we shall never see that.
      this.theirLink = frame.link
      this.delivered = base - 1
      this.dropParts()
    }
    if (frame.wantsAnswer) this.owed++
    // A gap: a message before was lost with its path. What is missing will be sent again, in order.
    if (frame.sequence > this.delivered + 1) return end
    const skipped = this.delivered + 1 - frame.sequence
    if (end > 0) this.owed += Math.max(1, end - skipped)
    return skipped
  }

  /**
   * The next message of a frame that was accepted; null when it is a part, and the last part is not here yet. It counts as
   * delivered before its receiver has it: if that throws, it is still never delivered twice.
   *
   * @throws WireError for a part that no honest peer says.
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
    // Its beginning went to a former self of ours.
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
