/**
 * This file is the table of peers. It takes news in, judges it by `peers.ts`, runs the suspicions, forgets peers that
 * are gone, and tells the listener after each change. It never speaks of this node itself.
 */
import type { Context } from '../world/context.ts'
import { invariant, unreachable } from '../base/assert.ts'
import type { NodeId } from '../base/ids.ts'
import type { Update } from '../wire/messages.ts'
import { asUpdate, type Forgotten, isPresent, judge, type Belief } from './peers.ts'
import type { SwimProfile } from './profile.ts'
import type { Gossip } from './gossip.ts'
import type { Prober } from './probe.ts'
import type { ProbeOrder } from './probe-order.ts'
import { beginSuspicion, confirm, remainingSuspicionMs } from './suspicion.ts'

/** Told of every change of belief, after the table was changed. */
export interface MembershipListener {
  /** A peer that was not known before, or one that was believed down and refuted it. */
  found(id: NodeId, address: string): void
  suspected(id: NodeId): void
  refuted(id: NodeId): void
  down(id: NodeId): void
  left(id: NodeId): void
}

/** Plain data. */
export interface BeliefState {
  readonly peers: Map<NodeId, Belief>
  /** Nodes that were reaped recently, the oldest first. */
  readonly forgotten: Map<NodeId, Forgotten>
}

export interface SuspicionTimer {
  readonly type: 'suspicion'
  readonly id: NodeId
}

export class Beliefs {
  readonly state: BeliefState = { peers: new Map(), forgotten: new Map() }
  private gossip: Gossip | null = null
  private prober: Prober | null = null

  constructor(
    private readonly context: Context<SuspicionTimer>,
    private readonly profile: SwimProfile,
    private readonly listener: MembershipListener,
    private readonly connected: ReadonlySet<NodeId>,
    private readonly order: ProbeOrder,
    private readonly isShownAlive: (peer: NodeId) => boolean,
  ) {}

  /** The gossip that tells others, and the prober: both are made with these beliefs. */
  attach(gossip: Gossip, prober: Prober): void {
    this.gossip = gossip
    this.prober = prober
  }

  /** Nodes that take part, this one included: N of the formulas. */
  get nodes(): number {
    let nodes = 1
    for (const peer of this.state.peers.values()) if (isPresent(peer)) nodes++
    return nodes
  }

  get(id: NodeId): Belief | undefined {
    return this.state.peers.get(id)
  }

  present(): Belief[] {
    return [...this.state.peers.values()].filter(isPresent)
  }

  /** Takes in one piece of news about another node. */
  learn(update: Update): void {
    invariant(update.id !== this.context.self, 'beliefs are about other nodes')
    const { peers, forgotten } = this.state
    const known = peers.get(update.id)
    const news = judge(known, forgotten.get(update.id), update)
    if (news === 'stale' || (news === 'suspected' && this.isShownAlive(update.id))) return
    const peer = known ?? this.list(update)
    if (peer === undefined) return
    const sameIncarnation = peer.incarnation === update.incarnation
    peer.incarnation = update.incarnation
    if (update.address !== '' && !sameIncarnation) peer.address = update.address
    switch (news) {
      case 'found':
        this.enter(peer, 'alive')
        this.gossip?.tell(asUpdate(peer, this.context.self))
        return this.announceFound(peer)
      case 'renewed':
        return this.gossip?.tell(update)
      case 'refuted':
        this.enter(peer, 'alive')
        this.gossip?.tell(update)
        this.context.emit({ type: 'peerRefuted', peer: peer.id })
        return this.listener.refuted(peer.id)
      case 'suspected':
        if (known === undefined) this.announceFound(peer)
        return this.suspect(peer, update)
      case 'accused':
        return this.accuseAgain(peer, update, sameIncarnation)
      case 'fell':
        return this.fall(peer, update.by)
      case 'left':
        this.enter(peer, 'left')
        this.gossip?.tell(update)
        this.context.emit({ type: 'peerLeft', peer: peer.id, address: peer.address })
        return this.listener.left(peer.id)
      default:
        return unreachable(news)
    }
  }

  /** A handshake gave the address of a peer, which counts more than gossip. `address` is empty if the peer only dials. */
  reachedAt(id: NodeId, address: string): void {
    const peer = this.state.peers.get(id)
    if (peer !== undefined && address !== '') peer.address = address
  }

  /** What to answer to an accusation that its subject has already refuted; undefined for all other news. */
  correctionOf(update: Update): Update | undefined {
    const peer = this.state.peers.get(update.id)
    const accuses = update.state === 'suspect' || update.state === 'down'
    const refuted = peer !== undefined && peer.state === 'alive' && update.incarnation < peer.incarnation
    return accuses && refuted ? asUpdate(peer, this.context.self) : undefined
  }

  /** This node itself suspects a peer: its probe failed, or another node answers at its address. */
  accuse(id: NodeId): void {
    const peer = this.state.peers.get(id)
    if (peer !== undefined && isPresent(peer)) this.learn({ ...asUpdate(peer, this.context.self), state: 'suspect' })
  }

  /** It said that it leaves, by a message of another layer. */
  leave(id: NodeId): void {
    const peer = this.state.peers.get(id)
    if (peer !== undefined) this.learn({ ...asUpdate(peer, id), state: 'left' })
  }

