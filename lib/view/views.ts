import type { Context } from '../actor/context.ts'
import type { PeerInfo } from '../actor/world.ts'
import { unreachable } from '../base/assert.ts'
import type { HoldfastError } from '../base/errors.ts'
import type { NodeId } from '../base/ids.ts'
import type { Instant } from '../clock/pessimistic.ts'
import type { Message } from '../wire/messages.ts'
import { Flush, type FlushState } from './flush.ts'
import type { Carried, FlushHost } from './flush-host.ts'
import { type JoinState, Joining, type ViewOptions } from './joining.ts'
import { Proposing } from './proposing.ts'
import { Quarantine } from './quarantine.ts'
import { Reasons, type ReasonsState } from './reasons.ts'
import type { Register, RegisterTimer } from './register.ts'
import { instantNow, Session, type SessionState } from './session.ts'
import { configText, isMember, sameViewId, type View, type ViewId, viewId } from './view.ts'

export type { ViewOptions } from './joining.ts'

/** What the node is told. */
export interface ViewsListener {
  installed(view: View): void
  activated(view: View): void
  /** The session is over, or the register failed: this incarnation is done, and the node comes back under a new id. */
  ended(reason: string): void
  /** The cluster will not have this node: CONFIG_MISMATCH, CLOCK_SKEW or REFUSED. */
  refused(error: HoldfastError): void
  /** A view without this node stands, or none that could miss it. */
  left(): void
}

export type ViewTimer =
  | { readonly type: 'renew' }
  | { readonly type: 'session' }
  | { readonly type: 'propose' }
  | { readonly type: 'flush' }
  | { readonly type: 'join' }
  | { readonly type: 'leave' }
  | RegisterTimer

export interface ViewsState {
  phase: 'joining' | 'member' | 'ended'
  /** Whether any view was ever activated: a claim is made from the last one that was. */
  everActivated: boolean
  /** When the first view was installed, and when this node began to leave, by the monotonic clock. */
  memberSinceMs: number | null
  leavingSinceMs: number | null
  flush: FlushState | null
  readonly session: SessionState
  readonly reasons: ReasonsState
  readonly join: JoinState
  readonly proposing: Proposing['state']
  readonly quarantine: Quarantine['state']
}

/**
 * Keeps a node in the newest view of its cluster: finds or founds one, joins, renews the session, proposes successors,
 * flushes, leaves. Registers decide, gossip suggests; this obeys the one and weighs the other. It is the safety core:
 * each rule is a sentence of DESIGN §6.
 */
export class Views {
  readonly state: ViewsState
  private readonly context: Context<ViewTimer>
  private readonly options: ViewOptions
  private readonly register: Register
  private readonly host: FlushHost
  private readonly listener: ViewsListener
  private readonly session: Session
  private readonly reasons: Reasons
  private readonly joining: Joining
  private readonly proposing: Proposing
  private readonly quarantine: Quarantine
  private readonly sessionMs: number
  private flush: Flush | null = null
  /** Decided while another decision was being worked on: taken up when that is done. */
  private readonly undigested: View[] = []
  private digesting = false

  constructor(context: Context<ViewTimer>, options: ViewOptions, register: Register, host: FlushHost, listener: ViewsListener) {
    this.context = context
    this.options = options
    this.register = register
    this.host = host
    this.listener = listener
    this.sessionMs = options.config.sessionMs
    this.session = new Session(context, this.sessionMs, {
      suspected: (suspected) => {
        if (suspected) this.context.emit({ type: 'sessionSuspected' })
        this.host.suspect(suspected)
      },
      over: () => this.end('session: no renewal succeeded in time'),
    })
    this.reasons = new Reasons(context.self, {
      windowMs: Math.min(50, this.sessionMs / 20),
      windowMaxMs: this.sessionMs / 2,
      turnMs: Math.min(250, this.sessionMs / 20),
    })
    this.joining = new Joining(context, options, register, this.reasons, {
      takeOver: (known, successor) => this.proposing.propose(known, successor),
      refused: (error) => {
        if (this.close()) this.listener.refused(error)
      },
      absent: () => this.end('evicted: listed and given up before it knew'),
    })
    this.proposing = new Proposing(context, register, this.reasons, this.sessionMs / 5, {
      standing: () =>
        this.flush === null || this.state.phase !== 'member' || this.digesting
          ? null
          : { flush: this.flush.state, leaving: this.state.leavingSinceMs !== null },
      indispensable: () => this.gone(),
    })
    this.quarantine = new Quarantine(context)
    this.state = {
      phase: 'joining',
      everActivated: false,
      memberSinceMs: null,
      leavingSinceMs: null,
      flush: null,
      session: this.session.state,
      reasons: this.reasons.state,
      join: this.joining.state,
      proposing: this.proposing.state,
      quarantine: this.quarantine.state,
    }
  }

