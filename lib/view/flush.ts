/** This file flushes one view: it collects the members' claims, merges them, and activates the view everywhere. */
import type { Context } from '../world/context.ts'
import { compareIds, type NodeId } from '../base/ids.ts'
import type { Instant } from '../clock/pessimistic.ts'
import type { MessageOf } from '../wire/messages.ts'
import type { Carried, Claim, JointTestimony, FlushHost } from './flush-host.ts'
import { newsOf } from './news.ts'
import type { Register } from './register.ts'
import { Silence } from './silence.ts'
import { isMember, sameViewId, type View, type ViewId } from './view.ts'

/** How far a flush has come. */
export interface FlushState {
  readonly view: View
  readonly id: ViewId
  readonly installed: Instant
  /** The node's own claim, frozen; null for an entrant, which was not there before. */
  readonly own: Claim | null
  /** At the collector: the members' claims. */
  readonly claims: Map<NodeId, Claim>
  /** The merged claim; null until this node is activated. INV-V5: once set it never changes. */
  carried: readonly Carried[] | null
  /** The other half of the merged claim. */
  findings: readonly JointTestimony[]
}

/**
 * One view's flush, from its installation to its activation (docs/concepts.md, *Views*; after the view synchrony of Birman and
 * Joseph 1987). Each node that was a member before sends its holds to the most senior member, the collector. When all have, the
 * collector sends the merged claim to all, and with it the view begins. Claims are frozen when first sent and merged once: two
 * merges of one view could make two tokens.
 *
 * A later view discards this flush whole.
 */
export class Flush {
  readonly state: FlushState
  private readonly context: Context<{ readonly type: 'flush' }>
  private readonly register: Pick<Register, 'openToJoiners'>
  private readonly resendMs: number
  private readonly host: Pick<FlushHost, 'findings'>
  private readonly activated: () => void
  private readonly silence: Silence
  /** How long this node has waited for the view to begin, without the time in which it stood still itself. */
  waitedMs = 0

  constructor(
    context: Context<{ readonly type: 'flush' }>,
    view: View,
    id: ViewId,
    installed: Instant,
    own: Claim | null,
    register: Pick<Register, 'openToJoiners'>,
    resendMs: number,
    host: Pick<FlushHost, 'findings'>,
    activated: () => void,
  ) {
    this.context = context
    this.register = register
    this.resendMs = resendMs
    this.host = host
    this.activated = activated
    this.silence = new Silence(resendMs)
    this.state = { view, id, installed, own, claims: new Map(), carried: null, findings: [] }
  }

  get collector(): NodeId {
    return this.state.view.members[0]?.id as NodeId
  }

  /** The nodes that were members before: only they have claims. */
  get claimants(): readonly NodeId[] {
    return this.state.view.members.filter((member) => member.since < this.state.view.epoch).map((member) => member.id)
  }

  /** @param isTold This node has told the members of the view already. */
  start(isTold: boolean): void {
    this.waitedMs = this.silence.look(this.state.installed.monotonicMs)
    this.context.setTimer('flush', this.resendMs, { type: 'flush' })
    if (this.collector !== this.context.self) return this.claim()
    if (!isTold) this.context.broadcast(this.others, newsOf(this.state.view, this.register))
    if (this.state.own !== null) this.state.claims.set(this.context.self, this.state.own)
    this.merge()
  }

  /** Again and again until activated. */
  timer(): void {
    if (this.state.carried !== null) return
    this.waitedMs = this.silence.look(this.context.nowMs())
    this.context.setTimer('flush', this.resendMs, { type: 'flush' })
    if (this.collector !== this.context.self) return this.claim()
    this.context.broadcast(this.missing(), newsOf(this.state.view, this.register))
  }

  /** The members whose claim the collector has not received. */
  missing(): readonly NodeId[] {
    return this.claimants.filter((id) => !this.state.claims.has(id))
  }

  claimed(from: NodeId, message: MessageOf<'view.claim'>): void {
    if (this.collector !== this.context.self || !sameViewId(message.view, this.state.id) || !this.claimants.includes(from)) return
    if (this.state.carried !== null) return this.context.send(from, this.activation)
    if (this.state.claims.has(from)) return
    // A member speaks for itself only.
    const holds = message.holds.filter((hold) => hold.holder === from)
    this.state.claims.set(from, { holds, testimonies: message.testimonies })
    this.merge()
  }

  asked(from: NodeId, message: MessageOf<'view.ask'>): void {
    if (this.collector !== this.context.self || this.state.carried === null || !sameViewId(message.view, this.state.id)) return
    if (isMember(this.state.view, from)) this.context.send(from, this.activation)
  }

  activate(from: NodeId, message: MessageOf<'view.activate'>): void {
    if (from !== this.collector || !sameViewId(message.view, this.state.id) || this.state.carried !== null) return
    this.begin(message.carried, message.findings)
  }

  private claim(): void {
    const { view, id, own } = this.state
    // The collector may not have heard of this view; links keep the order, so it has when the claim comes.
    this.context.send(this.collector, newsOf(view, this.register))
    this.context.send(this.collector, own === null ? { type: 'view.ask', view: id } : { type: 'view.claim', view: id, ...own })
  }

  private merge(): void {
    if (this.state.carried !== null || this.missing().length > 0) return
    const carried = [...this.state.claims.values()].flatMap((claim) => claim.holds)
    carried.sort(
      (a, b) =>
        compareIds(a.lock, b.lock) || compareIds(a.holder, b.holder) || (a.fence < b.fence ? -1 : a.fence > b.fence ? 1 : 0),
    )
    const findings = this.host.findings(this.state.view, this.state.claims)
    this.state.carried = carried
    this.state.findings = findings
    // The others are told first: they must be activated before the messages of this node's fresh instances arrive.
    this.context.broadcast(this.others, this.activation)
    this.begin(carried, findings)
  }

  private begin(carried: readonly Carried[], findings: readonly JointTestimony[]): void {
    this.state.carried = carried
    this.state.findings = findings
    this.context.clearTimer('flush')
    this.activated()
  }

  private get activation(): MessageOf<'view.activate'> {
    const { id: view, carried, findings } = this.state
    return { type: 'view.activate', view, carried: carried ?? [], findings }
  }

  private get others(): readonly NodeId[] {
    return this.state.view.members.map(({ id }) => id).filter((id) => id !== this.context.self)
  }
}
