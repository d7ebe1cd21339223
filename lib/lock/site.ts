/** This file is the `Site` of one lock in one view: what an algorithm instance sees of the lock, its members and the links. */
import type { Context } from '../world/context.ts'
import { invariant } from '../base/assert.ts'
import { rendezvous } from '../base/hash.ts'
import type { NodeId } from '../base/ids.ts'
import type { Stamp } from '../clock/stamp.ts'
import type { Site } from '../mutex/contract.ts'
import type { Carried } from '../view/flush-host.ts'
import type { ViewId } from '../view/view.ts'
import type { LockBody } from '../wire/bodies.ts'
import type { MessageOf } from '../wire/messages.ts'
import type { Lock } from './lock.ts'
import type { LockTimer } from './locks.ts'

/** The active view, as the locks see it. */
export interface LockView {
  readonly id: ViewId
  readonly members: readonly NodeId[]
  /** The others, in ring order beginning with the one after this node. */
  readonly peers: readonly NodeId[]
  /** The same as a set: only these members take part in the view's locks. */
  readonly others: ReadonlySet<NodeId>
}

/** How long a circulating token pauses after a lap that found no waiter. */
const tokenPauseMs = 10

/** One lock's site in one view. */
export class LockSite implements Site<LockBody> {
  readonly carried: readonly Carried[]
  private readonly context: Context<LockTimer>
  private readonly lock: Lock
  private readonly view: LockView
  private readonly silent: ReadonlySet<NodeId>

  constructor(context: Context<LockTimer>, lock: Lock, view: LockView, carried: readonly Carried[], silent: ReadonlySet<NodeId>) {
    this.context = context
    this.lock = lock
    this.view = view
    this.carried = carried
    this.silent = silent
  }

  get self(): NodeId {
    return this.context.self
  }

  get peers(): readonly NodeId[] {
    return this.view.peers
  }

  get firstPlace(): NodeId {
    return rendezvous(this.lock.name, this.view.members) ?? this.context.self
  }

  send(to: NodeId, body: LockBody): void {
    this.expectOther(to)
    this.context.send(to, this.messageWith(body))
  }

  broadcast(to: Iterable<NodeId>, body: LockBody): void {
    for (const id of to) this.expectOther(id)
    this.context.broadcast(to, this.messageWith(body))
  }

  granted(stamp?: Stamp): void {
    this.lock.entered(stamp)
  }

  refused(): void {
    this.lock.refused()
  }

  isSilent(peer: NodeId): boolean {
    return this.silent.size > 0 && this.silent.has(peer)
  }

  pause(isBrief = false): void {
    const { name } = this.lock
    this.context.setTimer(`wake ${name}`, isBrief ? 0 : tokenPauseMs, { type: 'wake', lock: name, epoch: this.view.id.epoch })
  }

  /** A lying member can make an algorithm send to this node itself for ever, or to ids that do not exist. */
  private expectOther(to: NodeId): void {
    invariant(this.view.others.has(to), 'a site sends to other members only')
  }

  private messageWith(body: LockBody): MessageOf<'lock'> {
    const { name, counter } = this.lock
    return { type: 'lock', view: this.view.id, lock: name, counter, body }
  }
}
