/** This file is the way out of a view: a leaver tells every member, and answers until a view without it is installed. */
import type { Context } from '../world/context.ts'
import type { Reasons } from './reasons.ts'
import { type View, viewId } from './view.ts'
import type { Views } from './views.ts'

/**
 * How many members are told for certain at first: those whose turns to propose come first. A message that must arrive makes a connection, and
 * those of two hundred members would come before all that the others do.
 */
const toldFirst = 8

/**
 * Leaving. A leaver has given up its holds and grants itself no lock any more. It tells all members so, again in every view, and
 * goes on answering until a view without it is installed. Then no node waits for the end of its session.
 */
export class Leaving {
  /** When this node began to leave, by the monotonic clock. */
  readonly state: { sinceMs: number | null } = { sinceMs: null }
  private readonly context: Context<{ readonly type: 'leave' }>
  private readonly sessionMs: number
  private readonly reasons: Reasons
  private readonly views: Pick<Views, 'consider' | 'gone'>

  constructor(
    context: Context<{ readonly type: 'leave' }>,
    sessionMs: number,
    reasons: Reasons,
    views: Pick<Views, 'consider' | 'gone'>,
  ) {
    this.context = context
    this.sessionMs = sessionMs
    this.reasons = reasons
    this.views = views
  }

  private get againMs(): number {
    return this.sessionMs / 5
  }

  get isUnderWay(): boolean {
    return this.state.sinceMs !== null
  }

  /** From the present view, or from none: then there is no node to tell. */
  begin(view: View | null): void {
    this.state.sinceMs = this.context.nowMs()
    if (view === null) return this.views.gone()
    this.reasons.leaves(this.context.self)
    this.say(view)
  }

  say(view: View): void {
    const { self } = this.context
    const id = viewId(view)
    const elapsedMs = this.context.nowMs() - (this.state.sinceMs as number)
    const others = view.members.filter((member) => member.id !== self)
    for (const [turn, member] of others.entries()) {
      const message = { type: 'view.leave', view: id } as const
      if (turn < toldFirst || elapsedMs >= this.againMs) this.context.send(member.id, message)
      else this.context.sendLoose(member.id, message)
    }
    // If the others cannot decide a view without the leaver, they do not wait for it: its session ends by itself within D.
    if (elapsedMs >= this.sessionMs) return this.views.gone()
    this.context.setTimer('leave', this.againMs, { type: 'leave' })
    // The others were told: the member whose turn it is may propose a view without this node.
    this.views.consider()
  }
}
