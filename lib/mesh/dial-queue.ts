/**
 * This file decides when the unix sockets of peers are dialled. When many nodes of one host begin together, each of them wants
 * all others. If both sides of each pair dialled at once, a handshake would take longer than it may, and would be done again.
 */
import { socketIdOf } from '../base/address.ts'
import type { NodeId } from '../base/ids.ts'
import { processWide } from './process-wide.ts'
import { clearTimeout, monotonicNowMs, setTimeout } from './real-time.ts'

/** How many sockets all nodes of a process dial at once, and how many if messages wait for them. */
const activeMax = 4
const urgentMax = 16
/** After a dial that took longer than this the machine counts as busy: then the process dials one socket at a time. */
const slowMs = 500
/** A dial that takes longer than this leaves its place to the next: its peer may be stopped. */
const stuckMs = 2_000
/** With fewer connections than this, a node waits for no peer to dial it. */
const connectionsMin = 3
/** With so many connections a node is well connected: its further dials are made in the background. */
const connectionsGood = 8
/** A dial in the background that took so long is followed by a pause of the same length, one that took n times as long by n² times it. */
const paceMs = 5
const pauseMsMax = 5_000
/** How long the node with the larger id waits for the other to dial. */
const graceMsDefault = 3_000

/** What the queue needs to know of the transport, and what it starts. */
export interface DialStarter {
  /** How many connections are open or being opened. */
  readonly slotCount: number
  /** Whether a connection to this peer is open, or opens. */
  hasSlot(peer: NodeId): boolean
  start(address: string): void
}

/** Why a dial is made now: messages wait for the peer, the node has few connections, or so that all are connected in the end. */
type Turn = 'urgent' | 'first' | 'background'

interface Dial {
  readonly beganMs: number
  readonly turn: Turn
  /** The timer that gives its place away; null once that has happened. */
  stuck: NodeJS.Timeout | null
}

interface Shared {
  /** The queues of all nodes of the process in which a dial waits; the first one is next. */
  readonly queues: Set<DialQueue>
  active: number
  latestMs: number
  /** When the next dial in the background may begin. */
  backgroundFromMs: number
  backgroundTimer: NodeJS.Timeout | null
  isBeginning: boolean
}

const shared = processWide(
  'dials',
  (): Shared => ({
    queues: new Set(),
    active: 0,
    latestMs: 0,
    backgroundFromMs: Number.NEGATIVE_INFINITY,
    backgroundTimer: null,
    isBeginning: false,
  }),
)

/**
 * The dials to unix sockets: a few at a time, in the order in which they are wanted. Of each pair of nodes the smaller id dials,
 * and the other only if it has few connections or no dial came for a while. Other addresses are dialled at once.
 *
 * A handshake costs milliseconds, and N processes have N²/2 pairs. So a node that has some connections dials the rest in the
 * background: one at a time, with a pause that grows with the square of the time that a dial takes, since a dial that takes
 * longer shows that the processors are busy. A dial for which messages wait comes before all others.
 */
export class DialQueue {
  private readonly self: NodeId
  private readonly starter: DialStarter
  private readonly graceMs: number
  private readonly urgent = new Set<string>()
  private readonly waiting = new Set<string>()
  private readonly active = new Map<string, Dial>()
  /** Addresses whose nodes are to dial first; null once the time for that is over. */
  private readonly patient = new Map<string, NodeJS.Timeout | null>()

  constructor(self: NodeId, starter: DialStarter, graceMs = graceMsDefault) {
    this.self = self
    this.starter = starter
    this.graceMs = graceMs
  }

  dial(address: string): void {
    if (socketIdOf(address) === null) return this.starter.start(address)
    if (this.active.has(address) || this.urgent.has(address) || this.waiting.has(address) || this.patient.has(address)) return
    this.enqueue(address, this.waiting)
  }

  /** Dials this address before those that only wait for their turn, and also if the peer has the smaller id. */
  hurry(address: string): void {
    const peer = socketIdOf(address)
    if (peer === null || this.active.has(address) || this.starter.hasSlot(peer)) return
    this.forgetPatience(address)
    this.waiting.delete(address)
    this.enqueue(address, this.urgent)
  }

