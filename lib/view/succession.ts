/** This file makes decided views this node's own, one after another: it installs, flushes and activates each. */
import type { Context } from '../world/context.ts'
import { Flush, type FlushState } from './flush.ts'
import type { FlushHost } from './flush-host.ts'
import type { Joining } from './joining.ts'
import { newsOf } from './news.ts'
import type { Proposing } from './proposing.ts'
import type { Quarantine } from './quarantine.ts'
import type { Reasons } from './reasons.ts'
import type { Register } from './register.ts'
import { instantNow } from './session.ts'
import { type View, viewId } from './view.ts'
import type { Views } from './views.ts'

/** How far the succession has come. */
export interface SuccessionState {
  /** Whether any view was ever activated: a claim is made from the last one that was. */
  everActivated: boolean
  flush: FlushState | null
}

/** What a view change moves, beside the flush. */
export interface SuccessionParts {
  readonly host: FlushHost
  readonly reasons: Reasons
  readonly joining: Joining
  readonly proposing: Proposing
  readonly quarantine: Quarantine
}

/**
 * Makes decided views this node's own, one after another: adopted, installed, flushed, activated. A later view ends the work of
 * the one before it; a view without this node ends the succession.
 */
export class Succession {
  readonly state: SuccessionState = { everActivated: false, flush: null }
  private readonly context: Context<{ readonly type: 'flush' }>
  private readonly sessionMs: number
  private readonly register: Pick<Register, 'openToJoiners'>
  private readonly parts: SuccessionParts
  private readonly views: Pick<Views, 'installed' | 'flushing' | 'activated' | 'unlisted'>
  private flush: Flush | null = null
  /** Decided while another decision was being adopted: adopted afterwards. */
  private readonly undigested: View[] = []
  private digesting = false
  private isOver = false

  constructor(
    context: Context<{ readonly type: 'flush' }>,
    sessionMs: number,
    register: Pick<Register, 'openToJoiners'>,
    parts: SuccessionParts,
    views: Pick<Views, 'installed' | 'flushing' | 'activated' | 'unlisted'>,
  ) {
    this.context = context
    this.sessionMs = sessionMs
    this.register = register
    this.parts = parts
    this.views = views
  }

  /** The flush of the newest installed view; null before the first. */
  get current(): Flush | null {
    return this.flush
  }

  /** The newest installed view. */
  get view(): View | null {
    return this.flush?.state.view ?? null
  }

  get isActive(): boolean {
    return this.flush !== null && this.flush.state.carried !== null
  }

  /** A decision is being adopted: no proposal may be made. */
  get isBusy(): boolean {
    return this.digesting
  }

  stop(): void {
    this.isOver = true
    this.context.clearTimer('flush')
  }

  decided(view: View): void {
    this.undigested.push(view)
    if (this.digesting) return
    this.digesting = true
    try {
      for (let next = this.undigested.shift(); next !== undefined; next = this.undigested.shift()) this.digest(next)
    } finally {
      this.digesting = false
    }
  }

  /**
   * A claim that is missing for D, or an activation for half as long again, is a reason to go on without that member.
   * True when there may be one.
   */
  late(): boolean {
    const flush = this.flush as Flush
    flush.timer()
    if (flush !== this.flush || flush.state.carried !== null) return false
    const { reasons } = this.parts
    const waitedMs = flush.waitedMs
    if (flush.collector === this.context.self) {
      if (waitedMs >= this.sessionMs) for (const id of flush.missing()) reasons.fellSilent(id)
      // The collector first has D for the claims; otherwise it would be blamed for a member for which it waits.
    } else if (waitedMs >= this.sessionMs * 1.5) reasons.fellSilent(flush.collector)
    return true
  }

  private digest(view: View): void {
    if (this.isOver) return
    const { joining, proposing } = this.parts
    const { self } = this.context
    const before = this.view
    if (before === null ? !joining.isNewer(view) : view.epoch <= before.epoch) return
    this.context.emit({ type: 'viewDecided', epoch: view.epoch, members: view.members.map((member) => member.id) })
    const isTold = proposing.decided(before ?? joining.state.known, view)
    joining.learned(view)
    const place = view.members.find((member) => member.id === self)
    if (place === undefined) return this.views.unlisted('the other members decided on a view without this node')
    // INV-V6: `since` tells whether every view that was skipped listed this node too.
    const since = before?.members.find((member) => member.id === self)?.since
    if (since !== undefined && since !== place.since)
      return this.views.unlisted('the other members decided on a view without this node, and then on one with it')
    this.install(before, view, isTold)
  }

  private install(before: View | null, view: View, isTold: boolean): void {
    const { host, reasons, quarantine } = this.parts
    const { self } = this.context
    const entrant = view.members.some((member) => member.id === self && member.since === view.epoch)
    host.stop()
    reasons.installed(before, view)
    // Frozen from here on. A node that never activated a view knows nothing of the views that it missed.
    const own = entrant ? null : this.state.everActivated ? host.claim(view) : { holds: [], testimonies: [] }
    const flush = new Flush(
      this.context,
      view,
      viewId(view),
      instantNow(this.context),
      own,
      this.register,
      Math.min(500, this.sessionMs / 5),
      host,
      () => this.activated(flush.state),
    )
    this.flush = flush
    this.state.flush = flush.state
    quarantine.installed(flush.state)
    this.context.emit({ type: 'viewInstalled', epoch: view.epoch, members: view.members.map((member) => member.id) })
    this.views.installed(view)
    // The renewal may have shown that there is a newer view, or none for this node: then this one is never flushed.
    if (this.flush !== flush || this.isOver || this.undigested.some((next) => next.epoch > view.epoch)) return
    flush.start(isTold)
    // A node outside may not have heard that there is a view to ask for.
    if (flush.collector === self) this.context.broadcast(reasons.outsiders(view), newsOf(view, this.register))
    this.views.flushing()
  }

  private activated({ view, id, installed, carried, findings }: FlushState): void {
    this.state.everActivated = true
    this.parts.reasons.activated(this.context.nowMs() - installed.monotonicMs)
    this.parts.host.activate(view, id, carried ?? [], findings, this.parts.quarantine.state.waits)
    this.context.emit({ type: 'viewActivated', epoch: view.epoch, members: view.members.map((member) => member.id) })
    this.views.activated(view)
  }
}
