/** This file takes in what gossip, the links and the directory say of peers, and notes it among the reasons for a successor. */
import type { Context } from '../world/context.ts'
import type { PeerInfo } from '../world/world.ts'
import type { NodeId } from '../base/ids.ts'
import type { Joining } from './joining.ts'
import { newsOf } from './news.ts'
import type { Reasons } from './reasons.ts'
import type { Register } from './register.ts'
import { isMember, type View } from './view.ts'
import type { Views } from './views.ts'

/** From so many members on a view is too long to be told by all to all. */
const largeMin = 64
const tellersMax = 16

/**
 * Takes in what gossip, the links and the directory say of peers, notes it among the reasons for a successor, and passes it on to
 * the part that waits for it. Only `isOver` uses proof; the rest is belief.
 */
export class Hearsay {
  private readonly context: Context<never>
  private readonly maxClockOffsetMs: number
  private readonly register: Register
  private readonly reasons: Reasons
  private readonly joining: Joining
  private readonly views: Pick<Views, 'view' | 'hasEnded' | 'consider'>

  constructor(
    context: Context<never>,
    maxClockOffsetMs: number,
    register: Register,
    reasons: Reasons,
    joining: Joining,
    views: Pick<Views, 'view' | 'hasEnded' | 'consider'>,
  ) {
    this.context = context
    this.maxClockOffsetMs = maxClockOffsetMs
    this.register = register
    this.reasons = reasons
    this.joining = joining
    this.views = views
  }

  found(id: NodeId, address: string): void {
    const { reasons } = this
    const known = reasons.state.peers.get(id)
    const isNews = (known !== undefined && known.belief !== 'alive') || reasons.state.joiners.has(id)
    reasons.believed(id, 'alive', address)
    // In a large cluster most nodes that are found are members already, and weighing a proposal looks at all members.
    if (isNews) this.views.consider()
  }

  suspected(id: NodeId): void {
    this.reasons.believed(id, 'suspect')
    this.views.consider()
  }

  refuted(id: NodeId): void {
    this.reasons.believed(id, 'alive')
    this.views.consider()
  }

  down(id: NodeId): void {
    this.gone(id, 'down')
  }

  left(id: NodeId): void {
    this.gone(id, 'left')
  }

  /** Whether a peer is proven dead or its session is over. */
  isOver(id: NodeId): boolean {
    return this.reasons.isOver(id)
  }

  /** A link is open: both sides tell the newest view they know. */
  linkOpened(peer: PeerInfo): void {
    if (this.views.hasEnded || peer.role !== 'member') return
    const { register, reasons, joining } = this
    reasons.linkOpened(peer)
    if (Math.abs(peer.wallOffsetMs) > this.maxClockOffsetMs) {
      this.context.emit({ type: 'clockSkewed', peer: peer.id, offsetMs: peer.wallOffsetMs })
    }
    register.peerAt(peer.id, peer.address)
    const newest = this.views.view ?? joining.state.known
    if (newest !== null && this.tells(newest, peer.id)) this.context.send(peer.id, newsOf(newest, register))
    if (this.views.view === null) joining.linked(peer.id)
  }

  /** This pair has not reached each other for D, neither directly nor through a third: the younger one has to go. */
  unreachable(id: NodeId): void {
    const members = this.views.view?.members ?? []
    const place = members.findIndex((member) => member.id === id)
    if (place === -1 || place < members.findIndex((member) => member.id === this.context.self)) return
    this.reasons.fellSilent(id)
    this.views.consider()
  }

  /**
   * Whether this node tells a newly connected peer which view is the newest. In a large cluster it is enough that the most senior
   * members tell the nodes that are not in it: members ask the register, and answer claims. On one host that is enough always.
   */
  private tells(newest: View, peer: NodeId): boolean {
    const { members } = newest
    const isLarge = members.length > largeMin
    if (!isLarge && !this.register.openToJoiners) return true
    const isSenior = !isLarge || members.slice(0, tellersMax).some(({ id }) => id === this.context.self)
    return isSenior && !isMember(newest, peer)
  }

  private gone(id: NodeId, belief: 'down' | 'left'): void {
    const { register, reasons } = this
    reasons.believed(id, belief)
    // The views have gone on without it already.
    if (this.views.hasEnded || reasons.state.absent.has(id)) return
    // It may have gone because of a view that this node has not heard of.
    register.look()
    this.views.consider()
  }
}
