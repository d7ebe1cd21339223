/**
 * This file says what a node does when a peer comes, is suspected or goes. The links, gossip, the views and the proofs of death
 * each know a part about a peer, and this file tells each of them what another has found out. It decides nothing: gossip
 * believes, registers decide.
 */
import type { LinkWatcher } from '../link/links.ts'
import type { MembershipListener } from '../membership/membership.ts'
import type { PeerInfo } from '../world/world.ts'
import { HoldfastError } from '../base/errors.ts'
import type { NodeId } from '../base/ids.ts'
import { askedMax } from '../view/joining.ts'
import { turnAfterDeathMs } from '../view/timing.ts'
import type { Member, View } from '../view/view.ts'
import type { MessageOf } from '../wire/messages.ts'
import { DeathWatch } from './death-watch.ts'
import type { Tenure } from './tenure.ts'
import type { Life } from './life.ts'
import { SelfWatch, type SelfWatchHost } from './self-watch.ts'

export class Contacts implements LinkWatcher, MembershipListener, SelfWatchHost {
  private readonly node: Tenure
  private readonly life: Life
  private readonly deathWatch: DeathWatch
  private readonly selfWatch: SelfWatch
  /** Of the installed view; empty before the first. */
  private memberIds: ReadonlySet<NodeId> = new Set()
  /** Members that said that they leave. */
  private readonly leavers = new Set<NodeId>()
  private toldVoteless: string | null = null
  private isClosed = false

  constructor(node: Tenure, life: Life) {
    this.node = node
    this.life = life
    this.deathWatch = new DeathWatch(
      node.contextFor(() => this.deathWatch),
      (peer) => this.isDead(peer),
    )
    this.selfWatch = new SelfWatch(
      node.contextFor(() => this.selfWatch),
      life.settings.config.sessionMs,
      this,
    )
  }

  start(): void {
    this.selfWatch.start()
  }

  /** Peers that dialled while the transport was being opened were connected before this node was told. */
  greet(): void {
    for (const peer of this.node.links.connectedPeers()) this.opened(peer)
  }

  close(): void {
    this.isClosed = true
  }

  // What the views tell.

  installed(view: View): void {
    this.memberIds = new Set(view.members.map(({ id }) => id))
    this.node.subscriptions.installed(view)
    this.selfWatch.viewInstalled()
    const [collector] = view.members
    // The view begins when it has heard of all members.
    if (collector !== undefined) this.node.links.keepFirst(collector.id, collector.address)
    for (const member of view.members) this.node.links.keep(member.id, member.address)
  }

  /** This node is in no view yet: it asks the most senior members of the newest one. */
  outside(view: View): void {
    for (const member of view.members.slice(0, askedMax)) this.node.links.keepFirst(member.id, member.address)
  }

  activated(): void {
    for (const { id, state } of this.node.membership.peers()) {
      if (state === 'down' || state === 'left') this.forgetIfGone(id)
    }
  }

  /** A member leaves. It answers until a view without it is installed. */
  receive(from: NodeId, message: MessageOf<'view.leave'>): void {
    if (this.memberIds.has(from)) this.leavers.add(from)
    this.node.views.receive(from, message)
  }

  isMember(peer: NodeId): boolean {
    return this.memberIds.has(peer)
  }

  /**
   * Whether this peer may relay for others, and is believed about members. Once there is a view only its members are. A node that
   * is not admitted yet, or was evicted and does not know it, may speak only for itself.
   */
  mayRelay(peer: NodeId): boolean {
    return this.memberIds.size === 0 || this.memberIds.has(peer)
  }

  // What the links tell.

  opened(peer: PeerInfo): void {
    if (this.isClosed || peer.role !== 'member') return
    const { links, membership, obstacles, views } = this.node
    obstacles.opened(peer.address)
    this.deathWatch.drop(peer.id)
    if (peer.address !== '') links.keep(peer.id, peer.address)
    membership.peerConnected(peer)
    views.peers.linkOpened(peer)
  }

