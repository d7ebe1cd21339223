/** This file counts the messages that each request caused, by kind. */
import type { Stamp } from '../../clock/stamp.ts'
import type { Body } from '../../mutex/contract.ts'
import { stampIn } from '../../mutex/stamped.ts'
import type { Request } from './seat.ts'

/**
 * How many messages of each kind were sent, for the request that each names. So a message that is late still counts for
 * the entry that it ends, and counts that a paper gives exactly come out exactly.
 */
export class MessageCounts<Message extends Body> {
  /** Kinds in the order of their first use; `Request.messages` and `unnamed` count by these places. */
  readonly kinds: string[] = []
  /** Messages that named no request. */
  readonly unnamed: number[] = []
  private readonly requestOf: (stamp: Stamp) => Request | null
  private lastBody: Message | null = null
  private lastKind = 0

  constructor(requestOf: (stamp: Stamp) => Request | null) {
    this.requestOf = requestOf
  }

  /** What goes to several sites in a row is looked at once. */
  add(body: Message): void {
    if (body !== this.lastBody) {
      this.lastBody = body
      this.lastKind = this.kinds.indexOf(body.kind)
      if (this.lastKind === -1) this.lastKind = this.kinds.push(body.kind) - 1
    }
    const stamp = stampIn(body)
    const counts = (stamp === null ? null : this.requestOf(stamp))?.messages ?? this.unnamed
    while (counts.length <= this.lastKind) counts.push(0)
    counts[this.lastKind] = (counts[this.lastKind] as number) + 1
  }
}
