/**
 * This file is a tenure of a node: its time under one id, with the links, the gossip, the views and the locks of that time. When
 * the session ends, the tenure is closed and nothing of it is used again. The node comes back in another tenure, under a new id.
 */
import type { Actors } from '../actor/actors.ts'
import type { Links, Receiver } from '../link/links.ts'
import { createContext, type OwnedContext } from '../world/runtime.ts'
import type { Patience } from '../world/world.ts'
import type { HoldfastError } from '../base/errors.ts'
import type { NodeId } from '../base/ids.ts'
import type { Loss } from '../base/loss.ts'
import { messageOf } from '../base/message-of.ts'
import { HybridClock } from '../clock/hlc.ts'
import { LamportClock } from '../clock/lamport.ts'
import type { StampClock } from '../clock/stamp.ts'
import { NodeLocks } from '../lock/locks.ts'
import { Membership } from '../membership/membership.ts'
import { algorithmKind } from '../mutex/algorithms.ts'
import type { Register } from '../view/register.ts'
import type { View } from '../view/view.ts'
import { Views, type ViewsListener, type ViewTimer } from '../view/views.ts'
import type { Message } from '../wire/messages.ts'
import { Contacts } from './contacts.ts'
import { closeDoors, type Doors, openDoors, registerBehind } from './doors.ts'
import type { Life } from './life.ts'
import { Obstacles } from './obstacles.ts'
import { algorithmNameOf } from './options.ts'
import type { Orders } from './orders.ts'
import type { Questions } from './questions.ts'
import { Rendezvous } from './rendezvous.ts'
import type { Revocations } from './revocations.ts'
import { partFor, type Parts } from './routes.ts'
import { Subscriptions } from './subscriptions.ts'
import type { LockWatches } from './watches.ts'

/** A handler of timers. It is looked up when one fires, so that an actor can be made after its context. */
type Timed<Timer> = () => { timer(timer: Timer): void }

export class Tenure implements Parts, Receiver, ViewsListener {
  readonly id: NodeId
  readonly links: Links
  readonly membership: Membership
  readonly views: Views
  readonly register: Register
  readonly locks: NodeLocks
  readonly contacts: Contacts
  readonly actors: Actors
  readonly questions: Questions
  readonly orders: Orders
  readonly revocations: Revocations
  readonly subscriptions: Subscriptions
  readonly watches: LockWatches
  /** Why this node waits in vain, as far as it knows. */
  readonly obstacles: Obstacles
  private readonly life: Life
  private readonly doors: Doors
  private readonly contexts: { stop(): void }[] = []
  private readonly rendezvous: Rendezvous
  private readonly epochFloor: number
  private readonly unwatch: () => void
  private isClosed = false

  /** Opens the directory and the transport, then makes every actor. Rejects with the error of an opening that fails. */
  static async open(life: Life, patience: Patience): Promise<Tenure> {
    const id = life.world.newId()
    return new Tenure(life, id, await openDoors(life, id, patience))
  }

  private constructor(life: Life, id: NodeId, doors: Doors) {
    const { world, settings, feed } = life
    const { config } = settings
    const { directory, transport, links } = doors
    const { address } = transport
    this.id = id
    this.life = life
    this.doors = doors
    this.links = links
    this.actors = life.actors
    this.questions = life.questions
    this.orders = life.orders
    this.revocations = life.revocations
    this.watches = life.watches
    this.epochFloor = settings.epochFloor
    this.obstacles = new Obstacles(settings, address, doors, (peer) => this.addressOf(peer))
    this.unwatch = feed.watch((event) => this.obstacles.saw(event))
    this.contacts = new Contacts(this, life)
    this.rendezvous = new Rendezvous(
      this.contextFor(() => this.rendezvous),
      links,
      address,
      directory,
      settings,
    )
    this.membership = new Membership(
      this.contextFor(() => this.membership),
      {
        address,
        profile: settings.profile.swim,
        believes: (from, about) => this.contacts.mayRelay(from) || !this.contacts.isMember(about),
        // A member for which this node may wait has to answer: one that is busy is skipped by some algorithms.
        isVouchedFor: (peer) => this.locks.inUse === 0 && this.register.vouchesFor(peer),
        isShownAlive: (peer) =>
          (this.locks.inUse === 0 || !this.contacts.isMember(peer)) && this.register.showsAlive?.(peer) === true,
      },
      this.contacts,
    )
    this.locks = new NodeLocks(
      this.contextFor(() => this.locks),
      {
        stamps: stampClock(config.clock, id, () => world.time.wallMs()),
        algorithmOf: (name) => algorithmKind(algorithmNameOf(config, name)),
        limits: settings.limits,
      },
    )
    this.subscriptions = new Subscriptions(
      this.contextFor(() => this.subscriptions),
      this.locks,
    )
    const viewContext = this.contextFor<ViewTimer>(() => this.views)
    this.register = registerBehind(doors, viewContext, settings, world)
    this.views = new Views(
      viewContext,
      {
        cluster: settings.cluster,
        address,
        config,
        maxClockOffsetMs: settings.maxClockOffsetMs,
        wasMember: settings.wasMember,
        isProvenDead: (peer) => directory?.isProvenDead(peer) === true,
        isConnected: (peer) => links.isConnected(peer),
      },
      this.register,
      this.locks,
      this,
    )
    this.locks.guardBy(this.views)
    links.serve(this, this.contacts)
  }

