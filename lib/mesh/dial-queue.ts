/**
 * This file decides when the unix sockets of peers are dialled. When many nodes of one host begin together, each of them wants
 * all others. If both sides of each pair dialled at once, a handshake would take longer than it may, and would be done again.
 */
import { socketIdOf } from '../base/address.ts'
import type { NodeId } from '../base/ids.ts'
import { processWide } from './process-wide.ts'
import { clearTimeout, monotonicNowMs, setTimeout } from './real-time.ts'

/** How many sockets all nodes of a process dial at once. */
const activeMax = 4
/** After a dial that took longer than this the machine counts as busy: then the process dials one socket at a time. */
const slowMs = 500
/** A dial that takes longer than this leaves its place to the next: its peer may be stopped. */
const stuckMs = 2_000
/** With fewer connections than this, a node waits for no peer to dial it. */
const connectionsMin = 3
/** How long the node with the larger id waits for the other to dial. */
const graceMsDefault = 3_000

/** What the queue needs to know of the transport, and what it starts. */
export interface DialStarter {
  /** How many connections are open. */
  readonly openCount: number
  /** Whether a connection to this peer is open, or opens. */
  hasSlot(peer: NodeId): boolean
  start(address: string): void
}

interface Shared {
  /** The queues of all nodes of the process; the first one is next. */
  readonly queues: Set<DialQueue>
  active: number
  latestMs: number
}

const shared = processWide('dials', (): Shared => ({ queues: new Set(), active: 0, latestMs: 0 }))

/**
 * The dials to unix sockets: a few at a time, in the order in which they are wanted. Of each pair of nodes the smaller id dials,
 * and the other only if it has few connections or no dial came for a while. Other addresses are dialled at once.
 */
export class DialQueue {
  private readonly self: NodeId
  private readonly starter: DialStarter
  private readonly graceMs: number
  private readonly waiting = new Set<string>()
  /** When each began, and the timer that gives its place away; null once that has happened. */
  private readonly active = new Map<string, { readonly beganMs: number; stuck: NodeJS.Timeout | null }>()
  /** Addresses whose nodes are to dial first; null once the time for that is over. */
  private readonly patient = new Map<string, NodeJS.Timeout | null>()

  constructor(self: NodeId, starter: DialStarter, graceMs = graceMsDefault) {
    this.self = self
    this.starter = starter
    this.graceMs = graceMs
  }

  dial(address: string): void {
    if (socketIdOf(address) === null) return this.starter.start(address)
    if (this.waiting.has(address) || this.active.has(address) || this.patient.has(address)) return
    this.enqueue(address)
  }

  /** Dials this address at once: before all others, and also if the peer has the smaller id. */
  hurry(address: string): void {
    const peer = socketIdOf(address)
    if (peer === null || this.active.has(address) || this.starter.hasSlot(peer)) return
    this.forgetPatience(address)
    this.waiting.delete(address)
    this.start(address)
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
    for (const dial of this.active.values()) this.giveUpPlace(dial)
    this.active.clear()
  }

  /** Begins the next dial. Returns false if there is none. */
  begin(): boolean {
    for (const address of this.waiting) {
      this.waiting.delete(address)
      const peer = socketIdOf(address) as NodeId
      const isPatient = this.patient.delete(address)
      if (this.starter.hasSlot(peer)) continue
      if (!isPatient && peer < this.self && this.starter.openCount >= connectionsMin) {
        this.waitFor(address)
        continue
      }
      this.start(address)
      return true
    }
    return false
  }

  private start(address: string): void {
    const dial: { readonly beganMs: number; stuck: NodeJS.Timeout | null } = { beganMs: monotonicNowMs(), stuck: null }
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

  private enqueue(address: string): void {
    this.waiting.add(address)
    shared.queues.add(this)
    beginNext()
  }

  private waitFor(address: string): void {
    const timer = setTimeout(() => {
      this.patient.set(address, null)
      this.enqueue(address)
    }, this.graceMs)
    timer.unref()
    this.patient.set(address, timer)
  }

  private giveUpPlace(dial: { stuck: NodeJS.Timeout | null }): void {
    if (dial.stuck === null) return
    clearTimeout(dial.stuck)
    dial.stuck = null
    shared.active--
    beginNext()
  }
}

/** The nodes of the process take turns. */
function beginNext(): void {
  for (const queue of shared.queues) {
    if (shared.active >= (shared.latestMs > slowMs ? 1 : activeMax)) return
    shared.queues.delete(queue)
    if (queue.begin()) shared.queues.add(queue)
  }
}