  closed(peer: NodeId): void {
    if (this.isClosed) return
    const { membership, subscriptions } = this.node
    subscriptions.closed(peer)
    const isLeaver = this.leavers.delete(peer)
    // A leaver answers until a view without it is installed. Gossip would take the end of its connection for a crash.
    if (isLeaver) membership.peerLeft(peer)
    // Where a death can be proven, this look is the probe.
    membership.peerDisconnected(peer, this.life.settings.join !== 'local')
    // No member waits for one that has left.
    if (!isLeaver) this.deathWatch.hint(peer, this.turnMs())
  }

  overflowed(peer: NodeId): void {
    this.unreachable(peer)
  }

  /** A joiner that no view can list fails at once; a member emits an event and goes on. */
  dialFailed(address: string, error: HoldfastError | Error): void {
    if (this.isClosed) return
    const { obstacles, views } = this.node
    const reason = error instanceof HoldfastError ? (error.reason ?? error.code) : 'unreached'
    this.life.feed.emit({ type: 'dialFailed', address, reason, message: error.message })
    obstacles.dialFailed(address, error)
    if (views.view !== null || views.phase !== 'joining') return
    this.tellVoteless()
    const verdict = obstacles.verdict(views.state.join.known)
    if (verdict !== null) this.life.refused(verdict)
  }

  reachedSelf(address: string): void {
    if (this.isClosed) return
    this.node.obstacles.reachedSelf(address)
    this.tellVoteless()
  }

  // What gossip tells.

  found(peer: NodeId, address: string): void {
    this.node.links.keep(peer, address)
    this.node.views.peers.found(peer, address)
    this.node.locks.silence(peer, false)
  }

  suspected(peer: NodeId): void {
    this.node.views.peers.suspected(peer)
    this.node.locks.silence(peer, true)
    this.deathWatch.hint(peer)
  }

  refuted(peer: NodeId): void {
    this.node.views.peers.refuted(peer)
    this.node.locks.silence(peer, false)
  }

  down(peer: NodeId): void {
    this.deathWatch.drop(peer)
    this.node.views.peers.down(peer)
    this.forgetIfGone(peer)
  }

  left(peer: NodeId): void {
    this.node.views.peers.left(peer)
    this.forgetIfGone(peer)
  }

  // What the look at itself asks and tells.

  members(): readonly Member[] {
    return this.node.views.view?.members ?? []
  }

  reaches(peer: NodeId): boolean {
    return this.node.links.reaches(peer)
  }

  late(ms: number): void {
    this.node.membership.lateness(ms)
  }

  unreached(peer: NodeId): void {
    this.isDead(peer)
  }

  unreachable(peer: NodeId): void {
    if (!this.isClosed) this.node.views.peers.unreachable(peer)
  }

  /** The two most senior members look at once whether a peer is dead, and tell the others, which look later. */
  private turnMs(): number {
    const { node, life } = this
    let seniors = 0
    for (const { id } of this.members()) {
      if (id === node.id) break
      if (node.links.isConnected(id)) seniors++
    }
    return seniors < 2 ? 0 : Math.min(seniors, 10) * turnAfterDeathMs(life.settings.config.sessionMs)
  }

  /** Returns true if a peer is proven dead: then no member suspects it first, and the view goes on without it. */
  private isDead(peer: NodeId): boolean {
    const { membership, views } = this.node
    if (this.isClosed || !views.peers.isOver(peer)) return false
    // If gossip knew it already, the views have been told only what gossip believes.
    if (!membership.peerDied(peer)) views.peers.down(peer)
    return true
  }

  /** A peer that is down or has left is forgotten once no view needs it any more. */
  private forgetIfGone(peer: NodeId): void {
    this.life.actors.peerGone(peer)
    this.life.questions.peerGone(peer)
    this.node.subscriptions.peerGone(peer)
    if (this.node.views.view?.members.some((member) => member.id === peer) === true) return
    this.node.links.forget(peer)
    this.node.locks.silence(peer, false)
  }

  private tellVoteless(): void {
    const { obstacles, address } = this.node
    const advice = obstacles.votelessness
    if (advice === null || advice === this.toldVoteless) return
    this.toldVoteless = advice
    this.life.feed.emit({ type: 'voteless', address, advice })
  }
}
