/**
 * This file is the routing table: which part of a node takes each type of message. A part's `receive` is typed by its own
 * messages alone. So if a type is missing here, or is given to the wrong part, the code does not compile.
 */
import type { NodeId } from '../base/ids.ts'
import type { MessageOf, MessageType } from '../wire/messages.ts'

export const partFor = {
  lock: 'locks',
  'swim.ping': 'membership',
  'swim.ack': 'membership',
  'swim.pingRequest': 'membership',
  'swim.nack': 'membership',
  'swim.gossip': 'membership',
  'swim.sync': 'membership',
  'view.newest': 'views',
  'view.decided': 'views',
  'view.join': 'views',
  'view.refuse': 'views',
  // The contacts note it and hand it on to the views.
  'view.leave': 'contacts',
  'view.claim': 'views',
  'view.ask': 'views',
  'view.activate': 'views',
  'vote.prepare': 'register',
  'vote.promise': 'register',
  'vote.accept': 'register',
  'vote.accepted': 'register',
  'vote.reject': 'register',
  'session.renew': 'register',
  'session.renewed': 'register',
  'query.ask': 'questions',
  'query.answer': 'questions',
  'recover.found': 'questions',
  'actor.tell': 'actors',
  'actor.ask': 'actors',
  'actor.answer': 'actors',
  'actor.watch': 'actors',
  'actor.gone': 'actors',
  'watch.start': 'subscriptions',
  'watch.next': 'subscriptions',
  'watch.stop': 'subscriptions',
  'watch.news': 'watches',
  'watch.refuse': 'watches',
  'revoke.order': 'revocations',
  'revoke.answer': 'orders',
} as const satisfies Readonly<Record<MessageType, string>>

type PartName = (typeof partFor)[MessageType]
type TypesFor<Name extends PartName> = { [Type in MessageType]: (typeof partFor)[Type] extends Name ? Type : never }[MessageType]

/** The parts of a node that take messages, by their names in the table. */
export type Parts = {
  readonly [Name in PartName]: { readonly receive: (from: NodeId, message: MessageOf<TypesFor<Name>>) => void }
}
