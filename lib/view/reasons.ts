/**
 * This file keeps the reasons for a successor: which members are gone, which joiners wait, and when it is this member's turn to
 * propose.
 */
import type { NodeId } from '../base/ids.ts'
import type { Seen } from '../base/seen.ts'
import type { PeerInfo } from '../world/world.ts'
import type { Gone } from './successor.ts'
import { type ProposalTiming, quietMs } from './timing.ts'
import type { Member, View } from './view.ts'

/** What gossip and the links say of a peer. */
export interface PeerStatus {
  address: string
  belief: 'alive' | 'suspect' | 'down' | 'left'
  /** A link was open since the peer was last believed down. */
  linked: boolean
  /** Its wall clock minus ours at the latest handshake. */
  wallOffsetMs: number | null
}

export interface Joiner {
  readonly id: NodeId
  readonly address: string
  /** The view of the member that it asked. */
  readonly epoch: number
  /** Its process enters only views above this epoch. */
  readonly floor: number
}

export interface ReasonsState {
  readonly peers: Map<NodeId, PeerStatus>
  readonly joiners: Map<NodeId, Joiner>
  /** Members that sent `view.leave`: they hold no lock and will not grant themselves one. */
  readonly leaving: Set<NodeId>
  /** Members of the current view that do not claim, do not activate or cannot be reached. */
  readonly silent: Set<NodeId>
  /** Were in a view and are not in a later one: INV-V6, never listed again. */
  readonly absent: Set<NodeId>
  /** Proven dead, the latest last. */
  readonly dead: Set<NodeId>
  /** A successor is due, with any members: the register reports one that was begun and not decided, or the fences run out. */
  wantsSuccessor: boolean
  /** When the first of the present reasons arose, and when a member was last merely suspect. */
  firstMs: number | null
  suspectMs: number | null
  /** How long the latest view took to begin. */
  flushMs: number
}

export interface ReasonsOptions extends ProposalTiming {
  /** Whether no process can act for a node any more; never true in doubt. Default: never true. */
  isProvenDead?(id: NodeId): boolean
  /** Whether a connection to that node itself is open. Default: never true. */
  isConnected?(id: NodeId): boolean
  /**
   * How long a member's session can still last, in milliseconds, as it noted itself; null if the register keeps no such notes, or
   * the member has none.
   */
  sessionLeftMs?(id: NodeId): number | null
}

const absentMax = 10_000
const joinersMax = 4096

/**
 * Why, and when, a successor is to be proposed. Gossip only believes. This class keeps its beliefs about each peer, the joiners
 * and the leavers, and computes which members are gone, which nodes come, and when it is this member's turn to propose. Live
 * members take turns by seniority, so that two seldom propose at once.
 */
export class Reasons {
  /** INV-V7: the parts around it read this, and only `Reasons` changes it. */
  readonly state: Seen<ReasonsState>
  private readonly own: ReasonsState = {
    peers: new Map(),
    joiners: new Map(),
    leaving: new Set(),
    silent: new Set(),
    absent: new Set(),
    dead: new Set(),
    wantsSuccessor: false,
    firstMs: null,
    suspectMs: null,
    flushMs: 0,
  }
  private readonly self: NodeId
  private readonly options: ReasonsOptions

  constructor(self: NodeId, options: ReasonsOptions) {
    this.self = self
    this.options = options
    this.state = this.own
  }

  /** Gossip or a message tells of a peer. `address` is empty when it is not known. */
  believed(id: NodeId, belief: PeerStatus['belief'], address = ''): void {
    const peer = this.peer(id, address)
    peer.belief = belief
    if (belief !== 'down' && belief !== 'left') return
    peer.linked = false
    this.own.joiners.delete(id)
  }

  /** A link to a peer is open, so it is not silent, and lives unless gossip suspects it. */
  linkOpened({ id, address, wallOffsetMs }: PeerInfo): void {
    const peer = this.peer(id, address)
    peer.linked = true
    peer.wallOffsetMs = wallOffsetMs
    if (peer.belief !== 'suspect') peer.belief = 'alive'
    this.own.silent.delete(id)
  }

  /** A member said that it leaves, or this node does. */
  leaves(id: NodeId): void {
    this.own.leaving.add(id)
  }

  /** A member did not claim or activate in time, or is unreachable. */
  fellSilent(id: NodeId): void {
    this.own.silent.add(id)
  }

