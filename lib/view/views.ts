/**
 * This file keeps a node in the newest view of its cluster. It wires the register, the session, joining, proposing, the flush
 * and leaving.
 */
import type { Context } from '../world/context.ts'
import { unreachable } from '../base/assert.ts'
import type { HoldfastError } from '../base/errors.ts'
import type { NodeId } from '../base/ids.ts'
import type { Loss } from '../base/loss.ts'
import type { Seen } from '../base/seen.ts'
import type { Instant } from '../clock/pessimistic.ts'
import type { MessagesOf } from '../wire/messages.ts'
import type { FlushHost } from './flush-host.ts'
import { Hearsay } from './hearsay.ts'
import { type JoinState, Joining, type ViewOptions } from './joining.ts'
import { Leaving } from './leaving.ts'
import { Proposing, type Standing } from './proposing.ts'
import { Quarantine } from './quarantine.ts'
import { Reasons, type ReasonsState } from './reasons.ts'
import type { Register, RegisterListener, RegisterTimer } from './register.ts'
import { Session, type SessionListener, type SessionState, type SessionTimer } from './session.ts'
import { Succession, type SuccessionState } from './succession.ts'
import { proposalTiming } from './timing.ts'
import { isMember, type View, type ViewId } from './view.ts'

export type { ViewOptions } from './joining.ts'

/** What the node is told by its views. */
export interface ViewsListener {
  /** This is the newest view, and this node is in none. */
  outside(view: View): void
  installed(view: View): void
  activated(view: View): void
  /** The session is over, or the register failed: this tenure ends, and the node comes back under a new id. */
  ended(loss: Loss): void
  /** The cluster does not accept this node: CONFIG_MISMATCH, CLOCK_SKEW or REFUSED. */
  refused(error: HoldfastError): void
  /** The node has left: the others run a view without it, or there are no others. */
  left(): void
}

export type ViewTimer =
  | SessionTimer
  | { readonly type: 'propose' }
  | { readonly type: 'flush' }
  | { readonly type: 'join' }
  | { readonly type: 'leave' }
  | RegisterTimer

export interface ViewsState {
  hasEnded: boolean
  readonly succession: SuccessionState
  readonly session: SessionState
  readonly reasons: Seen<ReasonsState>
  readonly join: Seen<JoinState>
  readonly leaving: Leaving['state']
  readonly proposing: Proposing['state']
  readonly quarantine: Quarantine['state']
}

/**
 * Keeps a node in the newest view of its cluster: finds or founds one, joins, renews the session, proposes successors, flushes,
 * leaves. The register decides; gossip gives reasons to propose. This class is the safety core: its rules are those of
 * docs/concepts.md.
 */
export class Views implements SessionListener, RegisterListener {
  readonly state: ViewsState
  /** What is heard of peers is told here. */
  readonly peers: Hearsay
  private readonly context: Context<ViewTimer>
  private readonly register: Register
  private readonly host: FlushHost
  private readonly listener: ViewsListener
  private readonly session: Session
  private readonly reasons: Reasons
  private readonly joining: Joining
  private readonly proposing: Proposing
  private readonly quarantine: Quarantine
  private readonly leaving: Leaving
  private readonly succession: Succession
  private readonly sessionMs: number

  constructor(context: Context<ViewTimer>, options: ViewOptions, register: Register, host: FlushHost, listener: ViewsListener) {
    this.context = context
    this.register = register
    this.host = host
    this.listener = listener
    this.sessionMs = options.config.sessionMs
    this.session = new Session(context, this.sessionMs, this)
    this.reasons = new Reasons(context.self, {
      ...proposalTiming(this.sessionMs),
      isProvenDead: (id) => options.isProvenDead?.(id) === true,
      sessionLeftMs: (id) => register.sessionLeftMs?.(id) ?? null,
      isConnected: (id) => options.isConnected?.(id) === true,
    })
    const { reasons } = this
    const quarantine = (this.quarantine = new Quarantine(context, register))
    const proposing = (this.proposing = new Proposing(context, register, reasons, this.sessionMs / 5, this))
    const joining = (this.joining = new Joining(context, options, register, reasons, proposing, this))
    this.leaving = new Leaving(context, this.sessionMs, reasons, this)
    this.peers = new Hearsay(context, options.maxClockOffsetMs, register, reasons, joining, this)
    this.succession = new Succession(context, this.sessionMs, register, { host, reasons, joining, proposing, quarantine }, this)
    this.state = {
      hasEnded: false,
      succession: this.succession.state,
      session: this.session.state,
      reasons: this.reasons.state,
      join: this.joining.state,
      leaving: this.leaving.state,
      proposing: this.proposing.state,
      quarantine: this.quarantine.state,
    }
  }

