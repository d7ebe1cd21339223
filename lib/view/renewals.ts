/** This file keeps the open questions of a session's renewal that the voters have not settled. */
import type { Context } from '../world/context.ts'
import type { NodeId } from '../base/ids.ts'
import type { Instant } from '../clock/pessimistic.ts'
import { instantNow } from './session.ts'
import { sameViewId, type ViewId } from './view.ts'

/** A question to the voters, and the voters that said yes. */
interface Question {
  readonly sequence: number
  readonly view: ViewId
  readonly started: Instant
  readonly yes: Set<NodeId>
}

/** Plain data. */
interface RenewalState {
  sequence: number
  open: Question[]
  /** When the latest question was put. */
  askedMs: number
  /** When each voter said yes to what was then the latest question; those that have not done so since the last but one are dropped. */
  readonly answeredMs: Map<NodeId, number>
}

/** Answers may take longer than the time between two questions, so a few stay open. */
const openMax = 8

/** The questions "am I still in the newest view?" that this node has put to the voters and that are not settled. */
export class Renewals {
  readonly state: RenewalState = { sequence: 0, open: [], askedMs: 0, answeredMs: new Map() }
  private readonly context: Context<never>

  constructor(context: Context<never>) {
    this.context = context
  }

  /** Notes the moment of a question before it is sent: a session counts from here. */
  ask(view: ViewId): number {
    const sequence = ++this.state.sequence
    const { answeredMs, askedMs } = this.state
    for (const [voter, atMs] of answeredMs) if (atMs < askedMs) answeredMs.delete(voter)
    this.state.askedMs = this.context.nowMs()
    this.state.open = [
      ...this.state.open.filter((question) => sameViewId(question.view, view)),
      { sequence, view, started: instantNow(this.context), yes: new Set<NodeId>() },
    ].slice(-openMax)
    return sequence
  }

  /** When this voter's latest yes came, by the monotonic clock. */
  answeredMs(voter: NodeId): number {
    return this.state.answeredMs.get(voter) ?? Number.NEGATIVE_INFINITY
  }

  /** One voter's yes; the moment of the question once these are a quorum. */
  answered(from: NodeId, view: ViewId, sequence: number, isQuorum: (yes: ReadonlySet<NodeId>) => boolean): Instant | null {
    if (sequence === this.state.sequence) this.state.answeredMs.set(from, this.context.nowMs())
    const question = this.state.open.find((open) => open.sequence === sequence && sameViewId(open.view, view))
    if (question === undefined) return null
    question.yes.add(from)
    if (!isQuorum(question.yes)) return null
    // Older questions have nothing to add.
    this.state.open = this.state.open.filter((open) => open.sequence > sequence)
    return question.started
  }
}
