/**
 * This file gives the orders of this node's users to end a hold of any member. An order goes to each member of the view, since any of them may have the hold. It is
 * over when the holder says how the hold ended, or when no member can have it any more: those that did not answer are members no longer, and their sessions are over.
 */
import { runOutside } from '../base/async-context.ts'
import { type HoldfastError, NoQuorumError, OverloadedError } from '../base/errors.ts'
import type { NodeId } from '../base/ids.ts'
import { fenceParts } from '../lock/fence.ts'
import {
  type Admin,
  type AdminOrder,
  OrderWait,
  overloadedOrder,
  parseOrder,
  refusedOrder,
  type RevokeOptions,
} from '../port/admin.ts'
import { closedError } from '../port/errors.ts'
import type { RevokeOutcome } from '../port/hold-end.ts'
import type { MessageOf } from '../wire/messages.ts'
import type { TimerHandle } from '../world/world.ts'
import type { Life } from './life.ts'

/** How many orders of this node may be open at once. */
const openMax = 1000
/** Holds with one fence may end in several ways: the caller hears the latest of these. */
const severity: readonly RevokeOutcome[] = ['released', 'lost', 'revoked', 'forced']

export class Orders implements Admin {
  private readonly life: Life
  private readonly open = new Map<number, OpenOrder>()
  private sequence = 0

  constructor(life: Life) {
    this.life = life
  }

  async revoke(name: string, fence: bigint, options?: RevokeOptions): Promise<RevokeOutcome> {
    return await runOutside(this.give, parseOrder(name, fence, options, false))
  }

  async force(name: string, fence: bigint, options?: RevokeOptions): Promise<RevokeOutcome> {
    return await runOutside(this.give, parseOrder(name, fence, options, true))
  }

  receive(from: NodeId, message: MessageOf<'revoke.answer'>): void {
    this.open.get(message.sequence)?.answered(from, message)
  }

  /** A view is active. */
  activated(): void {
    for (const open of [...this.open.values()]) open.viewed()
  }

  /** The session is over: who was asked cannot answer any more. An order that no member has yet waits for the next view. */
  reset(): void {
    for (const open of [...this.open.values()]) open.sessionEnded()
  }

  close(): void {
    for (const open of [...this.open.values()]) open.failed(closedError())
  }

  /** Runs outside of the context of its caller's owner: what it opens serves others later. */
  private readonly give = (order: AdminOrder): Promise<RevokeOutcome> => {
    if (this.life.isLeaving) throw closedError()
    if (this.open.size >= openMax)
      throw new OverloadedError(`${openMax} orders of this node wait for the end of holds: give fewer at a time`)
    const sequence = ++this.sequence
    const open = new OpenOrder(this.life, sequence, order, () => this.open.delete(sequence))
    this.open.set(sequence, open)
    if (this.life.tenure?.views.phase === 'active') open.viewed()
    return open.over
  }
}

/** An order that is not over. */
class OpenOrder {
  private readonly life: Life
  private readonly sequence: number
  private readonly order: AdminOrder
  private readonly wait: OrderWait
  private readonly ended: () => void
  /** Who has the order. */
  private readonly told = new Set<NodeId>()
  /** Members that may have the hold, and did not say how it ended. */
  private readonly pending: Set<NodeId>
  /** Who said that it has the hold; the last one of several. */
  private holder: NodeId | null = null
  /** The hold is exclusive, so nobody else has one with its fence. */
  private isFound = false
  private outcome: RevokeOutcome | null = null
  private refusal: HoldfastError | null = null
  /** A member went without saying how its hold ended, or whether it had one. */
  private isGone = false
  private isOver = false
  /** Set while an evicted node may still be inside the lock. */
  private timer: TimerHandle

  constructor(life: Life, sequence: number, order: AdminOrder, ended: () => void) {
    this.life = life
    this.sequence = sequence
    this.order = order
    this.ended = ended
    this.pending = new Set(this.members)
    this.wait = new OrderWait(
      life.world,
      order,
      () => this.openFor(),
      () => this.end('unknown'),
    )
  }

  get over(): Promise<RevokeOutcome> {
    return this.wait.over
  }

