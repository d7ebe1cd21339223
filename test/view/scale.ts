/**
 * Many nodes at once: the real membership and the real views of each, together, over a network that is nothing but a
 * delay, so that a thousand of them fit in one process. No locks and no links: what is measured is what gossip, joining
 * and view changes cost as N grows.
 */
import { createContext, type OwnedContext, type Post } from '../../lib/world/runtime.ts'
import type { Time, World } from '../../lib/world/world.ts'
import type { NodeId } from '../../lib/base/ids.ts'
import { type Random, seededRandom } from '../../lib/base/random.ts'
import { Membership, type SwimTimer } from '../../lib/membership/membership.ts'
import { swimProfiles } from '../../lib/membership/profile.ts'
import { VirtualTime } from '../../lib/sim/virtual-time.ts'
import type { FlushHost } from '../../lib/view/flush-host.ts'
import { QuorumRegister } from '../../lib/view/quorum-register.ts'
import type { ClusterConfig } from '../../lib/view/view.ts'
import { Views, type ViewTimer } from '../../lib/view/views.ts'
import { encode } from '../../lib/wire/codec.ts'
import type { Message, MessagesOf } from '../../lib/wire/messages.ts'
import { EnteredEpochs } from '../../lib/world/entered-epochs.ts'
import { hear } from './cluster.ts'
import { memoryEpochs } from './memory-epochs.ts'

const wallStartMs = 1_735_689_600_000 + 86_400_000
const joinList = ['host-1:7000', 'host-2:7000', 'host-3:7000']

/** What was sent since the counting began. */
export interface Sent {
  messages: number
  bytes: number
}

interface ScaleNode {
  readonly id: NodeId
  readonly address: string
  readonly membership: Membership
  readonly views: Views
  readonly register: QuorumRegister
  readonly contexts: readonly OwnedContext<never>[]
  alive: boolean
}

/** No locks: nothing to claim. */
const host: FlushHost = {
  inUse: 0,
  stop: () => undefined,
  claim: () => ({ holds: [], testimonies: [] }),
  findings: () => [],
  activate: () => undefined,
  end: () => undefined,
  suspect: () => undefined,
}

/** Nodes of one cluster with a join list of three, which the first three are. */
export class Crowd {
  readonly time = new VirtualTime()
  readonly nodes = new Map<NodeId, ScaleNode>()
  /** By the part that sent it: `swim`, `session`, or `view` for all that a view change needs. */
  readonly sent = new Map<string, Sent>()
  /** Epochs of all views that any node installed. */
  readonly epochs = new Set<number>()
  readonly sessionsEnded: string[] = []
  private readonly random: Random
  private readonly sizes = new WeakMap<Message, number>()
  private readonly met = new Set<string>()

  constructor(count: number, seed: number) {
    this.random = seededRandom(seed)
    for (let index = 1; index <= count; index++) this.add(index)
  }

  get live(): ScaleNode[] {
    return [...this.nodes.values()].filter(({ alive }) => alive)
  }

  /** Whether all living nodes are in one active view of all of them. */
  get isSettled(): boolean {
    const { live } = this
    const epoch = live[0]?.views.id?.epoch
    return live.every(({ views }) => views.mayGrant() && views.id?.epoch === epoch && views.view?.members.length === live.length)
  }

  /** Lets time pass until they are settled; looking at all of them after every message would take longer than the rest. */
  settle(limitMs: number): void {
    const untilMs = this.time.nowMs + limitMs
    while (!this.isSettled) {
      if (this.time.nowMs >= untilMs) throw new Error(`${this.nodes.size} nodes did not settle in ${limitMs} ms`)
      this.time.runFor(10)
    }
  }

  /** Kills processes: their connections close everywhere. */
  kill(ids: readonly NodeId[]): void {
    for (const id of ids) {
      const node = this.nodes.get(id) as ScaleNode
      node.alive = false
      for (const context of node.contexts) context.stop()
    }
    for (const id of ids) for (const other of this.live) this.soon(other, () => other.membership.peerDisconnected(id))
  }

  startCounting(): void {
    this.sent.clear()
  }

