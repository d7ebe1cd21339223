import { expect } from 'chai'
import type { Context } from '../../lib/world/context.ts'
import { createContext, type OwnedContext, type Post } from '../../lib/world/runtime.ts'
import type { NodeId } from '../../lib/base/ids.ts'
import { type Random, seededRandom } from '../../lib/base/random.ts'
import type { Event } from '../../lib/observe/events.ts'
import { VirtualTime } from '../../lib/sim/virtual-time.ts'
import { LocalRegister } from '../../lib/view/local-register.ts'
import { QuorumRegister } from '../../lib/view/quorum-register.ts'
import type { Register, RegisterMessage } from '../../lib/view/register.ts'
import { type ClusterConfig, type View, viewId } from '../../lib/view/view.ts'
import { Views, type ViewTimer } from '../../lib/view/views.ts'
import type { Message, MessagesOf } from '../../lib/wire/messages.ts'
import { FakeHost } from './fake-host.ts'
import { createMemoryStore, MemoryDirectory, type MemoryStore } from './memory-directory.ts'
import { memoryEpochs } from './memory-epochs.ts'
import { nodeWorld } from './node-world.ts'

/** Gives a message to the part of a node that it is for, if that is one of those here. */
export function hear({ views, register }: Pick<NodeHandle, 'views' | 'register'>, from: NodeId, message: Message): void {
  if (message.type.startsWith('view.')) views.receive(from, message as MessagesOf<'view'>)
  else if (/^(vote|session)\./.test(message.type)) register.receive(from, message as RegisterMessage)
}

export interface NodeHandle {
  readonly id: NodeId
  readonly address: string
  readonly views: Views
  readonly register: Register
  readonly host: FakeHost
  readonly events: Event[]
  readonly context: OwnedContext<ViewTimer>
  readonly outcome: { ended: string | null; refused: string | null; left: boolean }
  wallOffsetMs: number
  /** How fast its clocks and timers run. */
  readonly rate: number
  alive: boolean
  /** Receives nothing and its timers stand still. */
  paused: boolean
  readonly backlog: (() => void)[]
}

export interface ClusterOptions {
  readonly seed?: number
  readonly sessionMs?: number
  /** Addresses of the quorum register's join list; without it the local register. */
  readonly joinList?: readonly string[]
  readonly detectMs?: number
  readonly latencyMs?: (random: Random) => number
}

/** Nodes' view layers on virtual time: ordered links that hold what a partition keeps, gossip that finds what is so after a while. */
export class Cluster {
  readonly time = new VirtualTime()
  readonly random: Random
  readonly nodes = new Map<NodeId, NodeHandle>()
  readonly store: MemoryStore = createMemoryStore('memory:test', 'a secret of the tests')
  readonly options: Required<Omit<ClusterOptions, 'joinList'>> & { readonly joinList: readonly string[] }
  /** Every view that was decided, as any node heard, by the epoch of its predecessor and lineage. */
  readonly decided = new Map<number, string>()
  /** Who installed which content, by epoch. */
  readonly installed = new Map<number, Map<NodeId, View>>()
  readonly problems: string[] = []
  /** Messages of these kinds are not delivered. */
  drop: (from: NodeId, to: NodeId, message: Message) => boolean = () => false
  private readonly cuts = new Set<string>()
  private readonly lastArrival = new Map<string, number>()
  private readonly held = new Map<string, (() => void)[]>()
  private readonly counts = new Map<string, number>()

  constructor(options: ClusterOptions = {}) {
    this.random = seededRandom(options.seed ?? 1)
    this.options = { seed: 1, sessionMs: 3000, joinList: [], detectMs: 600, latencyMs: () => 1, ...options }
  }

  get config(): ClusterConfig {
    return {
      algorithm: 'home-queue',
      algorithms: [],
      permits: [],
      clock: 'hlc',
      sessionMs: this.options.sessionMs,
      joinList: this.options.joinList,
    }
  }

