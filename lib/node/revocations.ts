/**
 * This file carries out the orders of members to give a hold of this node back, or to end it by force, and tells them how it ended. The hold itself ends as
 * one with `maxHold` does: its owner is told first, then the lock is free for the next waiter.
 */
import type { NodeId } from '../base/ids.ts'
import { oneLine } from '../port/admin.ts'
import { lossByForce } from '../port/revocable.ts'
import type { MessageOf } from '../wire/messages.ts'
import type { NodeHold } from './hold.ts'
import type { Life } from './life.ts'

type Order = MessageOf<'revoke.order'>
type Outcome = MessageOf<'revoke.answer'>['outcome']

export class Revocations {
  private readonly life: Life

  constructor(life: Life) {
    this.life = life
  }

  receive(from: NodeId, given: Order): void {
    const { tenure, id } = this.life
    // A member that was evicted, and does not know it, has no say any more.
    if (tenure === null || (from !== id && !tenure.contacts.isMember(from))) return
    const order = { ...given, reason: oneLine(given.reason) }
    const hold = tenure.locks.holdOf(order.lock, order.fence) as NodeHold | undefined
    const answer = (outcome: Outcome, isAlone: boolean): void => {
      if (this.life.id === id) this.answer(from, { type: 'revoke.answer', sequence: order.sequence, outcome, isAlone })
    }
    // To read the state is to judge the hold: the hold may be over at this moment.
    if (hold === undefined || (hold.state !== 'held' && hold.state !== 'suspect')) return answer('absent', false)
    const { isAlone } = hold.lockMode
    const ended = (outcome: Exclude<Outcome, 'asked' | 'overloaded'>): void => {
      this.tellEnd(id, from, order, outcome)
      answer(outcome, isAlone)
    }
    if (order.isForced) {
      this.life.forfeited(hold, lossByForce(from, order.reason))
      return ended('forced')
    }
    const { revocable } = hold
    if (revocable === undefined) return ended('refused')
    if (revocable.isFull) return answer('overloaded', isAlone)
    answer('asked', isAlone)
    const { lock, fence, reason } = order
    const isFirst = revocable.ask(from, reason, ended)
    if (isFirst) this.life.feed.emit({ type: 'revokeAsked', lock, fence, by: from, reason, graceMs: revocable.graceMs })
    revocable.tell()
  }

  private tellEnd(
    holder: NodeId,
    by: NodeId,
    { lock, fence, isForced, reason }: Order,
    outcome: 'refused' | Exclude<Outcome, 'asked' | 'overloaded'>,
  ): void {
    this.life.feed.emit({ type: 'revokeEnded', lock, fence, by, holder, isForced, reason, outcome })
  }

  private answer(to: NodeId, message: MessageOf<'revoke.answer'>): void {
    if (to === this.life.id) this.life.orders.receive(to, message)
    else this.life.send(to, message)
  }
}
