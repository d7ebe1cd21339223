import type { Message } from '../wire/messages.ts'
import { encodeOrdered, frameMessagesMax, type OrderedFrame, type PackedMessage } from '../wire/frame.ts'

/**
 * One end of the directed paths between two nodes: what was sent and is not acknowledged, and how far the other's
 * messages were delivered. Connections come and go beneath it; within one pair of links every message arrives once and
 * in order.
 */
export class Link {
  /** Rises with every link that this node makes, so that the other side tells a fresh link from an old one's echo. */
  readonly number: number
  /** Sent and not acknowledged, oldest first. INV-L1: `unacknowledged[0]` has sequence `acknowledged + 1`. */
  private unacknowledged: PackedMessage[] = []
  private acknowledged = 0
  /** The last message handed to the connection of now. INV-L2: between `acknowledged` and the last sequence. */
  private handedOver = 0
  private theirLink = 0
  private delivered = 0
  private owed = 0
  private answerWanted = false

  constructor(number: number) {
    this.number = number
  }

  get backlog(): number {
    return this.unacknowledged.length
  }

  /** Messages delivered here since the other side last heard an acknowledgement. */
  get acknowledgementsOwed(): number {
    return this.owed
  }

  get hasUnsent(): boolean {
    return this.acknowledged + this.unacknowledged.length > this.handedOver
  }

  push(packed: PackedMessage): void {
    this.unacknowledged.push(packed)
  }

  /** Whatever was under way on the former path may be lost: all that is not acknowledged is to be sent again. */
  rewind(): void {
    this.handedOver = this.acknowledged
  }

  /** Asks the other side for a sign, even if there is nothing to send. */
  wantAnswer(): void {
    this.answerWanted = true
  }

  /**
   * The next frame, or null when there is nothing to say; an acknowledgement rides on every frame. `countMax` bounds the
   * messages in it, so that a frame that came out too large can be made again with fewer.
   */
  nextFrame(countMax = frameMessagesMax, evenIfEmpty = false): Uint8Array | null {
    const from = this.handedOver - this.acknowledged
    const count = Math.min(countMax, this.unacknowledged.length - from)
    if (count === 0 && !evenIfEmpty && !this.answerWanted) return null
    const packed = from === 0 && count === this.unacknowledged.length ? this.unacknowledged : this.unacknowledged.slice(from, from + count)
    return encodeOrdered(this.number, this.handedOver + 1, this.theirLink, this.delivered, this.answerWanted, packed)
  }

  /** The frame just made was handed over. */
  sent(countMax = frameMessagesMax): void {
    this.handedOver = Math.min(this.handedOver + countMax, this.acknowledged + this.unacknowledged.length)
    this.owed = 0
    this.answerWanted = false
  }

  /** Takes a frame of the other's and hands each message that is new to `deliver`, in order. */
  receive(frame: OrderedFrame, deliver: (message: Message) => void): void {
    if (frame.acknowledgedLink === this.number) this.acknowledge(frame.acknowledged)
    if (frame.link < this.theirLink) return
    if (frame.link > this.theirLink) {
      // The other side began anew (or is new to us): its first frame says where.
      this.theirLink = frame.link
      this.delivered = frame.sequence - 1
    }
    if (frame.wantsAnswer) this.owed++
    // A gap: something before was lost with its path. What is missing will be sent again, in order.
    if (frame.sequence > this.delivered + 1) return
    const skipped = this.delivered + 1 - frame.sequence
    if (frame.messages.length > 0) this.owed += Math.max(1, frame.messages.length - skipped)
    for (let i = skipped; i < frame.messages.length; i++) {
      // Counted before it is handed on: whatever the receiver does, it is never delivered twice.
      this.delivered++
      deliver(frame.messages[i] as Message)
    }
  }

  private acknowledge(sequence: number): void {
    const count = Math.min(sequence - this.acknowledged, this.unacknowledged.length)
    if (count <= 0) return
    if (count === this.unacknowledged.length) this.unacknowledged = []
    else this.unacknowledged.splice(0, count)
    this.acknowledged += count
    if (this.handedOver < this.acknowledged) this.handedOver = this.acknowledged
  }
}
