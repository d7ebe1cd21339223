/** This file counts the messages that a node sent, by type, and the handshakes that it refused, by reason. */
import type { Message } from '../wire/messages.ts'
import type { Event } from './events.ts'

/**
 * Counts sent messages by type, messages of locks by kind (`lock.request`), as the papers count them. Counts refused connections
 * by reason.
 */
export class Counters {
  private readonly byType = new Map<string, number>()
  private readonly byLockKind = new Map<string, number>()
  private readonly byRefusal = new Map<string, number>()

  countSent(message: Message): void {
    if (message.type === 'lock') raise(this.byLockKind, message.body.kind)
    else raise(this.byType, message.type)
  }

  saw(event: Event): void {
    if (event.type === 'peerRefused') raise(this.byRefusal, event.reason)
    else if (event.type === 'frameTampered') raise(this.byRefusal, 'tampered')
  }

  /** A snapshot: refused connections so far, by reason. */
  refusals(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.byRefusal)
  }

  /** A snapshot: messages sent so far, by type. */
  messagesSent(): Readonly<Record<string, number>> {
    const counts = Object.fromEntries(this.byType)
    for (const [kind, count] of this.byLockKind) counts[`lock.${kind}`] = count
    return counts
  }
}

function raise(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
