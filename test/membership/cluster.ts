/**
 * A cluster for the tests: nodes with a context each on one virtual time, full mesh, and a network between them that
 * loses, delays, parts and pauses as the test says. Ordered messages arrive as long as a connection is open.
 */
import type { Context } from '../../lib/world/context.ts'
import type { NodeId } from '../../lib/base/ids.ts'
import { type Random, seededRandom } from '../../lib/base/random.ts'
import { Membership, type PeerState, type SwimTimer } from '../../lib/membership/membership.ts'
import { type SwimProfile, swimProfiles } from '../../lib/membership/profile.ts'
import type { Event } from '../../lib/observe/events.ts'
import { VirtualTime } from '../../lib/sim/virtual-time.ts'
import type { Message, MessagesOf } from '../../lib/wire/messages.ts'

export interface ClusterOptions {
  readonly profile?: SwimProfile
  readonly seed?: number
  /** Share of loose messages that are lost. */
  readonly loss?: number
  /** Whether messages are kept in the trace; default true. */
  readonly record?: boolean
}

export interface Fact {
  readonly atMs: number
  readonly type: 'found' | 'suspected' | 'refuted' | 'down' | 'left'
  readonly id: NodeId
}

export interface SimNode {
  readonly id: NodeId
  readonly address: string
  readonly membership: Membership
  readonly facts: Fact[]
  readonly events: Event[]
  /** Messages sent, by type. */
  readonly sent: Map<string, number>
  alive: boolean
  /** While paused, timers and messages wait; at the end the timers come first, which is the worst order. */
  paused: { readonly timers: (() => void)[]; readonly inputs: (() => void)[] } | null
}

export class Cluster {
  readonly time = new VirtualTime()
  readonly nodes = new Map<NodeId, SimNode>()
  readonly trace: string[] = []
  /** Every message on its way, for tests that look at single ones. */
  onMessage: (from: NodeId, to: NodeId, message: Message) => void = () => undefined
  loss: number
  private readonly record: boolean
  private readonly profile: SwimProfile
  private readonly random: Random
  private readonly connections = new Set<string>()
  private side: ((id: NodeId) => number) | null = null

  constructor(options: ClusterOptions = {}) {
    this.profile = options.profile ?? swimProfiles.lan
    this.random = seededRandom(options.seed ?? 1)
    this.loss = options.loss ?? 0
    this.record = options.record ?? true
  }

  /** Starts a node; it knows no other. */
  add(id: NodeId, address = `${id}:1`): SimNode {
    const facts: Fact[] = []
    const note = (type: Fact['type'], subject: NodeId): void => {
      facts.push({ atMs: this.time.nowMs, type, id: subject })
      this.trace.push(`${this.time.nowMs} ${id} ${type} ${subject}`)
    }
    const events: Event[] = []
    const sent = new Map<string, number>()
    let node: SimNode
    const context = this.contextFor(id, events, sent, (timer) => this.run(id, 'timers', () => node.membership.timer(timer)))
    const membership = new Membership(
      context,
      { address, profile: this.profile },
      {
        found: (peer, peerAddress) => {
          note('found', peer)
          this.time.schedule(1, () => this.dial(id, peer, peerAddress))
        },
        suspected: (peer) => note('suspected', peer),
        refuted: (peer) => note('refuted', peer),
        down: (peer) => note('down', peer),
        left: (peer) => note('left', peer),
      },
    )
    node = { id, address, membership, facts, events, sent, alive: true, paused: null }
    this.nodes.set(id, node)
    membership.start()
    return node
  }

  /** `count` nodes n0, n1, …, each joined by the first, given the time to find each other. */
  static of(count: number, options: ClusterOptions = {}): Cluster {
    const cluster = new Cluster(options)
    for (let i = 0; i < count; i++) cluster.add(`n${i}`)
    for (let i = 1; i < count; i++) cluster.connect('n0', `n${i}`)
    cluster.time.runFor(3000)
    return cluster
  }

  get(id: NodeId): SimNode {
    const node = this.nodes.get(id)
    if (node === undefined) throw new Error(`no node ${id}`)
    return node
  }

  live(): SimNode[] {
    return [...this.nodes.values()].filter((node) => node.alive)
  }

  connect(a: NodeId, b: NodeId): void {
    if (a === b || this.isConnected(a, b) || !this.canReach(a, b)) return
    if (!this.get(a).alive || !this.get(b).alive) return
    this.connections.add(pairOf(a, b))
    for (const [here, there] of [
      [this.get(a), this.get(b)],
      [this.get(b), this.get(a)],
    ] as const) {
      const peer = { id: there.id, address: there.address, role: 'member', wallOffsetMs: 0 } as const
      this.run(here.id, 'inputs', () => here.membership.peerConnected(peer))
    }
  }

  disconnect(a: NodeId, b: NodeId): void {
    if (!this.connections.delete(pairOf(a, b))) return
    this.run(a, 'inputs', () => this.get(a).membership.peerDisconnected(b))
    this.run(b, 'inputs', () => this.get(b).membership.peerDisconnected(a))
  }