  /** Looks for the newest view to join, or founds one. */
  start(): void {
    this.register.start(this)
    if (this.phase === 'joining') this.joining.timer()
  }

  /** The newest installed view. */
  get view(): View | null {
    return this.succession.view
  }

  /** The highest epoch that this node knows of: voted on, entered or heard of. */
  get epochMax(): number {
    return Math.max(this.register.epochMax, this.view?.epoch ?? 0, this.state.join.known?.epoch ?? 0)
  }

  get id(): ViewId | null {
    return this.succession.current?.state.id ?? null
  }

  get phase(): 'joining' | 'flushing' | 'active' | 'leaving' | 'ended' {
    if (this.state.hasEnded) return 'ended'
    if (this.view === null) return 'joining'
    if (this.leaving.isUnderWay) return 'leaving'
    return this.succession.isActive ? 'active' : 'flushing'
  }

  isNeeded(): boolean {
    return this.host.inUse > 0
  }

  /** Whether a lock may be granted at this very moment. The hot path: reads no boot clock. */
  mayGrant(): boolean {
    return this.phase === 'active' && this.session.isValid()
  }

  /** The rest of the session by the clock that gives the least, in milliseconds; 0 without a session. */
  sessionRemainingMs(): number {
    return this.state.hasEnded ? 0 : this.session.remainingMs()
  }

  /**
   * Judges the session at this moment, for a reader outside. A session that is over ends inside this call, with its holds, so
   * that all readers get the same answer. It must not be called from within the locks.
   */
  look(): void {
    if (!this.state.hasEnded) this.session.look()
  }

  /** The rest of a wait of this length for an evicted node, or of the longest wait; 0 if it is over. */
  quarantineMs(waitMs?: number): number {
    return this.quarantine.remainingMs(waitMs)
  }

  /** Leaves: the host has given up its holds. `left` follows when a view without this node is installed. */
  leave(): void {
    if (!this.state.hasEnded && !this.leaving.isUnderWay) this.leaving.begin(this.view)
  }

  /** Wants a new epoch for the same members: the fences of this one are running out. */
  wantNewEpoch(): void {
    if (this.reasons.wantSuccessor()) this.consider()
  }

  /** A part of this node failed: its session ends, and with it every hold. */
  fail(message: string): void {
    this.ended({ reason: 'failed', message })
  }

  receive(from: NodeId, message: MessagesOf<'view'>): void {
    if (this.state.hasEnded) return
    switch (message.type) {
      case 'view.newest':
        return this.joining.heard(from, message.view, this.view)
      case 'view.decided':
        return this.joining.heardOf(from, message.epoch, this.view)
      case 'view.join':
        if (this.view === null) this.joining.askedOutside(from, message)
        else if (this.joining.asked(from, message, this.view)) this.consider()
        return
      case 'view.refuse':
        if (this.view === null) this.joining.refused(from, message)
        return
      case 'view.leave': {
        const view = this.view ?? this.joining.state.known
        if (view === null || !isMember(view, from)) return
        this.reasons.leaves(from)
        return this.consider()
      }
      case 'view.claim':
        return this.succession.current?.claimed(from, message)
      case 'view.ask':
        return this.succession.current?.asked(from, message)
      case 'view.activate':
        return this.succession.current?.activate(from, message)
      default:
        return unreachable(message)
    }
  }