  /** Whether this address is to be dialled, by this node or its peer, and only the turn has not come. */
  isWaiting(address: string): boolean {
    return this.waiting.has(address) || this.urgent.has(address) || (this.patient.get(address) ?? null) !== null
  }

  /** The dial to this address is over. */
  ended(address: string): void {
    const dial = this.active.get(address)
    if (dial === undefined) return
    this.active.delete(address)
    shared.latestMs = monotonicNowMs() - dial.beganMs
    this.giveUpPlace(dial)
  }

  close(): void {
    shared.queues.delete(this)
    for (const address of [...this.patient.keys()]) this.forgetPatience(address)
    this.waiting.clear()
    this.urgent.clear()
    for (const dial of this.active.values()) this.giveUpPlace(dial)
    this.active.clear()
  }

  /** What kind of dial is next here; null if none waits. */
  get turn(): Turn | null {
    if (this.urgent.size > 0) return 'urgent'
    if (this.waiting.size === 0) return null
    return this.starter.slotCount < connectionsGood ? 'first' : 'background'
  }

  /** Begins the next dial, if it is still to be made. */
  begin(turn: Turn): void {
    const queue = turn === 'urgent' ? this.urgent : this.waiting
    for (const address of queue) {
      queue.delete(address)
      const peer = socketIdOf(address) as NodeId
      const isPatient = this.patient.delete(address)
      if (this.starter.hasSlot(peer)) continue
      const isTheirs = turn !== 'urgent' && !isPatient && peer < this.self && this.starter.slotCount >= connectionsMin
      if (!isTheirs) return this.start(address, turn)
      this.waitFor(address)
    }
  }

  private start(address: string, turn: Turn): void {
    const dial: Dial = { beganMs: monotonicNowMs(), turn, stuck: null }
    dial.stuck = setTimeout(() => this.giveUpPlace(dial), stuckMs)
    dial.stuck.unref()
    shared.active++
    this.active.set(address, dial)
    this.starter.start(address)
  }

  private forgetPatience(address: string): void {
    const timer = this.patient.get(address)
    if (timer !== undefined && timer !== null) clearTimeout(timer)
    this.patient.delete(address)
  }

  private enqueue(address: string, queue: Set<string>): void {
    queue.add(address)
    shared.queues.add(this)
    beginNext()
  }

  private waitFor(address: string): void {
    const timer = setTimeout(() => {
      this.patient.set(address, null)
      this.enqueue(address, this.waiting)
    }, this.graceMs)
    timer.unref()
    this.patient.set(address, timer)
  }

  private giveUpPlace(dial: Dial): void {
    if (dial.stuck === null) return
    clearTimeout(dial.stuck)
    dial.stuck = null
    shared.active--
    if (dial.turn === 'background') {
      const nowMs = monotonicNowMs()
      shared.backgroundFromMs = nowMs + Math.min(pauseMsMax, (nowMs - dial.beganMs) ** 2 / paceMs)
    }
    beginNext()
  }
}

/** Begins all dials for which there is room. The nodes of the process take turns. */
function beginNext(): void {
  // A dial may fail, and so end, within the call that begins it.
  if (shared.isBeginning) return
  shared.isBeginning = true
  try {
    while (beginOne());
  } finally {
    shared.isBeginning = false
  }
}

function beginOne(): boolean {
  for (const queue of shared.queues) {
    const { turn } = queue
    if (turn !== null && !hasRoom(turn)) continue
    shared.queues.delete(queue)
    if (turn === null) continue
    shared.queues.add(queue)
    queue.begin(turn)
    return true
  }
  return false
}

function hasRoom(turn: Turn): boolean {
  if (turn === 'urgent') return shared.active < urgentMax
  if (turn === 'first') return shared.active < (shared.latestMs > slowMs ? 1 : activeMax)
  if (shared.active > 0) return false
  const pauseMs = shared.backgroundFromMs - monotonicNowMs()
  if (pauseMs <= 0) return true
  shared.backgroundTimer ??= setTimeout(() => {
    shared.backgroundTimer = null
    beginNext()
  }, pauseMs).unref()
  return false
}