  /** Starts a node. Its links open and gossip finds it after a while. Named `a`, it has the address `a:1` at every start. */
  start(
    name: string,
    config: Partial<ClusterConfig> = {},
    clock: { readonly wallOffsetMs?: number; readonly rate?: number } = {},
  ): NodeHandle {
    const count = (this.counts.get(name) ?? 0) + 1
    this.counts.set(name, count)
    const id = count === 1 ? name : `${name}${count}`
    const address = `${name}:1`
    const events: Event[] = []
    const host = new FakeHost(id)
    const post: Post = {
      send: (to: NodeId, message: Message) => this.send(id, to, message),
      broadcast: (to, message) => {
        for (const each of to) post.send(each, message)
      },
      sendLoose: (to: NodeId, message: Message) => this.send(id, to, message),
    }
    const context: OwnedContext<ViewTimer> = createContext<ViewTimer>(
      nodeWorld(this, id, (run) => this.atNode(this.get(id), run)),
      id,
      post,
      (event) => events.push(event),
      (timer) => node.views.timer(timer),
    )
    const merged = { ...this.config, ...config }
    const register = this.register(context, count, address, merged)
    const outcome: NodeHandle['outcome'] = { ended: null, refused: null, left: false }
    const views = new Views(context, { cluster: 'test', address, config: merged, maxClockOffsetMs: 500 }, register, host, {
      outside: () => undefined,
      installed: (view) => this.noteDecided(id, view),
      activated: () => undefined,
      ended: ({ reason, message }) => {
        outcome.ended = `${reason}: ${message}`
      },
      refused: (error) => {
        outcome.refused = error.code
      },
      left: () => {
        outcome.left = true
      },
    })
    const node: NodeHandle = {
      id,
      address,
      views,
      register,
      host,
      events,
      context,
      outcome,
      wallOffsetMs: clock.wallOffsetMs ?? 0,
      rate: clock.rate ?? 1,
      alive: true,
      paused: false,
      backlog: [],
    }
    this.nodes.set(id, node)
    this.time.schedule(0, () => {
      if (!node.alive) return
      views.start()
      for (const other of this.nodes.values()) if (other !== node && other.alive) this.meet(node, other)
    })
    return node
  }

  get(id: NodeId): NodeHandle {
    const node = this.nodes.get(id)
    if (node === undefined) throw new Error(`no node ${id}`)
    return node
  }

  get live(): NodeHandle[] {
    return [...this.nodes.values()].filter(
      (node) => node.alive && node.outcome.ended === null && !node.outcome.left && node.outcome.refused === null,
    )
  }

  crash(id: NodeId): void {
    const node = this.get(id)
    node.alive = false
    node.context.stop()
    for (const other of this.nodes.values()) if (other !== node) this.doubt(other, node)
  }

  /** As when a process closes itself after its end or its leaving. */
  close(id: NodeId): void {
    this.crash(id)
  }

  pause(id: NodeId): void {
    const node = this.get(id)
    node.paused = true
    for (const other of this.nodes.values()) if (other !== node) this.doubt(other, node)
  }

  resume(id: NodeId): void {
    const node = this.get(id)
    node.paused = false
    const backlog = node.backlog.splice(0)
    this.time.schedule(0, () => {
      for (const run of backlog) run()
    })
    for (const other of this.nodes.values()) if (other !== node) this.rediscover(other, node)
  }

  /** Cuts every link between the groups; what is sent is kept, as links do, until it heals. */
  partition(...groups: (readonly NodeId[])[]): void {
    for (const group of groups) {
      for (const other of groups) {
        if (group === other) continue
        for (const a of group)
          for (const b of other) {
            this.cuts.add(`${a}>${b}`)
            this.doubt(this.get(a), this.get(b))
          }
      }
    }
  }

  heal(): void {
    const cuts = [...this.cuts]
    this.cuts.clear()
    for (const cut of cuts) {
      const [a, b] = cut.split('>') as [NodeId, NodeId]
      for (const run of this.held.get(cut) ?? []) run()
      this.held.delete(cut)
      this.rediscover(this.get(a), this.get(b))
    }
  }

  runFor(ms: number): void {
    this.time.runFor(ms)
  }

  /** Runs until the live nodes are in one active view of exactly these members. */
  settle(ids: readonly NodeId[], limitMs = 30_000): void {
    const done = this.time.runUntil(() => this.isSettled(ids), limitMs)
    if (!done) throw new Error(`not settled on ${ids.join(',')}: ${this.describe()}`)
  }

  isSettled(ids: readonly NodeId[]): boolean {
    const first = this.get(ids[0] as NodeId).views.id
    return ids.every((id) => {
      const { views } = this.get(id)
      return (
        views.mayGrant() &&
        views.id?.epoch === first?.epoch &&
        views.id?.digest === first?.digest &&
        views.view?.members.length === ids.length &&
        views.view.members.every((member) => ids.includes(member.id))
      )
    })
  }

