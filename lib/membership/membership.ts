/**
 * This file says which peers are there, as far as this node can tell: SWIM (Das, Gupta, Motivala 2002) with Lifeguard (Dadgar,
 * Phillips, Currey 2017). Every interval one peer is probed, in an order shuffled anew for each round; a peer that does not
 * answer is suspected, and is down when it has not objected in time. All news ride on the probes and on a little gossip, so the
 * cost to a node does not grow with the cluster. The result is belief: it gives the views reasons and decides nothing.
 *
 * Deviations: messages travel on connections, so a closed one is a hint to probe now, and shortens the suspicion (never
 * replaces it); a full exchange happens whenever a connection opens, which is how nodes that had given each other up
 * find together again; answers carry what is believed of the asker, so that also those believed down can object; a peer
 * that is vouched for, since it renewed its session or answered this node's renewal a moment ago, is not probed in its turn by
 * a node that uses no lock; and what such a node sees on its own host, a process and the note of its session, counts more than an
 * accusation. Otherwise many processes that start together on few cores accuse each other so often that the accusations
 * themselves keep the cores busy.
 */
import type { Context } from '../world/context.ts'
import type { PeerInfo } from '../world/world.ts'
import { unreachable } from '../base/assert.ts'
import type { NodeId } from '../base/ids.ts'
import type { Message, MessagesOf, Update } from '../wire/messages.ts'
import { Beliefs, type BeliefState, type MembershipListener, type SuspicionTimer } from './beliefs.ts'
import { Gossip, type GossipState, type GossipTimer } from './gossip.ts'
import { adjustHealth, type Health } from './health.ts'
import { isPresent, type PeerState, softened } from './peers.ts'
import { Prober, type ProbeState, type ProbeTimer } from './probe.ts'
import { ProbeOrder } from './probe-order.ts'
import type { SwimProfile } from './profile.ts'
import { type RoundState, type RoundTimer, Rounds } from './rounds.ts'
import { Self, type SelfState } from './self.ts'

export type { MembershipListener } from './beliefs.ts'
export type { PeerState } from './peers.ts'

export type SwimTimer = ProbeTimer | SuspicionTimer | GossipTimer | RoundTimer

export interface MembershipOptions {
  /** Where this node can be dialled; empty when it only dials. */
  readonly address: string
  readonly profile: SwimProfile
  /** Whether what `from` says about the node `about` counts here. Without it everything does. */
  believes?(from: NodeId, about: NodeId): boolean
  /** Whether this peer is known to live, without a probe. Without it every peer is probed. */
  isVouchedFor?(peer: NodeId): boolean
  /** Whether it can be seen without a message that this peer runs: then no accusation of it is believed. Without it all are. */
  isShownAlive?(peer: NodeId): boolean
}

/** Everything that the actor knows; plain data. */
export interface SwimState {
  readonly self: SelfState
  /** Whether `start` was called. */
  started: boolean
  readonly health: Health
  readonly beliefs: BeliefState
  /** Peers with an open connection. */
  readonly connected: Set<NodeId>
  readonly gossip: GossipState
  readonly probing: ProbeState
  readonly round: RoundState
  /** When the event loop was last found late. */
  lateAtMs: number
}

/**
 * One node's part in the membership.
 *
 * @example
 * const membership = new Membership(context, { address: '10.0.0.1:7000', profile: swimProfiles.lan }, listener)
 * membership.start()
 * membership.peerConnected(peer) // the rest is found from here
 */
export class Membership {
  readonly state: SwimState
  private readonly options: MembershipOptions
  private readonly profile: SwimProfile
  private readonly self: Self
  private readonly beliefs: Beliefs
  private readonly gossip: Gossip
  private readonly prober: Prober
  private readonly rounds: Rounds