  /** Looks for the newest view to join, or founds one. */
  start(): void {
    this.register.start({
      decided: (view) => this.decided(view),
      renewed: (started) => this.renewed(started),
      stalled: () => {
        this.reasons.state.stalled = true
        this.consider()
      },
      failed: (reason) => this.end(reason),
    })
    if (this.state.phase === 'joining') this.joining.timer()
  }

  /** The newest installed view. */
  get view(): View | null {
    return this.flush?.state.view ?? null
  }

  get id(): ViewId | null {
    return this.flush?.state.id ?? null
  }

  get phase(): 'joining' | 'flushing' | 'active' | 'leaving' | 'ended' {
    if (this.state.phase !== 'member') return this.state.phase
    if (this.state.leavingSinceMs !== null) return 'leaving'
    return this.isActive ? 'active' : 'flushing'
  }

  /** Whether a lock may be granted at this very moment. The hot path: reads no boot clock. */
  mayGrant(): boolean {
    return this.isActive && this.state.phase === 'member' && this.state.leavingSinceMs === null && this.session.remainingMs() > 0
  }

  /** What is left of the session, in milliseconds; 0 without one. */
  sessionRemainingMs(): number {
    return this.state.phase === 'member' ? this.session.remainingMs() : 0
  }

  /** How long an entrant must still wait for those that were evicted; 0 when it is over. */
  quarantineMs(): number {
    return this.quarantine.remainingMs()
  }

  /**
   * Of which view a lock's message is. `older` ones are dropped from the moment a newer view is installed; `newer` ones,
   * among them those of the view being flushed, are kept by the caller until the activation.
   */
  isCurrent(id: ViewId): 'current' | 'older' | 'newer' {
    const current = this.id
    if (current === null || id.epoch > current.epoch) return 'newer'
    if (!sameViewId(id, current)) return 'older'
    return this.isActive ? 'current' : 'newer'
  }

  /** Leaves: the host has given up its holds. `left` follows when a view without this node stands. */
  leave(): void {
    if (this.state.phase === 'ended' || this.state.leavingSinceMs !== null) return
    this.state.leavingSinceMs = this.context.nowMs()
    if (this.flush === null) return this.gone()
    this.reasons.state.leaving.add(this.context.self)
    this.sayLeave()
  }

  /** Wants a new epoch for the same members: the fences of this one are running out. */
  repeat(): void {
    if (this.reasons.state.stalled) return
    this.reasons.state.stalled = true
    this.consider()
  }

  receive(from: NodeId, message: Message): void {
    if (this.state.phase === 'ended') return
    switch (message.type) {
      case 'view.newest':
        return this.heard(from, message.view)
      case 'view.join':
        if (this.flush !== null && this.joining.asked(from, message, this.flush.state.view)) this.consider()
        return
      case 'view.refuse':
        if (this.flush === null) this.joining.refused(message)
        return
      case 'view.leave':
        this.reasons.state.leaving.add(from)
        return this.consider()
      case 'view.claim':
        return this.flush?.claimed(from, message)
      case 'view.ask':
        return this.flush?.asked(from, message)
      case 'view.activate':
        return this.flush?.activate(from, message)
      default:
        return this.register.receive(from, message)
    }
  }

  timer(timer: ViewTimer): void {
    if (this.state.phase === 'ended') return
    switch (timer.type) {
      case 'renew':
        return this.renew()
      case 'session':
        return this.session.timer()
      case 'propose':
        return this.consider()
      case 'flush':
        return this.flushLate()
      case 'join':
        return this.joining.timer()
      case 'leave':
        return this.sayLeave()
      case 'register':
        return this.register.timer(timer)
      default:
        return unreachable(timer)
    }
  }

  peerFound(id: NodeId, address: string): void {
    this.reasons.peer(id, address).belief = 'alive'
    this.consider()
  }