  describe(): string {
    return [...this.nodes.values()]
      .filter((node) => node.alive)
      .map(({ id, views, alive, outcome }) => {
        const members = views.view?.members.map((member) => member.id).join('') ?? '-'
        return `${id}${alive ? '' : '(dead)'} ${views.phase} ${views.view?.epoch ?? '-'}[${members}] session ${Math.round(views.sessionRemainingMs())} ${outcome.ended ?? ''}`
      })
      .join(' | ')
  }

  /** Two valid sessions never hold one lock, whatever views they are in. */
  checkExclusion(lock: string): void {
    const holders = [...this.nodes.values()].filter(
      (node) => node.alive && node.host.holds.has(lock) && node.views.sessionRemainingMs() > 0,
    )
    if (holders.length > 1)
      this.problems.push(
        `at ${this.time.nowMs}: ${holders.map((node) => node.id).join(' and ')} both hold ${lock}; ${this.describe()}`,
      )
  }

  private register(context: Context<ViewTimer>, pid: number, address: string, config: ClusterConfig): Register {
    const options = { cluster: 'test', address, config, epochs: memoryEpochs(context) }
    return this.options.joinList.length === 0
      ? new LocalRegister(context, new MemoryDirectory(this.store, pid), options)
      : new QuorumRegister(context, options)
  }

  /** One successor for each view, and one founding at a time in a lineage: an epoch has one content. */
  private noteDecided(by: NodeId, view: View): void {
    const installers = this.installed.get(view.epoch) ?? new Map<NodeId, View>()
    this.installed.set(view.epoch, installers.set(by, view))
    const content = JSON.stringify(viewId(view))
    const known = this.decided.get(view.epoch)
    if (known !== undefined && known !== content) this.problems.push(`two views of epoch ${view.epoch}`)
    this.decided.set(view.epoch, content)
  }

  private send(from: NodeId, to: NodeId, message: Message): void {
    expect(to, 'no node sends to itself').to.not.equal(from)
    if (this.get(from).alive === false) return
    const target = this.nodes.get(to)
    if (target === undefined || !target.alive || this.drop(from, to, message)) return
    const key = `${from}>${to}`
    const deliver = (): void => this.arrive(key, target, () => hear(target, from, message))
    if (this.cuts.has(key)) {
      this.held.set(key, [...(this.held.get(key) ?? []), deliver])
      return
    }
    deliver()
  }

  private arrive(key: string, target: NodeHandle, run: () => void): void {
    const atMs = Math.max(this.time.nowMs + this.options.latencyMs(this.random), this.lastArrival.get(key) ?? 0)
    this.lastArrival.set(key, atMs)
    this.time.schedule(atMs - this.time.nowMs, () => this.atNode(target, run))
  }

  private atNode(target: NodeHandle, run: () => void): void {
    if (!target.alive) return
    if (target.paused) target.backlog.push(run)
    else run()
  }

  private meet(a: NodeHandle, b: NodeHandle): void {
    const open = (at: NodeHandle, of: NodeHandle): void =>
      this.atNode(at, () => {
        if (!of.alive || this.cuts.has(`${at.id}>${of.id}`)) return
        at.views.peers.linkOpened({
          id: of.id,
          address: of.address,
          role: 'member',
          wallOffsetMs: of.wallOffsetMs - at.wallOffsetMs,
        })
        at.views.peers.found(of.id, of.address)
      })
    this.time.schedule(this.options.latencyMs(this.random), () => {
      open(a, b)
      open(b, a)
    })
  }

  /** Gossip at `at` comes to suspect `of`, and to believe it down. */
  private doubt(at: NodeHandle, of: NodeHandle): void {
    const unheard = (): boolean => !of.alive || of.paused || this.cuts.has(`${of.id}>${at.id}`)
    const { detectMs } = this.options
    this.time.schedule(detectMs / 2, () =>
      this.atNode(at, () => {
        if (unheard()) at.views.peers.suspected(of.id)
      }),
    )
    this.time.schedule(detectMs, () =>
      this.atNode(at, () => {
        if (!unheard()) return at.views.peers.refuted(of.id)
        at.views.peers.down(of.id)
      }),
    )
  }

  private rediscover(at: NodeHandle, of: NodeHandle): void {
    this.time.schedule(this.options.detectMs / 4, () => {
      if (!of.alive || of.paused || this.cuts.has(`${of.id}>${at.id}`)) return
      this.atNode(at, () => at.views.peers.refuted(of.id))
      this.meet(at, of)
    })
  }
}