  private add(index: number): void {
    const id = `node-${index.toString(36).padStart(20, '0')}`
    const address = `host-${index}:7000`
    const random = seededRandom(this.random.below(2 ** 32))
    const post: Post = {
      send: (to, message) => this.post(node, to, message),
      broadcast: (to, message) => {
        for (const each of to) post.send(each, message)
      },
      sendLoose: (to, message) => this.post(node, to, message),
    }
    const world = this.world(random)
    const swim = createContext<SwimTimer>(
      world,
      id,
      post,
      () => undefined,
      (timer) => node.membership.timer(timer),
    )
    const view = createContext<ViewTimer>(
      world,
      id,
      post,
      () => undefined,
      (timer) => node.views.timer(timer),
    )
    const membership = new Membership(
      swim,
      { address, profile: swimProfiles.lan },
      {
        found: (peer, at) => {
          node.views.peers.found(peer, at)
          this.soon(node, () => this.meet(node, peer))
        },
        suspected: (peer) => node.views.peers.suspected(peer),
        refuted: (peer) => node.views.peers.refuted(peer),
        down: (peer) => node.views.peers.down(peer),
        left: (peer) => node.views.peers.left(peer),
      },
    )
    const options = { cluster: 'crowd', address, config, maxClockOffsetMs: 500 }
    const register = new QuorumRegister(view, { ...options, epochs: memoryEpochs(view), keeper: null, epochFloor: 0 })
    const views = new Views(view, options, register, host, {
      outside: () => undefined,
      installed: ({ epoch }) => this.epochs.add(epoch),
      activated: () => undefined,
      ended: (reason) => this.sessionsEnded.push(`${id}: ${reason}`),
      refused: (error) => this.sessionsEnded.push(`${id}: ${error.message}`),
      left: () => undefined,
    })
    const node: ScaleNode = { id, address, membership, views, register, contexts: [swim, view] as never, alive: true }
    this.nodes.set(id, node)
    // Machines do not start in one millisecond.
    this.time.schedule(random.below(1000), () => {
      membership.start()
      views.start()
      for (const other of [...this.nodes.values()].slice(0, 3)) if (other !== node) this.meet(node, other.id)
    })
  }

  /** A connection opens between two that have heard of each other. */
  private meet(node: ScaleNode, peer: NodeId): void {
    const other = this.nodes.get(peer)
    if (other === undefined || other === node || !other.alive) return
    const pair = node.id < peer ? `${node.id} ${peer}` : `${peer} ${node.id}`
    if (this.met.has(pair)) return
    this.met.add(pair)
    for (const [here, there] of [
      [node, other],
      [other, node],
    ] as const) {
      this.soon(here, () => {
        const info = { id: there.id, address: there.address, role: 'member', wallOffsetMs: 0 } as const
        here.membership.peerConnected(info)
        here.views.peers.linkOpened(info)
      })
    }
  }

  private post(from: ScaleNode, to: NodeId, message: Message): void {
    const target = this.nodes.get(to)
    if (target === undefined || !from.alive) return
    this.count(message)
    this.soon(target, () => {
      if (message.type.startsWith('swim.')) target.membership.receive(from.id, message as MessagesOf<'swim'>)
      else hear(target, from.id, message)
    })
  }

  private count(message: Message): void {
    const dot = message.type.indexOf('.')
    const group = message.type.slice(0, dot)
    const part = group === 'swim' || group === 'session' ? group : 'view'
    let entry = this.sent.get(part)
    if (entry === undefined) this.sent.set(part, (entry = { messages: 0, bytes: 0 }))
    let size = this.sizes.get(message)
    if (size === undefined) this.sizes.set(message, (size = encode(message).length))
    entry.messages++
    entry.bytes += size
  }

  private soon(node: ScaleNode, task: () => void): void {
    this.time.schedule(1 + this.random.below(3), () => {
      if (node.alive) task()
    })
  }

  private world(random: Random): World {
    const nowMs = (): number => this.time.nowMs
    const time: Time = { monotonicMs: nowMs, wallMs: () => wallStartMs + nowMs(), bootMs: nowMs }
    const unused = (): never => {
      throw new Error('a crowd has no such door')
    }
    return {
      time,
      random,
      setTimer: (delayMs, fire) => this.time.schedule(delayMs, fire),
      clearTimer: (handle) => this.time.cancel(handle),
      defer: unused,
      nextTurn: unused,
      newId: unused,
      openTransport: unused,
      openDirectory: unused,
      findDirectory: unused,
      openState: unused,
      epochs: new EnteredEpochs(),
    }
  }
}

const config: ClusterConfig = {
  algorithm: 'home-queue',
  algorithms: [],
  permits: [],
  clock: 'hlc',
  sessionMs: 3000,
  joinList,
}