  peerSuspected(id: NodeId): void {
    this.reasons.peer(id, '').belief = 'suspect'
    this.consider()
  }

  peerRefuted(id: NodeId): void {
    this.reasons.peer(id, '').belief = 'alive'
    this.consider()
  }

  peerDown(id: NodeId): void {
    this.peerEnded(id, 'down')
  }

  peerLeft(id: NodeId): void {
    this.peerEnded(id, 'left')
  }

  /** A link is open: both sides tell the newest view they know. */
  linkOpened(peer: PeerInfo): void {
    if (this.state.phase === 'ended' || peer.role !== 'member') return
    const known = this.reasons.peer(peer.id, peer.address)
    known.linked = true
    known.wallOffsetMs = peer.wallOffsetMs
    if (known.belief !== 'suspect') known.belief = 'alive'
    if (Math.abs(peer.wallOffsetMs) > this.options.maxClockOffsetMs) {
      this.context.emit({ type: 'clockSkewed', peer: peer.id, offsetMs: peer.wallOffsetMs })
    }
    this.reasons.state.silent.delete(peer.id)
    this.register.peerAt(peer.id, peer.address)
    const newest = this.view ?? this.state.join.known
    if (newest !== null) this.context.send(peer.id, { type: 'view.newest', view: newest })
    if (this.flush === null) this.joining.linked(peer.id)
  }

  /** Reached neither directly nor through a third for D: of such a pair the junior has to go. */
  peerUnreachable(id: NodeId): void {
    const members = this.view?.members ?? []
    const place = members.findIndex((member) => member.id === id)
    if (place === -1 || place < members.findIndex((member) => member.id === this.context.self)) return
    this.reasons.state.silent.add(id)
    this.consider()
  }

  private get isActive(): boolean {
    return this.flush !== null && this.flush.state.carried !== null
  }

  private peerEnded(id: NodeId, belief: 'down' | 'left'): void {
    const peer = this.reasons.peer(id, '')
    peer.belief = belief
    peer.linked = false
    this.reasons.state.joiners.delete(id)
    if (this.state.phase === 'ended') return
    // It may have gone because of a view that this node has not heard of.
    this.register.look()
    this.consider()
  }

  private heard(from: NodeId, view: View): void {
    if (view.cluster !== this.options.cluster) return
    const newest = this.view ?? this.state.join.known
    if (newest !== null && view.epoch < newest.epoch && isMember(newest, this.context.self)) {
      return this.context.send(from, { type: 'view.newest', view: newest })
    }
    if (!this.register.openToJoiners && configText(view.config) !== configText(this.options.config)) {
      // Founded apart: nothing is granted across.
      if (this.flush === null) return this.joining.mismatched(view.config)
      return this.context.emit({
        type: 'peerRefused',
        from,
        code: 'CONFIG_MISMATCH',
        message: 'a cluster of this name with other options',
      })
    }
    this.register.heard(view)
  }

  private decided(view: View): void {
    this.undigested.push(view)
    if (this.digesting) return
    this.digesting = true
    try {
      for (let next = this.undigested.shift(); next !== undefined; next = this.undigested.shift()) this.digest(next)
    } finally {
      this.digesting = false
    }
  }

  private digest(view: View): void {
    if (this.state.phase === 'ended') return
    const before = this.view
    if (before === null ? !this.joining.isNewer(view) : view.epoch <= before.epoch) return
    this.context.emit({ type: 'viewDecided', epoch: view.epoch, members: view.members.map((member) => member.id) })
    this.proposing.decided(before ?? this.state.join.known, view)
    this.state.join.known = view
    const place = view.members.find((member) => member.id === this.context.self)
    if (place === undefined) {
      if (before === null) return this.joining.timer()
      return this.state.leavingSinceMs === null ? this.end('evicted: a view without this node was decided') : this.gone()
    }
    // INV-V6: `since` tells whether every view that was skipped listed this node too.
    const since = before?.members.find((member) => member.id === this.context.self)?.since
    if (since !== undefined && since !== place.since)
      return this.end('evicted: a view without this node was decided, and a later one with it')
    this.install(before, view)
  }