  timer(timer: ViewTimer): void {
    if (this.state.hasEnded) return
    switch (timer.type) {
      case 'renew':
        return this.session.renew()
      case 'session':
        return this.session.timer()
      case 'propose':
        return this.consider()
      case 'flush':
        if (this.succession.late()) this.consider()
        return
      case 'join':
        return this.joining.timer()
      case 'leave':
        return this.leaving.say(this.view as View)
      case 'register':
        return this.register.timer(timer)
      default:
        return unreachable(timer)
    }
  }

  /** The same for the hot path, by a reading of the boot clock that may be a millisecond old. */
  lookQuickly(): void {
    if (!this.state.hasEnded && !this.session.isValid()) this.session.look()
  }

  get hasEnded(): boolean {
    return this.state.hasEnded
  }

  // What the register tells.

  decided(view: View): void {
    this.succession.decided(view)
  }

  renewing(): void {
    this.renewSoon()
  }

  /** Renews the session now, unless that was asked for a moment ago. */
  renewSoon(): void {
    if (this.view !== null && !this.state.hasEnded) this.session.renewTogether()
  }

  renewed(started: Instant): void {
    if (this.view !== null && !this.state.hasEnded) this.session.renewed(started)
  }

  unfinished(): void {
    this.reasons.wantSuccessor()
    this.consider()
  }

  /** This membership is over. */
  ended(loss: Loss): void {
    if (!this.close()) return
    this.host.end(loss)
    this.register.ended?.(this.session.remainingMs())
    this.context.emit({ type: 'sessionEnded', ...loss })
    this.listener.ended(loss)
  }

  /** The cluster does not accept this node, or the register's data is damaged. */
  refused(error: HoldfastError): void {
    if (!this.close()) return
    this.host.end({ reason: 'refused', message: error.message })
    this.register.ended?.(this.session.remainingMs())
    this.listener.refused(error)
  }

  // What the session asks and tells.

  ask(): void {
    this.register.renew(this.view as View)
  }

  suspected(suspected: boolean): void {
    if (suspected) this.context.emit({ type: 'sessionSuspected' })
    this.host.suspect(suspected)
  }

  over(message: string): void {
    this.ended({ reason: 'session', message })
  }

  // What the succession tells.

  /** A newer view is installed, and its flush has not begun. */
  installed(view: View): void {
    this.context.clearTimer('join')
    this.listener.installed(view)
    if (this.register.renewsWithView || this.session.state.started === null) this.session.renew()
  }

  /** The flush has begun. */
  flushing(): void {
    if (this.leaving.isUnderWay) this.leaving.say(this.view as View)
    else this.consider()
  }

  activated(view: View): void {
    // The first renewal was asked for at the installation, when few voters can have known of this view.
    if (this.session.state.started === null) this.session.renew()
    this.listener.activated(view)
    this.consider()
  }

  /** A decided view leaves this node out. */
  unlisted(message: string): void {
    if (this.view === null) {
      this.listener.outside(this.joining.state.known as View)
      this.joining.timer()
    } else if (this.leaving.isUnderWay) this.gone()
    else this.ended({ reason: 'evicted', message })
  }

  // What several parts ask and tell.

  /** There may be a reason to propose. */
  consider(): void {
    if (this.succession.isBusy) this.proposing.soon(0)
    else this.proposing.consider()
  }

  /** The standing of this member; null while it may not propose: it is not a member, or it is adopting a decision. */
  standing(): Standing | null {
    const { current, isBusy } = this.succession
    if (current === null || isBusy || this.state.hasEnded) return null
    return { flush: current.state, waits: this.quarantine.state.waits, leaving: this.leaving.isUnderWay }
  }

  /** This node has left: it waits for no member any longer. */
  gone(): void {
    if (!this.close()) return
    this.register.ended?.(null)
    this.listener.left()
  }

  /** Ends this tenure; it is not used again. Returns false if it had ended before. */
  private close(): boolean {
    if (this.state.hasEnded) return false
    this.state.hasEnded = true
    this.succession.stop()
    this.session.stop()
    for (const key of ['propose', 'join', 'leave']) this.context.clearTimer(key)
    this.register.stop()
    return true
  }
}
