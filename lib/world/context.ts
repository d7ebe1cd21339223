/** This file declares what a pure actor sees of the world: time, timers, randomness and messages. Actors act on nothing else. */
import type { NodeId } from '../base/ids.ts'
import type { Random } from '../base/random.ts'
import type { Event } from '../observe/events.ts'
import type { Message } from '../wire/messages.ts'

/**
 * What an actor sees of the world. An actor keeps its state in one plain object and acts only through this context, so that the
 * same file runs in production, in a simulation and under an exhaustive search.
 *
 * Timers are data: an actor names a timer by a key and receives it back through its own `timer` handler. Setting a
 * key again replaces the earlier timer, so a stale one never arrives.
 */
export interface Context<Timer> {
  readonly self: NodeId
  readonly random: Random
  /** The monotonic clock, in milliseconds. */
  nowMs(): number
  /** The wall clock, in milliseconds since 1970. */
  wallMs(): number
  /** The boot clock, in milliseconds; a system call, so not for the hot path. */
  bootMs(): number
  /** In order, exactly once, for as long as both nodes live; queued while they are not connected. */
  send(to: NodeId, message: Message): void
  /** Sends one message to several nodes, as `send` does. It is packed once. */
  broadcast(to: Iterable<NodeId>, message: Message): void
  /** At most once, never queued: for gossip and probes. */
  sendLoose(to: NodeId, message: Message): void
  setTimer(key: string, delayMs: number, timer: Timer): void
  clearTimer(key: string): void
  emit(event: Event): void
}
