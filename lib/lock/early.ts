/**
 * This file keeps lock messages that name a view which is not active here yet. A member that began that view sooner sends such
 * messages.
 */
import type { NodeId } from '../base/ids.ts'
import type { MessageOf } from '../wire/messages.ts'

/** How many are kept. */
const earlyMax = 100_000

export interface EarlyMessage {
  readonly from: NodeId
  readonly message: MessageOf<'lock'>
}

/** Messages of views that are not active here yet: a member that began such a view sooner sends at once. */
export class Early {
  private messages: EarlyMessage[] = []

  /** Returns false if there is no room, and drops the message. */
  add(from: NodeId, message: MessageOf<'lock'>): boolean {
    if (this.messages.length >= earlyMax) return false
    this.messages.push({ from, message })
    return true
  }

  /** All of them, in the order in which they came. */
  take(): readonly EarlyMessage[] {
    const { messages } = this
    this.messages = []
    return messages
  }
}