  /** Looks for peers, and for a view to be in. */
  start(): void {
    this.contacts.start()
    this.rendezvous.publish()
    this.membership.start()
    this.contacts.greet()
    // First, so that the members of the newest view are dialled before others.
    this.views.start()
    this.rendezvous.start()
  }

  /** Stops everything and resolves when no connection, listener or timer is left. */
  async close(loss: Loss): Promise<void> {
    if (this.isClosed) return
    this.isClosed = true
    this.contacts.close()
    // No hold of a tenure outlives it. Usually none is left.
    this.locks.end(loss)
    this.unwatch()
    this.rendezvous.stop()
    for (const context of this.contexts) context.stop()
    await closeDoors(this.doors, this.id)
  }

  /**
   * Gives a message to its part. A handler that throws ends the session and not the process: a member that lies can break an
   * assumption of an algorithm, and a lost lock is better than one that goes on after that.
   */
  deliver(from: NodeId, message: Message): void {
    if (this.isClosed) return
    try {
      this.locks.heard(from)
      const part: { receive(from: NodeId, message: never): void } = this[partFor[message.type]]
      part.receive(from, message as never)
    } catch (error) {
      this.failed(`'${message.type}' of ${from}`, error)
    }
  }

  /** The context of an actor of this tenure. Its timers come back to it, and stop when the tenure is closed. */
  contextFor<Timer>(actor: Timed<Timer>): OwnedContext<Timer> {
    const { world, feed } = this.life
    const context = createContext<Timer>(world, this.id, this.links, feed.emit, (timer) => {
      try {
        actor().timer(timer)
      } catch (error) {
        this.failed('a timer', error)
      }
    })
    this.contexts.push(context)
    return context
  }

  // What the views tell.

  outside(view: View): void {
    this.contacts.outside(view)
  }

  installed(view: View): void {
    this.contacts.installed(view)
  }

  activated(): void {
    this.contacts.activated()
    this.life.activated()
  }

  ended(loss: Loss): void {
    this.life.ended(loss)
  }

  refused(error: HoldfastError): void {
    this.life.refused(error)
  }

  left(): void {
    this.life.left()
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

  /** The highest epoch that this tenure, or one before it, knows of. */
  get epochMax(): number {
    return Math.max(this.views.epochMax, this.epochFloor)
  }

  /** Known faults of this node, apart from missing peers, for a caller that waits in vain. */
  get trouble(): string | null {
    const peers = this.views.state.reasons.peers.values()
    return this.obstacles.trouble({ epochMax: this.epochMax, wallMs: this.life.world.time.wallMs(), peers })
  }

  private failed(what: string, error: unknown): void {
    if (this.life.world.failsFast === true) throw error
    this.views.fail(`${what} could not be handled: ${messageOf(error)}`)
  }
}

function stampClock(kind: 'hlc' | 'lamport', id: NodeId, wallMs: () => number): StampClock {
  return kind === 'hlc' ? new HybridClock(id, wallMs) : new LamportClock(id)
}
