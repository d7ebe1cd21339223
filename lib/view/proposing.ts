/** This file turns the reasons for a successor into a proposal, when one is due and it is this member's turn. */
import type { Context } from '../world/context.ts'
import type { NodeId } from '../base/ids.ts'
import { elapsedForOthersMs } from '../clock/pessimistic.ts'
import type { FlushState } from './flush.ts'
import { newsOf } from './news.ts'
import type { Reasons } from './reasons.ts'
import type { Register } from './register.ts'
import { instantNow } from './session.ts'
import { canDecide, successorOf } from './successor.ts'
import { spacingMs } from './timing.ts'
import type { Quarantined, View } from './view.ts'
import type { Views } from './views.ts'

/** Where a member stands when it weighs a proposal. */
export interface Standing {
  readonly flush: FlushState
  /** For whom this member waits, from its installation of that view: at most what the view says. */
  readonly waits: readonly Quarantined[]
  readonly leaving: boolean
}

/**
 * How many views may come in a row with the local register, so that a death right after a join causes no wait. With the quorum
 * register none may, since a voter does not accept an epoch that its wall clock has not reached.
 */
const burstMax = 5

/** Turns reasons into proposals: weighs whether a successor is due, and makes it when it is this member's turn. */
export class Proposing {
  /**
   * `proposed`: this node proposed a successor of the newest view, and so tells the others of the decision. `spacedMs`: when the
   * views so far would all have come if they had been spaced evenly, by the monotonic clock.
   */
  readonly state = { proposed: false, spacedMs: Number.NEGATIVE_INFINITY }
  private readonly context: Context<{ readonly type: 'propose' }>
  private readonly register: Register
  private readonly reasons: Reasons
  private readonly againMs: number
  private readonly views: Pick<Views, 'standing' | 'gone'>

  constructor(
    context: Context<{ readonly type: 'propose' }>,
    register: Register,
    reasons: Reasons,
    againMs: number,
    views: Pick<Views, 'standing' | 'gone'>,
  ) {
    this.context = context
    this.register = register
    this.reasons = reasons
    this.againMs = againMs
    this.views = views
  }

  consider(): void {
    const standing = this.views.standing()
    if (standing === null) return
    const { flush, waits, leaving } = standing
    const { view, installed, carried } = flush
    const nowMs = this.context.nowMs()
    const gone = this.reasons.gone(view)
    // A joiner waits until the view is active; otherwise a crowd of joiners would keep it from becoming active. A node that asks
    // for an epoch that the clock has not reached also waits, so that no other node waits for it.
    const joiners = carried === null ? [] : this.reasons.joiners(view).filter(({ floor }) => this.waitMs(view, floor) === 0)
    const anyReason = gone.size > 0 || joiners.length > 0 || this.reasons.state.wantsSuccessor
    const turnMs = this.reasons.dueMs(view, nowMs, installed.monotonicMs, gone, anyReason)
    if (turnMs === null) {
      const nextMs = this.reasons.nextMs(view)
      return nextMs === null ? this.context.clearTimer('propose') : this.later(nextMs)
    }
    const elapsedMs = elapsedForOthersMs(installed, instantNow(this.context))
    // A successor hands on the waits as they are known here, so that no node waits longer because there is a new view.
    const above = joiners.reduce((most, { floor }) => Math.max(most, floor), 0)
    const successor = successorOf({ ...view, quarantine: waits }, { gone, joiners, elapsedMs, above })
    if (!canDecide(successor)) {
      this.context.clearTimer('propose')
      // This node leaves, and no view is possible without it.
      if (leaving) this.views.gone()
      return
    }
    const mayMs = nowMs + (this.register.waitMs?.(view, successor.epoch) ?? 0)
    const dueMs = Math.max(mayMs, turnMs, leaving ? 0 : this.spacedMs())
    if (nowMs < dueMs) return this.later(dueMs - nowMs)
    this.soon(this.againMs)
    this.propose(view, successor)
  }

  /** Hands a proposal to the register. What is decided may be another. */
  propose(view: View, successor: View): void {
    this.state.proposed = true
    this.register.propose(view, successor)
  }

  /** Considers after a while: what is in hand comes first. */
  soon(delayMs: number): void {
    this.context.setTimer('propose', delayMs, { type: 'propose' })
  }

  /** Wait at least 1 ms; a shorter delay would set the timer again for ever. */
  private later(delayMs: number): void {
    this.soon(Math.max(1, delayMs))
  }

  /** A successor is decided. Its proposer tells all nodes, also those that it leaves out. Returns whether this node does. */
  decided(before: View | null, view: View): boolean {
    this.space(before === null ? 1 : view.epoch - before.epoch)
    const { proposed } = this.state
    this.state.proposed = false
    const ids = new Set<NodeId>([...view.members, ...(before?.members ?? [])].map((member) => member.id))
    ids.delete(this.context.self)
    if (proposed) this.context.broadcast(ids, newsOf(view, this.register))
    return proposed
  }

  /** How much longer than others a joiner with this floor has to wait. */
  private waitMs(view: View, floor: number): number {
    return floor <= view.epoch ? 0 : (this.register.waitMs?.(view, floor + 1) ?? 0)
  }

  /** The earliest moment for the next view (the token bucket of traffic shaping, as a virtual schedule). */
  private spacedMs(): number {
    return this.state.spacedMs - (this.burst - 1) * spacingMs
  }

  private space(views: number): void {
    const nowMs = this.context.nowMs()
    const latestMs = nowMs + this.burst * spacingMs
    this.state.spacedMs = Math.min(latestMs, Math.max(this.state.spacedMs, nowMs) + views * spacingMs)
  }

  private get burst(): number {
    return this.register.openToJoiners ? burstMax : 1
  }
}