  /** Gives the order to all members that do not have it, and gives up those that are members no longer. */
  viewed(): void {
    const { members } = this
    for (const peer of [...this.pending]) if (!members.includes(peer)) this.gone(peer)
    const untold = this.isFound ? [] : members.filter((peer) => !this.told.has(peer))
    for (const peer of untold) {
      this.told.add(peer)
      this.pending.add(peer)
    }
    const { lock, fence, isForced, reason } = this.order
    const message = { type: 'revoke.order', sequence: this.sequence, lock, fence, isForced, reason } as const
    for (const peer of untold) if (peer !== this.life.id) this.life.send(peer, message)
    // Last, since it may end the order, or whatever a listener of its user ends.
    if (untold.includes(this.life.id)) this.life.revocations.receive(this.life.id, message)
    this.look()
  }

  answered(from: NodeId, { outcome, isAlone }: MessageOf<'revoke.answer'>): void {
    if (!this.pending.has(from)) return
    if (outcome !== 'absent') this.holder = from
    if (isAlone) {
      this.isFound = true
      for (const peer of [...this.pending]) if (peer !== from) this.pending.delete(peer)
    }
    if (outcome === 'asked') return
    this.pending.delete(from)
    if (outcome === 'refused') this.refusal = refusedOrder(this.order, from)
    else if (outcome === 'overloaded') this.refusal = overloadedOrder(this.order, from)
    else if (outcome !== 'absent') this.note(outcome)
    this.look()
  }

  sessionEnded(): void {
    if (this.told.size === 0) return this.pending.clear()
    const message = `the session of this node ended while it waited for the end of the hold of '${this.order.lock}': the order may stand`
    this.failed(new NoQuorumError(message, { definite: false }))
  }

  failed(error: HoldfastError): void {
    this.end('unknown')
    this.wait.fail(error)
  }

  /** Of the newest view, which may not have begun yet. */
  private get members(): readonly NodeId[] {
    return this.life.tenure?.views.view?.members.map(({ id }) => id) ?? []
  }

  private gone(peer: NodeId): void {
    this.pending.delete(peer)
    this.isGone = true
    if (peer === this.holder) this.note('lost')
  }

  private note(outcome: RevokeOutcome): void {
    if (this.outcome === null || severity.indexOf(outcome) > severity.indexOf(this.outcome)) this.outcome = outcome
  }

  /** Ends the order if nothing is open. */
  private look(): void {
    this.life.world.clearTimer(this.timer)
    if (this.isOver || this.pending.size > 0 || this.isAhead) return
    // An answer of the holder needs no further proof. Without one, a node that was evicted may be inside until its session is over.
    const waitMs = this.isFound && !this.isGone ? 0 : (this.life.tenure?.locks.doubtMs(this.order.lock) ?? 0)
    if (waitMs > 0) {
      this.timer = this.life.world.setTimer(waitMs, () => this.look())
      return
    }
    const { refusal } = this
    if (refusal !== null) {
      this.end('refused')
      return this.wait.fail(refusal)
    }
    const outcome = this.outcome ?? (this.isGone ? 'lost' : 'absent')
    this.end(outcome)
    this.wait.settle(outcome)
  }

  /** Its fence is of a view that this node does not know yet: a member of that view may have the hold. */
  private get isAhead(): boolean {
    return fenceParts(this.order.fence).epoch > (this.life.tenure?.views.view?.epoch ?? 0)
  }

  private openFor(): string {
    if (this.told.size === 0) return 'this node is in no active view'
    if (this.holder !== null && this.pending.has(this.holder))
      return `its owner at ${this.holder} was asked, and has not released it`
    if (this.pending.size > 0) return `no answer of ${[...this.pending].slice(0, 10).join(', ')}`
    return this.isAhead ? 'the fence is above those of the newest view that this node knows' : 'an evicted node may still hold it'
  }

  private end(outcome: RevokeOutcome | 'refused' | 'unknown'): void {
    this.isOver = true
    this.life.world.clearTimer(this.timer)
    this.ended()
    const { holder } = this
    const { id: by, feed } = this.life
    // The holder has told of it already.
    if (holder === by && outcome !== 'unknown') return
    const { lock, fence, isForced, reason } = this.order
    feed.emit({ type: 'revokeEnded', lock, fence, by, holder, isForced, reason, outcome })
  }
}