  constructor(
    private readonly context: Context<SwimTimer>,
    options: MembershipOptions,
    listener: MembershipListener,
  ) {
    this.options = options
    this.profile = options.profile
    const health: Health = { score: 0 }
    const connected = new Set<NodeId>()
    this.self = new Self(context.self, options.address, health)
    const order = new ProbeOrder(context.random)
    const isShownAlive = (peer: NodeId): boolean => options.isShownAlive?.(peer) === true
    this.beliefs = new Beliefs(context, this.profile, listener, connected, order, isShownAlive)
    this.gossip = new Gossip(context, this.profile, this.beliefs, connected, this.self)
    this.prober = new Prober(context, this.profile, health, this.beliefs, this.gossip, connected)
    this.beliefs.attach(this.gossip, this.prober)
    this.rounds = new Rounds(context, this.profile, health, this.beliefs, this.prober, order, (peer) => {
      // Without a connection no probe arrives. With one, a node that doubts itself needs answers to recover.
      return connected.has(peer) ? health.score === 0 && options.isVouchedFor?.(peer) === true : isShownAlive(peer)
    })
    this.state = {
      self: this.self.state,
      started: false,
      health,
      beliefs: this.beliefs.state,
      connected,
      gossip: this.gossip.state,
      probing: this.prober.state,
      round: this.rounds.state,
      lateAtMs: Number.NEGATIVE_INFINITY,
    }
  }

  /** Begins to probe. It sends no message as long as no peer is known. */
  start(): void {
    if (this.state.started) return
    this.state.started = true
    if (this.isProber) this.rounds.start()
    this.gossip.start()
  }

  /**
   * A connection opened: each side sends the other all beliefs, also those about the other. So a node that is believed down, or
   * was reaped long ago, refutes it and is found again. Observers are not peers and are ignored.
   */
  peerConnected(peer: PeerInfo): void {
    if (peer.role !== 'member' || peer.id === this.context.self) return
    this.state.connected.add(peer.id)
    const before = this.beliefs.get(peer.id)?.state
    this.beliefs.learn({ id: peer.id, address: peer.address, state: 'alive', incarnation: 0, by: this.context.self })
    this.beliefs.reachedAt(peer.id, peer.address)
    this.beliefs.reviewSuspicion(peer.id)
    this.gossip.introduce(peer.id, before)
    if (peer.address !== '') this.doubtFormer(peer)
  }

  /** A connection closed: a hint to probe now, not a verdict. `mayProbe`: false if the caller looks after the peer itself. */
  peerDisconnected(id: NodeId, mayProbe = true): void {
    if (!this.state.connected.delete(id)) return
    const peer = this.beliefs.get(id)
    if (peer === undefined || !isPresent(peer)) return
    this.beliefs.reviewSuspicion(id, this.profile.probeIntervalMs)
    if (mayProbe && this.isProber) this.prober.hurry(id)
  }

  /** This peer is proven dead: no node has to suspect it first, and the others are told. Returns false if it was down before. */
  peerDied(id: NodeId): boolean {
    this.state.connected.delete(id)
    return this.beliefs.bury(id)
  }

  /** This peer said that it leaves, and the others go on without it. */
  peerLeft(id: NodeId): void {
    this.state.connected.delete(id)
    this.beliefs.leave(id)
  }

  receive(from: NodeId, message: MessagesOf<'swim'>): void {
    switch (message.type) {
      case 'swim.ping':
        this.learnAll(from, message.updates)
        return this.prober.pinged(from, message)
      case 'swim.ack':
        this.learnAll(from, message.updates)
        return this.prober.acknowledged(from, message)
      case 'swim.pingRequest':
        this.learnAll(from, message.updates)
        return this.prober.requested(from, message)
      case 'swim.nack':
        return this.prober.refused(from, message)
      case 'swim.gossip':
        return this.learnAll(from, message.updates)
      case 'swim.sync':
        this.learnAll(
          from,
          message.updates.map((update) => softened(update, from)),
        )
        if (message.answer) this.gossip.tellAll(from, false)
        return
      default:
        return unreachable(message)
    }
  }

  timer(timer: SwimTimer): void {
    this.lateness(this.context.nowMs() - this.dueMs(timer))
    switch (timer.type) {
      case 'round':
        return this.rounds.beat()
      case 'gossip':
      case 'sync':
        return this.gossip.timer(timer)
      case 'suspicion':
        return this.beliefs.reviewSuspicion(timer.id)
      case 'indirect':
      case 'deadline':
      case 'nack':
        return this.prober.timer(timer)
      default:
        return unreachable(timer)
    }
  }

