/**
 * This file wires everything that a node has under one id: links, gossip, views and locks. When the session ends, the node
 * closes all of it and starts again under a new id.
 */
import type { Links } from '../link/links.ts'
import { createContext, type OwnedContext, type Post } from '../world/runtime.ts'
import type { Patience, PeerInfo, World } from '../world/world.ts'
import { HoldfastError } from '../base/errors.ts'
import type { NodeId } from '../base/ids.ts'
import type { Loss } from '../base/loss.ts'
import { messageOf } from '../base/message-of.ts'
import { HybridClock } from '../clock/hlc.ts'
import { LamportClock } from '../clock/lamport.ts'
import type { StampClock } from '../clock/stamp.ts'
import { Locks, type LockTimer } from '../lock/locks.ts'
import { Membership, type SwimTimer } from '../membership/membership.ts'
import { algorithmKind } from '../mutex/algorithms.ts'
import type { Counters } from '../observe/counters.ts'
import type { Event } from '../observe/events.ts'
import type { View } from '../view/view.ts'
import { Views, type ViewTimer } from '../view/views.ts'
import type { Message } from '../wire/messages.ts'
import { DeathWatch, type DeathWatchTimer } from './death-watch.ts'
import { closeDoors, type Doors, openDoors, registerBehind } from './doors.ts'
import { Obstacles } from './obstacles.ts'
import { algorithmNameOf, type Settings } from './options.ts'
import { Rendezvous } from './rendezvous.ts'
import { SelfWatch } from './self-watch.ts'

/** What an incarnation tells the node that it serves. */
export interface IncarnationOwner {
  emit(event: Event): void
  /** A view is active: the node is, or is again, a member. */
  activated(view: View): void
  /** This incarnation is over: the session ended, or the register failed. */
  ended(loss: Loss): void
  /** The cluster will not have this node. */
  refused(error: HoldfastError): void
  left(): void
  /** A message for the layers above: of actors, or a question. */
  received(from: NodeId, message: Message): void
  /** Nobody will hear from this peer again. */
  peerGone(peer: NodeId): void
}

/**
 * One membership of a node, under one id: all the actors and how they hear of each other. When its session ends it is
 * closed, and the node comes back as another incarnation; nothing of this one is used again.
 */
export class Incarnation {
  readonly id: NodeId
  readonly links: Links
  readonly membership: Membership
  readonly views: Views
  readonly locks: Locks
  readonly post: Post
  private readonly doors: Doors
  private readonly settings: Settings
  private readonly owner: IncarnationOwner
  private readonly world: World
  private readonly contexts: readonly { stop(): void }[]
  private readonly rendezvous: Rendezvous
  private readonly selfWatch: SelfWatch
  private readonly deathWatch: DeathWatch
  private readonly obstacles: Obstacles
  /** Of the installed view; empty before the first. */
  private memberIds: ReadonlySet<NodeId> = new Set()
  /** Members that said that they leave. */
  private readonly leavers = new Set<NodeId>()
  private toldVoteless: string | null = null
  private closed = false

  /** Opens the directory and the transport, then starts every actor. Rejects with what the world says against it. */
  static async open(
    world: World,
    settings: Settings,
    counters: Counters,
    owner: IncarnationOwner,
    patience: Patience,
  ): Promise<Incarnation> {
    const id = world.newId()
    let incarnation: Incarnation | undefined
    const emit = (event: Event): void => owner.emit(event)
    const doors = await openDoors(world, settings, id, emit, () => incarnation, patience)
    incarnation = new Incarnation(world, id, settings, counters, owner, doors)
    return incarnation
  }