  /** This peer is proven dead: no process can answer for it any more. Returns false if that is no news. */
  bury(id: NodeId): boolean {
    const peer = this.state.peers.get(id)
    if (peer === undefined || !isPresent(peer)) return false
    this.fall(peer, this.context.self)
    return true
  }

  /** The timer of a suspicion arrived, or an event changed how long it lasts; `atLeastMs` is given in any case. */
  reviewSuspicion(id: NodeId, atLeastMs = 0): void {
    const peer = this.state.peers.get(id)
    if (peer === undefined || peer.suspicion === null) return
    peer.suspicion.startedMs += Math.max(0, atLeastMs - this.remainingMs(peer))
    const remainingMs = this.remainingMs(peer)
    if (remainingMs < 1) this.fall(peer, this.context.self)
    else this.context.setTimer(`suspicion/${id}`, remainingMs, { type: 'suspicion', id })
  }

  /**
   * This node stood still for `ms`. No suspicion counts that time, and each gets at least one more probe interval, in which an
   * unread refutation can be read.
   */
  excuse(ms: number): void {
    for (const peer of this.state.peers.values()) {
      if (peer.suspicion === null) continue
      peer.suspicion.startedMs += ms
      this.reviewSuspicion(peer.id, this.profile.probeIntervalMs)
    }
  }

  /** Drops nodes that have long been gone, and remembers just enough that old news cannot bring them back. */
  reap(): void {
    const nowMs = this.context.nowMs()
    for (const peer of this.state.peers.values()) {
      if (!isPresent(peer) && nowMs - peer.sinceMs >= this.profile.reapMs) this.forget(peer)
    }
  }

  /** When a suspicion ends, in milliseconds of the monotonic clock. */
  suspicionDueMs(id: NodeId): number {
    const peer = this.state.peers.get(id)
    if (peer === undefined || peer.suspicion === null) return Number.POSITIVE_INFINITY
    return this.context.nowMs() + this.remainingMs(peer)
  }

  private suspect(peer: Belief, update: Update): void {
    this.enter(peer, 'suspect')
    peer.suspicion = beginSuspicion(this.profile, this.nodes, update.by, this.context.nowMs())
    this.reviewSuspicion(peer.id)
    this.gossip?.tell(asUpdate(peer, update.by))
    this.context.emit({ type: 'peerSuspected', peer: peer.id, by: update.by })
    this.listener.suspected(peer.id)
  }

  private accuseAgain(peer: Belief, update: Update, sameIncarnation: boolean): void {
    invariant(peer.suspicion !== null, 'INV-M3: a suspect has a suspicion')
    if (sameIncarnation) {
      if (!confirm(peer.suspicion, update.by)) return
    } else {
      // It refuted the suspicion, which did not reach this node, and was suspected anew: it has the whole time again.
      peer.suspicion = beginSuspicion(this.profile, this.nodes, update.by, this.context.nowMs())
    }
    this.gossip?.tell(asUpdate(peer, update.by))
    this.reviewSuspicion(peer.id)
  }

  private fall(peer: Belief, by: NodeId): void {
    this.enter(peer, 'down')
    this.gossip?.tell(asUpdate(peer, by))
    this.context.emit({ type: 'peerDown', peer: peer.id, address: peer.address })
    this.listener.down(peer.id)
  }

  private enter(peer: Belief, state: Belief['state']): void {
    const wasPresent = isPresent(peer)
    if (peer.suspicion !== null) this.context.clearTimer(`suspicion/${peer.id}`)
    peer.suspicion = null
    peer.state = state
    peer.sinceMs = this.context.nowMs()
    const present = isPresent(peer)
    if (present && !wasPresent) this.order.insert(peer.id)
    if (!present && wasPresent) this.prober?.forget(peer.id)
  }

  /** Adds a node to the table; undefined when it is full of peers that take part. */
  private list(update: Update): Belief | undefined {
    const { peers, forgotten } = this.state
    if (peers.size >= this.profile.peersMax) {
      const gone = [...peers.values()].filter((peer) => !isPresent(peer)).sort((a, b) => a.sinceMs - b.sinceMs)[0]
      if (gone === undefined) return undefined
      this.forget(gone)
    }
    forgotten.delete(update.id)
    const { id, address, incarnation } = update
    const peer: Belief = { id, address, state: 'alive', incarnation, sinceMs: this.context.nowMs(), suspicion: null }
    peers.set(id, peer)
    this.order.insert(id)
    return peer
  }

  private announceFound(peer: Belief): void {
    this.context.emit({ type: 'peerFound', peer: peer.id, address: peer.address })
    this.listener.found(peer.id, peer.address)
  }

  private forget(peer: Belief): void {
    const { peers, forgotten } = this.state
    peers.delete(peer.id)
    this.gossip?.forget(peer.id)
    forgotten.set(peer.id, { incarnation: peer.incarnation, left: peer.state === 'left' })
    if (forgotten.size <= this.profile.peersMax) return
    for (const oldest of forgotten.keys()) {
      forgotten.delete(oldest)
      break
    }
  }

  private remainingMs(peer: Belief): number {
    invariant(peer.suspicion !== null, 'INV-M3: a suspect has a suspicion')
    return remainingSuspicionMs(this.profile, peer.suspicion, this.connected.has(peer.id), this.context.nowMs())
  }
}