  /**
   * The event loop was late by `ms`. Answers of the others may still be unread, so that time confirms no suspicion, and this node
   * trusts itself less for a while. Less than half a probe timeout is ordinary and ignored.
   */
  lateness(ms: number): void {
    const nowMs = this.context.nowMs()
    // Several watchers may report one stall; only time that was not counted yet counts.
    const uncountedMs = Math.min(ms, nowMs - this.state.lateAtMs)
    if (uncountedMs < this.profile.probeTimeoutMs / 2) return
    this.state.lateAtMs = nowMs
    adjustHealth(this.state.health, Math.min(3, Math.ceil(uncountedMs / this.profile.probeIntervalMs)))
    this.prober.grantGrace()
    this.beliefs.excuse(uncountedMs)
  }

  /**
   * Says to every connected peer that this node leaves, for good: its id is never alive again. Peers believe it from this
   * node alone. It probes no more, and goes on answering; each answer repeats that it leaves.
   */
  leave(): void {
    if (!this.self.leave()) return
    this.rounds.stop()
    const farewell = this.self.update()
    const message: Message = { type: 'swim.gossip', updates: [farewell] }
    for (const id of this.state.connected) this.context.sendLoose(id, message)
    this.gossip.tell(farewell)
  }

  /** All nodes in the table, the lately gone included, without this node. */
  peers(): readonly { readonly id: NodeId; readonly address: string; readonly state: PeerState }[] {
    return [...this.state.beliefs.peers.values()].map(({ id, address, state }) => ({ id, address, state }))
  }

  /** Where a node can be dialled; undefined when it was never heard of, or was reaped. */
  addressOf(id: NodeId): string | undefined {
    return this.beliefs.get(id)?.address
  }

  /** What is believed of a node; undefined when it was never heard of, or was reaped. */
  stateOf(id: NodeId): PeerState | undefined {
    return this.beliefs.get(id)?.state
  }

  private get isProber(): boolean {
    return this.state.started && !this.self.state.leaving
  }

  /** Probes a peer now, unless a probe of it is open. */
  private lookAfter(id: NodeId): void {
    const peer = this.beliefs.get(id)
    if (this.isProber && peer !== undefined && isPresent(peer)) this.prober.probe(id)
  }

  /** When a timer should have arrived, of those that tell a stall or that end in a verdict. */
  private dueMs(timer: SwimTimer): number {
    switch (timer.type) {
      case 'round':
        return this.state.round.dueMs
      case 'deadline':
        return this.prober.state.probes.get(timer.sequence)?.deadlineMs ?? Number.POSITIVE_INFINITY
      case 'suspicion':
        return this.beliefs.suspicionDueMs(timer.id)
      case 'gossip':
      case 'sync':
      case 'indirect':
      case 'nack':
        return Number.POSITIVE_INFINITY
      default:
        return unreachable(timer)
    }
  }

  /**
   * Takes news in, and answers accusations that were refuted already. The refutation may have used up its sends on others (in a
   * small cluster four acknowledgements are enough), and the node that suspects would not receive it before its verdict.
   *
   * That a node has left counts from that node alone. From others it is a hint to probe the node now: if it does leave, its
   * answer says so.
   */
  private learnAll(from: NodeId, updates: readonly Update[]): void {
    const corrections: Update[] = []
    for (const update of updates) {
      const { id } = update
      if (id === this.context.self) {
        const verdict = this.self.hear(update)
        if (verdict === 'new') this.gossip.tell(this.self.update())
        if (verdict !== 'fine') corrections.push(this.self.update())
      } else if (id === from || this.options.believes?.(from, id) !== false) {
        const correction = this.beliefs.correctionOf(update)
        if (correction !== undefined) corrections.push(correction)
        else if (update.state !== 'left' || id === from) this.beliefs.learn(update)
        else this.lookAfter(id)
      }
    }
    if (corrections.length > 0) this.context.sendLoose(from, { type: 'swim.gossip', updates: corrections })
  }

  /**
   * A new node at the address of another: a restarted process is a new node, so the former node is probably gone. If its
   * connection is still open, it is only probed.
   */
  private doubtFormer(newcomer: PeerInfo): void {
    for (const peer of this.beliefs.present()) {
      if (peer.address !== newcomer.address || peer.id === newcomer.id) continue
      if (!this.state.connected.has(peer.id)) this.beliefs.accuse(peer.id)
      if (this.isProber) this.prober.probe(peer.id)
    }
  }
}