  private constructor(world: World, id: NodeId, settings: Settings, counters: Counters, owner: IncarnationOwner, doors: Doors) {
    this.id = id
    this.settings = settings
    this.owner = owner
    this.world = world
    this.doors = doors
    const { directory, transport, links } = doors
    this.links = links
    this.obstacles = new Obstacles(settings, transport.address, doors, (peer) => this.addressOf(peer))
    const post: Post = (this.post = {
      send: (to, message) => {
        counters.countSent(message)
        links.send(to, message)
      },
      broadcast: (to, message) => {
        for (const _ of to) counters.countSent(message)
        links.broadcast(to, message)
      },
      sendLoose: (to, message) => {
        counters.countSent(message)
        links.sendLoose(to, message)
      },
    })
    const emit = (event: Event): void => {
      this.obstacles.saw(event)
      owner.emit(event)
    }
    const contextFor = <Timer>(onTimer: (timer: Timer) => void): OwnedContext<Timer> =>
      createContext(world, id, post, emit, (timer: Timer) => {
        try {
          onTimer(timer)
        } catch (error) {
          this.failed('a timer', error)
        }
      })

    const swimContext = contextFor<SwimTimer>((timer) => this.membership.timer(timer))
    const viewContext = contextFor<ViewTimer>((timer) => this.views.timer(timer))
    const lockContext = contextFor<LockTimer>((timer) => this.locks.timer(timer))
    const watchContext = contextFor<'tick'>(() => this.selfWatch.tick())
    const deathContext = contextFor<DeathWatchTimer>((timer) => this.deathWatch.timer(timer))
    this.contexts = [deathContext, watchContext, lockContext, viewContext, swimContext]
    const site = { world, self: id, address: transport.address, directory, post }
    this.rendezvous = new Rendezvous(site, settings, (addresses) => links.seek(addresses))
    this.deathWatch = new DeathWatch(deathContext, { isDead: (peer) => this.buries(peer) })
    this.selfWatch = new SelfWatch(watchContext, settings.config.sessionMs, {
      members: () => this.views.view?.members ?? [],
      reaches: (peer) => links.reaches(peer),
      late: (ms) => this.membership.lateness(ms),
      unreached: (peer) => this.deathWatch.hint(peer),
      unreachable: (peer) => this.views.peers.unreachable(peer),
    })
    this.membership = new Membership(
      swimContext,
      {
        address: transport.address,
        profile: settings.profile.swim,
        believes: (from, about) => this.maySpeakFor(from) || !this.memberIds.has(about),
      },
      {
        found: (peer, address) => {
          links.keep(peer, address)
          this.views.peers.found(peer, address)
        },
        suspected: (peer) => {
          this.views.peers.suspected(peer)
          this.deathWatch.hint(peer)
        },
        refuted: (peer) => this.views.peers.refuted(peer),
        down: (peer) => {
          this.views.peers.down(peer)
          this.forgetIfGone(peer)
        },
        left: (peer) => {
          this.views.peers.left(peer)
          this.forgetIfGone(peer)
        },
      },
    )
    this.locks = new Locks(
      lockContext,
      {
        stamps: stampClock(settings.config.clock, id, () => world.time.wallMs()),
        algorithmOf: (name) => algorithmKind(algorithmNameOf(settings.config, name)),
        limits: settings.limits,
      },
      {
        mayGrant: () => this.views.mayGrant(),
        quarantineMs: (waitMs) => this.views.quarantineMs(waitMs),
        wantNewEpoch: () => this.views.repeat(),
      },
    )
    this.views = new Views(
      viewContext,
      {
        cluster: settings.cluster,
        address: transport.address,
        config: settings.config,
        maxClockOffsetMs: settings.maxClockOffsetMs,
        wasMember: settings.wasMember,
        isProvenDead: (peer) => directory?.isProvenDead(peer) === true,
        isConnected: (peer) => links.isConnected(peer),
      },
      registerBehind(doors, viewContext, settings, world),
      this.locks,
      {
        installed: (view) => {
          this.memberIds = new Set(view.members.map(({ id }) => id))
          this.selfWatch.viewInstalled()
          for (const member of view.members) links.keep(member.id, member.address)
        },
        activated: (view) => {
          this.forgetAllGone()
          owner.activated(view)
        },
        ended: (loss) => owner.ended(loss),
        refused: (error) => owner.refused(error),
        left: () => owner.left(),
      },
    )
  }

  get address(): string {
    return this.doors.transport.address
  }

  /** Where a peer can be dialled, if that is known. */
  addressOf(peer: NodeId): string | undefined {
    return this.membership.addressOf(peer) ?? this.views.view?.members.find(({ id }) => id === peer)?.address
  }

  /** What the directory cannot see (`Directory.blindSpot`). */
  get blindSpot(): string | null {
    return this.doors.directory?.blindSpot ?? null
  }

  /** Begins to leave: the holds are given up already, the others are told, `left` follows. */
  leave(): void {
    this.views.leave()
  }

  /** Stops everything and resolves when no connection, listener or timer is left. */
  async close(loss: Loss): Promise<void> {
    if (this.closed) return
    this.closed = true
    // Whatever ended it, no hold of it outlives it. Mostly there is none left.
    this.locks.end(loss)
    this.rendezvous.stop()
    for (const context of this.contexts) context.stop()
    await closeDoors(this.doors, this.id)
  }

  opened(peer: PeerInfo): void {
    if (this.closed || peer.role !== 'member') return
    this.obstacles.opened(peer.address)
    this.deathWatch.alive(peer.id)
    if (peer.address !== '') this.links.keep(peer.id, peer.address)
    this.membership.peerConnected(peer)
    this.views.peers.linkOpened(peer)
  }

  lostConnection(peer: NodeId): void {
    if (this.closed) return
    // A leaver answers until a view without it stands. Gossip would take the end of its connection for a crash.
    if (this.leavers.delete(peer)) this.membership.peerLeft(peer)
    this.membership.peerDisconnected(peer)
    this.deathWatch.hint(peer)
  }