  isConnected(a: NodeId, b: NodeId): boolean {
    return this.connections.has(pairOf(a, b))
  }

  /** Its process is killed: nothing runs there any more, and the kernel closes its sockets. */
  kill(id: NodeId): void {
    this.get(id).alive = false
    for (const other of this.live()) this.disconnect(id, other.id)
  }

  /** Its host loses power: sockets stay open, and nothing answers. */
  unplug(id: NodeId): void {
    this.get(id).alive = false
  }

  pause(id: NodeId, durationMs: number): void {
    const node = this.get(id)
    const held: NonNullable<SimNode['paused']> = { timers: [], inputs: [] }
    node.paused = held
    this.time.schedule(durationMs, () => {
      node.paused = null
      for (const task of [...held.timers, ...held.inputs]) task()
    })
  }

  /** Cuts the cluster in two; nothing passes, and connections across close after `closeAfterMs`. */
  partition(ids: readonly NodeId[], closeAfterMs = 0): void {
    this.side = (id) => (ids.includes(id) ? 1 : 0)
    this.time.schedule(closeAfterMs, () => {
      for (const pair of [...this.connections]) {
        const [a, b] = pair.split(' ') as [NodeId, NodeId]
        if (!this.canReach(a, b)) this.disconnect(a, b)
      }
    })
  }

  heal(): void {
    this.side = null
  }

  /** What every live node believes of `id`, `undefined` for those that do not list it. */
  beliefs(id: NodeId): (PeerState | undefined)[] {
    return this.live()
      .filter((node) => node.id !== id)
      .map((node) => node.membership.stateOf(id))
  }

  everybodyBelieves(id: NodeId, state: PeerState): boolean {
    return this.beliefs(id).every((belief) => belief === state)
  }

  /** Whether every live node lists every other one as alive. */
  converged(): boolean {
    const live = this.live()
    return live.every((node) => live.every((other) => other === node || node.membership.stateOf(other.id) === 'alive'))
  }

  facts(type: Fact['type']): (Fact & { readonly at: NodeId })[] {
    const all = [...this.nodes.values()].flatMap((node) => node.facts.map((fact) => ({ ...fact, at: node.id })))
    return all.filter((fact) => fact.type === type)
  }

  sent(): number {
    let total = 0
    for (const node of this.nodes.values()) for (const count of node.sent.values()) total += count
    return total
  }

  private dial(from: NodeId, to: NodeId, address: string): void {
    if (address !== '' && this.nodes.has(to)) this.connect(from, to)
  }

  private canReach(a: NodeId, b: NodeId): boolean {
    return this.side === null || this.side(a) === this.side(b)
  }

  private run(id: NodeId, kind: 'timers' | 'inputs', task: () => void): void {
    const node = this.get(id)
    if (!node.alive) return
    if (node.paused === null) task()
    else node.paused[kind].push(task)
  }

  private deliver(from: NodeId, to: NodeId, message: Message): void {
    this.onMessage(from, to, message)
    const delayMs = 1 + this.random.below(4)
    this.time.schedule(delayMs, () => {
      const node = this.nodes.get(to)
      if (node === undefined || !this.isConnected(from, to) || !this.canReach(from, to)) return
      this.run(to, 'inputs', () => node.membership.receive(from, message as MessagesOf<'swim'>))
    })
  }

  private contextFor(
    id: NodeId,
    events: Event[],
    sent: Map<string, number>,
    onTimer: (timer: SwimTimer) => void,
  ): Context<SwimTimer> {
    const timers = new Map<string, unknown>()
    const random = seededRandom(this.random.below(2 ** 32))
    const post = (to: NodeId, message: Message): void => {
      sent.set(message.type, (sent.get(message.type) ?? 0) + 1)
      if (this.record) this.trace.push(`${this.time.nowMs} ${id} > ${to} ${JSON.stringify(message)}`)
      if (this.isConnected(id, to)) this.deliver(id, to, message)
    }
    return {
      self: id,
      random,
      nowMs: () => this.time.nowMs,
      wallMs: () => this.time.nowMs,
      bootMs: () => this.time.nowMs,
      send: post,
      broadcast: (to, message) => {
        for (const each of to) post(each, message)
      },
      sendLoose: (to, message) => {
        if (this.loss > 0 && this.random.next() < this.loss) return
        post(to, message)
      },
      emit: (event) => {
        events.push(event)
      },
      setTimer: (key, delayMs, timer) => {
        this.time.cancel(timers.get(key))
        const handle = this.time.schedule(delayMs, () => {
          if (timers.get(key) !== handle) return
          const fire = (): void => {
            if (timers.get(key) !== handle) return
            timers.delete(key)
            onTimer(timer)
          }
          const node = this.get(id)
          if (node.paused === null) fire()
          else node.paused.timers.push(fire)
        })
        timers.set(key, handle)
      },
      clearTimer: (key) => {
        this.time.cancel(timers.get(key))
        timers.delete(key)
      },
    }
  }
}

function pairOf(a: NodeId, b: NodeId): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`
}
