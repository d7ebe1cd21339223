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

/** Answers may take longer than the time between two questions, so a few stay open. */
const openMax = 8

/** The questions "am I still in the newest view?" that this node has put to the voters and that are not settled. */
export class Renewals {
  readonly state: { sequence: number; open: Question[] } = { sequence: 0, open: [] }
  private readonly context: Context<never>

  constructor(context: Context<never>) {
    this.context = context
  }

  /** Notes the moment of a question before it is sent: a session counts from here. */
  ask(view: ViewId): number {
    const sequence = ++this.state.sequence
    this.state.open = [
      ...this.state.open.filter((question) => sameViewId(question.view, view)),
      { sequence, view, started: instantNow(this.context), yes: new Set<NodeId>() },
    ].slice(-openMax)
    return sequence
  }

  /** One voter's yes; the moment of the question once these are a quorum. */
  answered(from: NodeId, view: ViewId, sequence: number, isQuorum: (yes: ReadonlySet<NodeId>) => boolean): Instant | null {
    const question = this.state.open.find((open) => open.sequence === sequence && sameViewId(open.view, view))
    if (question === undefined) return null
    question.yes.add(from)
    if (!isQuorum(question.yes)) return null
    // Older questions have nothing to add.
    this.state.open = this.state.open.filter((open) => open.sequence > sequence)
    return question.started
  }
}
