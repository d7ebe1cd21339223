/** This file computes how long an entrant still waits for evicted nodes whose sessions may not be over. */
import type { Context } from '../world/context.ts'
import { elapsedForOthersMs } from '../clock/pessimistic.ts'
import type { FlushState } from './flush.ts'
import type { Register } from './register.ts'
import { instantNow } from './session.ts'
import type { Quarantined } from './view.ts'

/** How long an entrant still waits for the nodes that a view has evicted, from its own installation of that view. */
export class Quarantine {
  /**
   * What this node waits for, and the longest of it: 0 once that is over, so that the boot clock is read only while there
   * is a session to wait for.
   */
  readonly state: { waits: readonly Quarantined[]; longestMs: number } = { waits: [], longestMs: 0 }
  private readonly context: Pick<Context<never>, 'nowMs' | 'wallMs' | 'bootMs'>
  private readonly register: Pick<Register, 'sessionLeftMs'>
  private flush: FlushState | null = null
  /** Every wait that the installed view imposes, the shortened and the finished ones included. */
  private imposed: readonly Quarantined[] = []

  constructor(context: Pick<Context<never>, 'nowMs' | 'wallMs' | 'bootMs'>, register: Pick<Register, 'sessionLeftMs'>) {
    this.context = context
    this.register = register
  }

  /**
   * The view imposes a wait on all. The wait is shorter if the register knows when that session is over, or if this node has
   * waited for the same node since an earlier view: the proposer's remaining wait does not make it begin anew.
   */
  installed(flush: FlushState): void {
    const passedMs = this.flush === null ? 0 : elapsedForOthersMs(this.flush.installed, flush.installed)
    const before = new Map(this.imposed.map((each) => [`${each.id}/${each.lastEpoch}`, each.remainingMs]))
    this.flush = flush
    this.imposed = flush.view.quarantine.map((each) => {
      const beganMs = before.get(`${each.id}/${each.lastEpoch}`) ?? Number.POSITIVE_INFINITY
      return { ...each, remainingMs: Math.max(0, Math.min(each.remainingMs, this.leftMs(each.id), beganMs - passedMs)) }
    })
    this.state.waits = this.imposed.filter(({ remainingMs }) => remainingMs > 0)
    this.state.longestMs = this.state.waits.reduce((longestMs, { remainingMs }) => Math.max(longestMs, remainingMs), 0)
  }

  /**
   * The rest of a wait of this length, or of the longest one. By the smaller of monotonic and boot time, never by the wall clock.
   */
  remainingMs(waitMs = this.state.longestMs): number {
    if (this.state.longestMs === 0 || this.flush === null) return 0
    const elapsedMs = elapsedForOthersMs(this.flush.installed, instantNow(this.context))
    if (elapsedMs >= this.state.longestMs) this.state.longestMs = 0
    return Math.max(0, waitMs - elapsedMs)
  }

  private leftMs(id: Quarantined['id']): number {
    return id === '*' ? Number.POSITIVE_INFINITY : (this.register.sessionLeftMs?.(id) ?? Number.POSITIVE_INFINITY)
  }
}
