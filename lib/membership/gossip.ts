/**
 * This file spreads news. It sends small lots to random peers while there are any, adds news to every probe, and, to repair what
 * all this missed, makes a full exchange with one random peer now and then. With nothing to tell no gossip is sent and no timer
 * runs for it. After SWIM §4.1 and the push-pull of HashiCorp's memberlist.
 */
import type { Context } from '../world/context.ts'
import { unreachable } from '../base/assert.ts'
import type { NodeId } from '../base/ids.ts'
import { shuffled } from '../base/random.ts'
import type { Update } from '../wire/messages.ts'
import type { Beliefs } from './beliefs.ts'
import { type Broadcast, BroadcastQueue, sendsMax } from './broadcast-queue.ts'
import { asUpdate, isPresent, type PeerState } from './peers.ts'
import type { SwimProfile } from './profile.ts'
import type { Self } from './self.ts'

/** Plain data. */
export interface GossipState {
  readonly news: Map<NodeId, Broadcast>
  phase: 'idle' | 'running'
  /** When the next round of gossip is due, by the monotonic clock; infinite while there is nothing to tell. */
  armedMs: number
  sentAtMs: number
}

export type GossipTimer = { readonly type: 'gossip' } | { readonly type: 'sync' }

/** Pieces of news that ride on another message. */
export const piggybackMax = 12
/** Pieces of news in one message of gossip. */
export const gossipMax = 64
/** Beliefs in one message of a full exchange, which takes as many messages as it needs. */
export const syncMax = 256

/** Up to this number of nodes a full exchange may happen at any time. */
const smallMax = 32
/** In a cluster of more nodes, news of newcomers waits longer, so that more of it shares a message. */
const fewMax = 8

export class Gossip {
  readonly state: GossipState
  private readonly queue = new BroadcastQueue()
  /** For how large a cluster the next exchange was set. */
  private syncStretch = 1

  constructor(
    private readonly context: Context<GossipTimer>,
    private readonly profile: SwimProfile,
    private readonly beliefs: Beliefs,
    private readonly connected: ReadonlySet<NodeId>,
    private readonly self: Self,
  ) {
    this.state = {
      news: this.queue.entries,
      phase: 'idle',
      armedMs: Number.POSITIVE_INFINITY,
      sentAtMs: Number.NEGATIVE_INFINITY,
    }
  }

  start(): void {
    this.state.phase = 'running'
    this.arm()
    this.armSync()
  }

  timer(timer: GossipTimer): void {
    switch (timer.type) {
      case 'gossip':
        return this.spread()
      case 'sync':
        return this.exchange()
      default:
        return unreachable(timer)
    }
  }

  /** Queues a piece of news for all peers. */
  tell(update: Update): void {
    this.queue.add(update)
    this.arm(isOfNewcomer(update))
  }

  /** Drops all news about that node. */
  forget(id: NodeId): void {
    this.queue.remove(id)
  }

  /**
   * News to ride on a message to `peer`: first the belief about `peer` itself, if it is suspect, so that it can refute it at once
   * (Lifeguard §IV-C, "buddy system"); also for peers that are believed down or were reaped.
   */
  newsFor(peer: NodeId): Update[] {
    const first = this.accusationOf(peer)
    // A leaver says so with every answer: a peer that probes it was told by others, but believes it only from the leaver itself.
    if (this.self.state.leaving) first.unshift(this.self.update())
    // Most of the time there is no news, and counting the nodes looks at all of them.
    return this.state.news.size === 0 ? first : [...first, ...this.queue.take(peer, piggybackMax, this.sendsMax())]
  }

  /** Sends a peer all beliefs, also those about the peer itself; `answer` asks for the same in return. */
  tellAll(peer: NodeId, answer: boolean): void {
    const { self } = this.context
    const updates = [this.self.update()]
    const forgotten = this.beliefs.state.forgotten.get(peer)
    if (forgotten !== undefined) updates.push(this.obituary(peer, forgotten.incarnation))
    for (const known of this.beliefs.state.peers.values()) updates.push(asUpdate(known, self))
    for (let from = 0; from < updates.length; from += syncMax) {
      const last = from + syncMax >= updates.length
      this.context.send(peer, { type: 'swim.sync', answer: answer && last, updates: updates.slice(from, from + syncMax) })
    }
    this.arm()
  }