  /** The view has begun. A late claim has come after all, and a member that is still unreachable will be reported again. */
  activated(flushMs = 0): void {
    this.own.flushMs = flushMs
    this.own.silent.clear()
  }

  /** A successor is due, if necessary with the same members. Returns false if that was so already. */
  wantSuccessor(): boolean {
    const isNew = !this.own.wantsSuccessor
    this.own.wantsSuccessor = true
    return isNew
  }

  /** A peer says that it is at this address. Its first word is a sign of life. */
  met(id: NodeId, address: string): void {
    this.peer(id, address)
  }

  isLive(id: NodeId): boolean {
    const belief = this.state.peers.get(id)?.belief
    return belief === 'alive' || belief === 'suspect'
  }

  wantsIn(joiner: Joiner): void {
    if (this.own.joiners.size < joinersMax) this.own.joiners.set(joiner.id, joiner)
  }

  /** A view was installed: a node that it leaves out is absent for good, and the reasons of the last view are judged again. */
  installed(before: View | null, view: View): void {
    const { own: state } = this
    for (const { id } of before?.members ?? []) if (!view.members.some((member) => member.id === id)) state.absent.add(id)
    // An entrant knows of those who went before it by the waits that they left behind.
    for (const { id } of view.quarantine) if (id !== '*') state.absent.add(id)
    for (const id of [...state.absent].slice(0, Math.max(0, state.absent.size - absentMax))) state.absent.delete(id)
    for (const { id } of view.members) state.joiners.delete(id)
    // A node that asked in a view before the last may have been listed and left out since, in views that were skipped here.
    for (const [id, { epoch }] of [...state.joiners]) if (state.absent.has(id) || epoch < view.epoch - 1) state.joiners.delete(id)
    for (const id of [...state.leaving]) if (!view.members.some((member) => member.id === id)) state.leaving.delete(id)
    for (const [id, peer] of [...state.peers]) {
      if ((peer.belief === 'down' || peer.belief === 'left') && !view.members.some((member) => member.id === id))
        state.peers.delete(id)
    }
    state.silent.clear()
    state.wantsSuccessor = false
    state.firstMs = null
  }

  /** The nodes that are not members any more, and how each went. */
  gone(view: View): Map<NodeId, Gone> {
    const gone = new Map<NodeId, Gone>()
    const comers = this.comers()
    for (const { id, address } of view.members) {
      // That gossip says a member left does not prove that it holds no lock.
      if (this.state.leaving.has(id)) gone.set(id, 'left')
      else if (id !== this.self && this.hasGone(id, address, comers)) gone.set(id, this.isDead(id) ? 'dead' : 'evicted')
    }
    return gone
  }

  /**
   * How much longer to wait for a node that does not answer, in milliseconds; 0 if it may be given up. This is the one rule, for
   * members and for joiners: a node is given up when it is proven dead, or when its session is over. The node itself noted until
   * when that can last, by the clocks that all processes of its machine share. So a busy node loses nothing, and it does not
   * matter how busy the judging node is. Without such a note gossip decides; until gossip has a belief, the wait has no end.
   */
  patienceMs(id: NodeId): number {
    if (this.isDead(id)) return 0
    return this.options.sessionLeftMs?.(id) ?? (this.isBelievedGone(id) ? 0 : Number.POSITIVE_INFINITY)
  }

  /** Whether a node may be given up without gossip: it is proven dead, or the session that it noted is over. */
  isOver(id: NodeId): boolean {
    return this.isDead(id) || this.options.sessionLeftMs?.(id) === 0
  }

  /** When the first of the members that are believed gone, and not given up yet, may be given up; null without one. */
  nextMs(view: View): number | null {
    const waits = view.members
      .filter(({ id }) => id !== this.self && this.isBelievedGone(id))
      .map(({ id }) => this.patienceMs(id))
      .filter((waitMs) => waitMs > 0)
    // A clock's rounding must not cause a wait of 0 ms again and again.
    return waits.length === 0 ? null : Math.max(1, Math.min(...waits))
  }

  /** Whether a node is proven dead. Once it is, that is so for good. */
  isDead(id: NodeId): boolean {
    const { dead } = this.own
    if (!dead.has(id) && this.options.isProvenDead?.(id) === true) {
      dead.add(id)
      for (const oldest of dead) {
        if (dead.size <= absentMax) break
        dead.delete(oldest)
      }
    }
    return dead.has(id)
  }