  /** A joiner that no view could take in says so at once; a member is told by an event, and goes on. */
  dialFailed(address: string, error: HoldfastError | Error): void {
    if (this.closed) return
    const reason = error instanceof HoldfastError ? (error.reason ?? error.code) : 'unreached'
    this.owner.emit({ type: 'dialFailed', address, reason, message: error.message })
    this.obstacles.dialFailed(address, error)
    if (this.views.view !== null || this.views.phase !== 'joining') return
    this.tellVoteless()
    const verdict = this.obstacles.verdict(this.views.state.join.known)
    if (verdict !== null) this.owner.refused(verdict)
  }

  /** This node itself answered at an address that is not its own. */
  reachedSelf(address: string): void {
    if (this.closed) return
    this.obstacles.reachedSelf(address)
    this.tellVoteless()
  }

  /** The highest epoch that this incarnation, or one before it, knows of. */
  get epochMax(): number {
    return Math.max(this.views.epochMax, this.settings.epochFloor)
  }

  /** What is known to be wrong here, beyond peers that are not there: for whoever waits in vain. */
  get trouble(): string | null {
    const peers = this.views.state.reasons.peers.values()
    return this.obstacles.trouble({ epochMax: this.epochMax, wallMs: this.world.time.wallMs(), peers })
  }

  /** What should be mended although nothing waits for it. */
  get advice(): readonly string[] {
    return this.obstacles.advice
  }

  /** Why the latest attempt to reach anybody came to nothing: for whoever waits in vain. */
  get obstacle(): Error | null {
    return this.obstacles.latest
  }

  unreachable(peer: NodeId): void {
    if (!this.closed) this.views.peers.unreachable(peer)
  }

  /**
   * Whether this peer may relay for others, and is believed about members. Once there is a view only its members are:
   * a node that is not admitted yet, or was evicted and does not know it, speaks for itself alone.
   */
  maySpeakFor(peer: NodeId): boolean {
    return this.memberIds.size === 0 || this.memberIds.has(peer)
  }

  /**
   * Hands a message to the layer that it is for. A handler that throws ends the session and not the process: a member that
   * lies can break what an algorithm relies on, and a lock that went on after it would be worse than one that is lost.
   */
  deliver(from: NodeId, message: Message): void {
    if (this.closed) return
    try {
      this.route(from, message)
    } catch (error) {
      this.failed(`'${message.type}' of ${from}`, error)
    }
  }

  private tellVoteless(): void {
    const advice = this.obstacles.votelessness
    if (advice === null || advice === this.toldVoteless) return
    this.toldVoteless = advice
    this.owner.emit({ type: 'voteless', address: this.address, advice })
  }

  private failed(what: string, error: unknown): void {
    if (this.world.failsFast === true) throw error
    this.views.fail(`${what} could not be handled: ${messageOf(error)}`)
  }

  private route(from: NodeId, message: Message): void {
    switch (message.type) {
      case 'lock':
        return this.locks.receive(from, message)
      case 'swim.ping':
      case 'swim.ack':
      case 'swim.pingRequest':
      case 'swim.nack':
      case 'swim.gossip':
      case 'swim.sync':
        return this.membership.receive(from, message)
      case 'query.ask':
      case 'query.answer':
      case 'recover.found':
      case 'actor.tell':
      case 'actor.ask':
      case 'actor.answer':
      case 'actor.watch':
      case 'actor.gone':
        return this.owner.received(from, message)
      case 'view.leave':
        if (this.memberIds.has(from)) this.leavers.add(from)
        return this.views.receive(from, message)
      default:
        return this.views.receive(from, message)
    }
  }

  /** Looks for peers, and for a view to be in. */
  start(): void {
    this.selfWatch.start()
    this.rendezvous.start()
    this.membership.start()
    // Whoever dialled while the transport was being opened was connected before anybody here could hear of it.
    for (const peer of this.links.connectedPeers()) this.opened(peer)
    this.views.start()
  }

  /** True when a peer is proven dead: then nobody suspects it first, and the view goes on without it. */
  private buries(peer: NodeId): boolean {
    if (this.closed || !this.views.peers.lookAfter(peer)) return false
    this.membership.peerDied(peer)
    return true
  }

  private forgetAllGone(): void {
    for (const { id, state } of this.membership.peers()) {
      if (state === 'down' || state === 'left') this.forgetIfGone(id)
    }
  }

  /** A peer that is down or has left is let go once no view needs it any more. */
  private forgetIfGone(peer: NodeId): void {
    this.owner.peerGone(peer)
    if (this.views.view?.members.some((member) => member.id === peer) !== true) this.links.forget(peer)
  }
}

function stampClock(kind: 'hlc' | 'lamport', id: NodeId, wallMs: () => number): StampClock {
  return kind === 'hlc' ? new HybridClock(id, wallMs) : new LamportClock(id)
}