  /**
   * A connection to a peer opened. In a small cluster each side sends all beliefs. In a large one only a node that knows no other
   * asks for them; otherwise each of N nodes would tell N others of N.
   */
  introduce(peer: NodeId, before: PeerState | undefined): void {
    const { nodes, state } = this.beliefs
    const isDoubtful = before === undefined ? state.forgotten.has(peer) : before !== 'alive'
    if (isDoubtful || nodes <= smallMax) this.tellAll(peer, nodes <= 2)
  }

  private spread(): void {
    this.state.armedMs = Number.POSITIVE_INFINITY
    const targets = this.targets()
    // Without a peer to tell, the news waits for the next connection.
    if (targets.length === 0) return
    this.state.sentAtMs = this.context.nowMs()
    let told = 0
    for (const target of targets) {
      const news = this.queue.take(target, gossipMax, this.sendsMax())
      const updates = [...this.accusationOf(target), ...news]
      if (updates.length > 0) this.context.sendLoose(target, { type: 'swim.gossip', updates })
      told += news.length
    }
    // News about the only connected peer waits too: no node needs it yet.
    if (told > 0) this.arm([...this.state.news.values()].every(({ update }) => isOfNewcomer(update)))
  }

  /**
   * Random peers with a connection. A connected peer that is believed down is told too: it may be alive, and can refute only what
   * it hears.
   */
  private targets(): NodeId[] {
    const connected = [...this.beliefs.state.peers.values()].filter((peer) => this.connected.has(peer.id))
    const present = connected.filter(isPresent).map((peer) => peer.id)
    const down = connected.filter((peer) => peer.state === 'down').map((peer) => peer.id)
    const { random } = this.context
    return [...shuffled(present, random).slice(0, this.profile.gossipFanout), ...shuffled(down, random).slice(0, 1)]
  }

  private exchange(): void {
    // The cluster has grown since: all nodes started at once, and all would tell all of it at once.
    if (this.stretch > this.syncStretch * 2) return this.armSync()
    const partners = this.beliefs.present().filter((peer) => this.connected.has(peer.id))
    const partner = partners[this.context.random.below(partners.length)]
    if (partner !== undefined) this.tellAll(partner.id, true)
    this.armSync()
  }

  /**
   * As soon as the last round is an interval ago; the delay of zero lets all news of one turn go together. When N nodes start at
   * once, each finds N others: news of newcomers alone has longer intervals, as the cluster is larger.
   */
  private arm(isPatient = false): void {
    const { state } = this
    if (state.phase === 'idle' || state.news.size === 0) return
    const intervalMs = this.profile.gossipIntervalMs * (isPatient ? Math.max(1, this.beliefs.nodes / fewMax) : 1)
    const atMs = Math.max(this.context.nowMs(), state.sentAtMs + intervalMs)
    if (state.armedMs <= atMs) return
    state.armedMs = atMs
    this.context.setTimer('gossip', atMs - this.context.nowMs(), { type: 'gossip' })
  }

  /**
   * As much rarer in large clusters as each exchange is longer, so that a node's bytes stay the same; jittered, so that
   * they do not fall together.
   */
  private armSync(): void {
    const { stretch } = this
    this.syncStretch = stretch
    const delayMs = this.profile.syncIntervalMs * stretch * (0.75 + this.context.random.next() / 2)
    this.context.setTimer('sync', delayMs, { type: 'sync' })
  }

  private get stretch(): number {
    return Math.max(1, this.beliefs.nodes / smallMax)
  }

  /** The news about a peer that it should hear so that it can refute it: one piece or none. */
  private accusationOf(id: NodeId): Update[] {
    const peer = this.beliefs.get(id)
    if (peer !== undefined) return peer.state === 'suspect' || peer.state === 'down' ? [asUpdate(peer, this.context.self)] : []
    const forgotten = this.beliefs.state.forgotten.get(id)
    return forgotten === undefined || forgotten.left ? [] : [this.obituary(id, forgotten.incarnation)]
  }

  private obituary(id: NodeId, incarnation: number): Update {
    return { id, address: '', state: 'down', incarnation, by: this.context.self }
  }

  private sendsMax(): number {
    return sendsMax(this.profile.gossipSends, this.beliefs.nodes)
  }
}

/** Its first word: nobody waits for that, and each node also hears it from the newcomer's own connection. */
function isOfNewcomer({ state, incarnation }: Update): boolean {
  return state === 'alive' && incarnation === 0
}
