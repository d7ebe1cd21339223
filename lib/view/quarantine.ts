import type { Context } from '../actor/context.ts'
import { elapsedForOthersMs } from '../clock/pessimistic.ts'
import type { FlushState } from './flush.ts'
import { instantNow } from './session.ts'

/** How long an entrant still waits for those whom a view has evicted, from its own installation of that view. */
export class Quarantine {
  /** The longest wait that the view imposes; 0 once it is over, so that the boot clock is read only while there is one. */
  readonly state = { longestMs: 0 }
  private readonly context: Pick<Context<never>, 'nowMs' | 'wallMs' | 'bootMs'>
  private flush: FlushState | null = null

  constructor(context: Pick<Context<never>, 'nowMs' | 'wallMs' | 'bootMs'>) {
    this.context = context
  }

  installed(flush: FlushState): void {
    this.flush = flush
    this.state.longestMs = Math.max(0, ...flush.view.quarantine.map(({ remainingMs }) => remainingMs))
  }

  /**
   * What is left of a wait of so long, or of the longest. By the smaller of monotonic and boot time, never by the wall
   * clock.
   */
  remainingMs(waitMs = this.state.longestMs): number {
    if (this.state.longestMs === 0 || this.flush === null) return 0
    const elapsedMs = elapsedForOthersMs(this.flush.installed, instantNow(this.context))
    if (elapsedMs >= this.state.longestMs) this.state.longestMs = 0
    return Math.max(0, waitMs - elapsedMs)
  }
}