  private install(before: View | null, view: View): void {
    const { self } = this.context
    const entrant = view.members.some((member) => member.id === self && member.since === view.epoch)
    this.state.phase = 'member'
    this.state.memberSinceMs ??= this.context.nowMs()
    this.context.clearTimer('join')
    this.host.stop()
    this.reasons.installed(before, view)
    // Frozen from here on. Whoever never activated a view has nothing to say of the views that it missed.
    const own = entrant ? null : this.state.everActivated ? this.host.claim() : { holds: [] }
    const flush = new Flush(
      this.context,
      view,
      viewId(view),
      instantNow(this.context),
      own,
      Math.min(500, this.sessionMs / 5),
      (carried) => this.activated(carried),
    )
    this.flush = flush
    this.quarantine.installed(flush.state)
    this.state.flush = flush.state
    this.context.emit({ type: 'viewInstalled', epoch: view.epoch, members: view.members.map((member) => member.id) })
    this.listener.installed(view)
    this.renew()
    // The renewal may have shown that there is a newer view, or none for this node: then this one is never flushed.
    if (this.flush !== flush || this.isEnded || this.undigested.some((next) => next.epoch > view.epoch)) return
    flush.start()
    // Whoever is outside may not have heard that there is a view to ask for.
    if (flush.collector === self)
      for (const id of this.reasons.outsiders(view)) this.context.send(id, { type: 'view.newest', view })
    if (this.state.leavingSinceMs !== null) this.sayLeave()
    else this.consider()
  }

  private activated(carried: readonly Carried[]): void {
    const flush = this.flush as Flush
    const { view, id } = flush.state
    this.state.everActivated = true
    // Late is not silent: whose claim came after all is no reason any more. Who cannot be reached is told of again.
    this.reasons.state.silent.clear()
    this.host.activate(view, id, carried)
    this.context.emit({ type: 'viewActivated', epoch: view.epoch, members: view.members.map((member) => member.id) })
    this.listener.activated(view)
    this.consider()
  }

  private renew(): void {
    if (this.flush === null) return
    // In a view that no majority is in, and none ever acknowledged: only a new start leads out.
    const waitedMs = this.context.nowMs() - (this.state.memberSinceMs as number)
    if (this.session.state.started === null && waitedMs >= this.sessionMs) return this.end('session: no renewal ever succeeded')
    this.context.setTimer('renew', this.sessionMs / 5, { type: 'renew' })
    this.register.renew(this.flush.state.view)
  }

  private renewed(started: Instant): void {
    if (this.flush !== null && this.state.phase === 'member') this.session.renewed(started)
  }

  private consider(): void {
    if (this.digesting) this.proposing.soon(0)
    else this.proposing.consider()
  }

  /** A claim that is missing for D, or an activation for half as long again, is a reason to go on without that member. */
  private flushLate(): void {
    const flush = this.flush as Flush
    flush.timer()
    if (flush !== this.flush || flush.state.carried !== null) return
    const waitedMs = this.context.nowMs() - flush.state.installed.monotonicMs
    if (flush.collector === this.context.self) {
      if (waitedMs >= this.sessionMs) for (const id of flush.missing()) this.reasons.state.silent.add(id)
      // The collector has its D for the claims first, or it would be blamed for the member that it waits for.
    } else if (waitedMs >= this.sessionMs * 1.5) this.reasons.state.silent.add(flush.collector)
    this.consider()
  }

  private sayLeave(): void {
    const { view, id } = (this.flush as Flush).state
    for (const member of view.members)
      if (member.id !== this.context.self) this.context.send(member.id, { type: 'view.leave', view: id })
    // Nothing waits for a leaver that the others cannot do without: its session has D to end by itself.
    if (this.context.nowMs() - (this.state.leavingSinceMs as number) >= this.sessionMs) return this.gone()
    this.context.setTimer('leave', this.sessionMs / 5, { type: 'leave' })
    this.consider()
  }

  private gone(): void {
    if (this.close()) this.listener.left()
  }

  private end(reason: string): void {
    if (!this.close()) return
    this.host.end(reason)
    this.context.emit({ type: 'sessionEnded', reason })
    this.listener.ended(reason)
  }

  private get isEnded(): boolean {
    return this.state.phase === 'ended'
  }

  /** Nothing of this incarnation is used again. False when that was so already. */
  private close(): boolean {
    if (this.isEnded) return false
    this.state.phase = 'ended'
    for (const key of ['renew', 'session', 'propose', 'flush', 'join', 'leave']) this.context.clearTimer(key)
    this.register.stop()
    return true
  }
}