  /** Live peers that the view does not list. */
  outsiders(view: View): readonly NodeId[] {
    const members = new Set(view.members.map((member) => member.id))
    return [...this.state.peers.keys()].filter((id) => !members.has(id) && this.isLive(id))
  }

  /** The joiners to list: those that are believed alive, one for each address. */
  joiners(view: View): readonly Joiner[] {
    const taken = new Set<string>()
    const members = new Set(this.state.joiners.size === 0 ? [] : view.members.map((member) => member.id))
    return [...this.state.joiners.values()].filter(({ id, address }) => {
      if (!this.isLive(id) || this.state.absent.has(id) || members.has(id)) return false
      if (address !== '' && taken.has(address)) return false
      taken.add(address)
      return true
    })
  }

  /** When this member should propose, by the monotonic clock; null without a reason. At once if no other member can. */
  dueMs(view: View, nowMs: number, installedMs: number, gone: ReadonlyMap<NodeId, Gone>, anyReason: boolean): number | null {
    if (!anyReason) {
      this.own.firstMs = null
      return null
    }
    this.own.firstMs ??= nowMs
    const turns = turnsOf(view, gone, this.self)
    const rank = turns.indexOf(this.self)
    if (turns.length === 1) return nowMs
    const { windowMs, windowMaxMs, turnMs, turnAfterDeathMs, joinWindowMs = windowMs } = this.options
    if (turnAfterDeathMs !== undefined && [...gone.values()].includes('dead'))
      return this.own.firstMs + Math.min(rank, 10) * turnAfterDeathMs
    const merelySuspect = view.members.some(({ id }) => !gone.has(id) && this.state.peers.get(id)?.belief === 'suspect')
    if (merelySuspect) this.own.suspectMs = nowMs
    const { firstMs, suspectMs, flushMs } = this.own
    const isQuiet = firstMs - installedMs >= quietMs
    // When a view is dear, since it is large or the machine is busy, more joins share the next.
    const joinMs = Math.max(isQuiet ? joinWindowMs : windowMs, flushMs > windowMs ? 2 * flushMs : 0)
    const settledMs = Math.max(
      firstMs + (gone.size === 0 ? joinMs : windowMs),
      (suspectMs ?? Number.NEGATIVE_INFINITY) + windowMs,
    )
    // Rank is capped so that the last of many members does not wait for hours when all before it hang.
    return Math.min(settledMs, this.own.firstMs + windowMaxMs) + Math.min(rank, 10) * turnMs
  }

  private peer(id: NodeId, address: string): PeerStatus {
    let peer = this.own.peers.get(id)
    if (peer === undefined) {
      peer = { address, belief: 'alive', linked: false, wallOffsetMs: null }
      this.own.peers.set(id, peer)
    }
    if (address !== '') peer.address = address
    return peer
  }

  private hasGone(id: NodeId, address: string, comers: ReadonlyMap<string, NodeId>): boolean {
    const { silent, dead } = this.state
    // A member that answers but cannot form a view with the others is given up, even if its session is fresh.
    if (dead.has(id) || silent.has(id) || this.isReplaced(id, address, comers)) return true
    return this.isBelievedGone(id) && this.patienceMs(id) === 0
  }

  private isBelievedGone(id: NodeId): boolean {
    const belief = this.state.peers.get(id)?.belief
    return belief === 'down' || belief === 'left'
  }

  /**
   * A new node at a member's address proves that the member's listener is closed, and so that it is gone. But the new node only
   * claims that address, so this does not count against a member whose connection is open.
   */
  private isReplaced(id: NodeId, address: string, comers: ReadonlyMap<string, NodeId>): boolean {
    const comer = address === '' ? undefined : comers.get(address)
    return comer !== undefined && comer !== id && this.options.isConnected?.(id) !== true
  }

  /** The live joiners, by their addresses. */
  private comers(): ReadonlyMap<string, NodeId> {
    const comers = new Map<string, NodeId>()
    for (const { id, address } of this.state.joiners.values()) if (this.isLive(id)) comers.set(address, id)
    return comers
  }
}

/** The members that may propose, in the order of their turns: those that stay, and this node. */
function turnsOf(view: View, gone: ReadonlyMap<NodeId, unknown>, self: NodeId): readonly NodeId[] {
  return view.members.map((member: Member) => member.id).filter((id) => id === self || !gone.has(id))
}
