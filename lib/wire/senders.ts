/**
 * This file lists which sender may send which message. The mesh authenticates the sender of every frame and its role at the
 * handshake; this table says what that role may say. The inbox of the links (`lib/link/inbox.ts`) enforces it: a peer that sends
 * a message beyond its role loses its connection. A message type without an entry here does not compile.
 */
import type { MessageType } from './messages.ts'

/**
 * The role that a peer needs at least to send a message.
 * - `anyone`: every authenticated peer, observers included;
 * - `node`: a node that takes part, whether a view lists it already or not;
 * - `member`: a member of the view that the message names. The links cannot judge this, so the layer that receives the
 *   message ignores it from all others.
 */
export type Sender = 'anyone' | 'node' | 'member'

/** The entry of every message; those of `messages`, in the same order. */
export const senders = {
  'swim.ping': 'node',
  'swim.ack': 'node',
  'swim.pingRequest': 'node',
  'swim.nack': 'node',
  'swim.gossip': 'node',
  'swim.sync': 'node',
  // An entrant tells the collector of a view that the collector may not know yet, and joiners tell each other.
  'view.newest': 'node',
  'view.decided': 'node',
  'view.join': 'node',
  'view.refuse': 'node',
  'view.leave': 'member',
  'view.claim': 'member',
  'view.ask': 'member',
  'view.activate': 'member',
  // Foundings are voted on by nodes that are in no view.
  'vote.prepare': 'node',
  'vote.promise': 'node',
  'vote.accept': 'node',
  'vote.accepted': 'node',
  'vote.reject': 'node',
  'session.renew': 'member',
  'session.renewed': 'member',
  lock: 'member',
  'query.ask': 'anyone',
  'query.answer': 'anyone',
  'recover.found': 'anyone',
  'actor.tell': 'node',
  'actor.ask': 'node',
  'actor.answer': 'node',
  'actor.watch': 'node',
  'actor.gone': 'node',
  'watch.start': 'anyone',
  'watch.next': 'anyone',
  'watch.stop': 'anyone',
  'watch.news': 'node',
  'watch.refuse': 'node',
  // A node that may hold locks may end holds. An observer may only look.
  'revoke.order': 'member',
  'revoke.answer': 'member',
} as const satisfies Readonly<Record<MessageType, Sender>>

/** Whether an observer may send a message of this type. */
export function observerMaySend(type: MessageType): boolean {
  return senders[type] === 'anyone'
}

/**
 * Messages that count only over the sender's own connection. A third that relays a frame does not prove who wrote it, and
 * these take a member out of the view without any wait (`view.leave`) or change what is believed of many (`swim.sync`).
 */
export const directOnly: ReadonlySet<MessageType> = new Set<MessageType>(['view.leave', 'swim.sync'])
