/**
 * This file simulates the network. It knows which endpoint listens where, carries the bytes of frames, and loses what a fault
 * loses.
 */
import { shapeClass } from '../base/shown.ts'
import { parseDuration } from '../base/duration.ts'
import type { Random } from '../base/random.ts'
import { checkFunction } from '../base/option-checks.ts'
import { type OptionCheck, type OptionTable, takeParts } from '../base/options.ts'
import type { ConnectionEnd, Transmission } from './connection.ts'
import { SimConnection } from './connection.ts'
import type { SimEndpoint } from './endpoint.ts'
import { Faults, type Hosts } from './faults.ts'
import { Handshake, type HandshakeGround } from './handshake.ts'
import { frameDigest, type Trace } from './trace.ts'
import type { VirtualTime } from './virtual-time.ts'

/** How the simulated network behaves when nothing fails. Durations are virtual milliseconds. */
export interface NetworkOptions {
  /** How long one frame takes, drawn anew for each; the order within a connection is kept all the same. */
  readonly delayMs: (random: Random, from: string, to: string) => number
  /** After this long a dial without an answer has failed. */
  readonly dialTimeoutMs: number
  /** The longest time until an end hears of a connection that was cut; drawn for each end. */
  readonly noticeMsMax: number
  /** How long until a peer that went without a word (its machine lost power) is noticed, as by pings unanswered. */
  readonly silenceMs: number
}

/** A quiet local network: 0.1 to 1 ms one way. */
export const networkDefaults: NetworkOptions = {
  delayMs: (random) => 0.1 + 0.9 * random.next(),
  dialTimeoutMs: 2_000,
  noticeMsMax: 50,
  silenceMs: 20_000,
}

/** Milliseconds alone: a string with a unit would be reckoned with. */
const milliseconds: OptionCheck<number> = (value, option) => parseDuration(typeof value === 'number' ? value : Number.NaN, option)

const table = {
  delayMs: checkFunction,
  dialTimeoutMs: milliseconds,
  noticeMsMax: milliseconds,
  silenceMs: milliseconds,
} satisfies OptionTable<NetworkOptions>

/** A frame that leaves the order comes so much later, at the most. */
const strayMsMax = 50

/**
 * The network of a simulation. It knows who listens where, carries real bytes over connections that keep their order,
 * and loses what a fault (`faults`) says it loses. How two come to be connected is a `Handshake`'s affair.
 */
export class SimNetwork {
  /** Makes connections fail, and heals them. */
  readonly faults: Faults
  private readonly time: VirtualTime
  private readonly random: Random
  private readonly trace: Trace
  private readonly options: NetworkOptions
  private readonly listeners = new Map<string, SimEndpoint>()
  /** Every endpoint, observers too, that has not been closed. */
  private readonly endpoints = new Set<SimEndpoint>()
  /** Ends whose way is stalled with a frame on it. */
  private readonly stalled = new Set<ConnectionEnd>()
  /** What handshakes see of this network. */
  private readonly ground: HandshakeGround

  /**
   * @param hosts the machines that there are; faults name no others.
   * @throws BAD_OPTION
   */
  constructor(time: VirtualTime, random: Random, trace: Trace, hosts: Hosts, options: Partial<NetworkOptions> = {}) {
    this.time = time
    this.random = random
    this.trace = trace
    this.options = { ...networkDefaults, ...takeParts(options as NetworkOptions, table, 'network') }
    this.faults = new Faults(this, trace, time, hosts)
    this.ground = {
      time,
      trace,
      faults: this.faults,
      dialTimeoutMs: this.options.dialTimeoutMs,
      listenerAt: (address) => this.listeners.get(address),
      drawDelay: (from, to) => this.drawDelay(from, to),
      join: (dialler, listener) => this.join(dialler, listener),
      open: (connection) => this.open(connection),
    }
  }

  /** Where a process listens. */
  get addresses(): readonly string[] {
    return [...this.listeners.keys()]
  }

  /** Every connection that some living endpoint has an end of. */
  connections(): Set<SimConnection> {
    const connections = new Set<SimConnection>()
    for (const endpoint of this.endpoints) {
      for (const end of endpoint.ends.values()) connections.add(end.connection)
    }
    return connections
  }

  /** Whether a process listens at that address. */
  isListening(address: string): boolean {
    return this.listeners.has(address)
  }

  /** A process begins to listen. Called by `SimWorld`. */
  listen(endpoint: SimEndpoint): void {
    this.endpoints.add(endpoint)
    if (endpoint.address !== '') this.listeners.set(endpoint.address, endpoint)
  }

  /** A process does not listen any more. Called by `SimWorld`. */
  unlisten(endpoint: SimEndpoint): void {
    this.endpoints.delete(endpoint)
    if (this.listeners.get(endpoint.address) === endpoint) this.listeners.delete(endpoint.address)
  }

  /** A way of `from`'s to `address`: its outcome reaches the dialler exactly once. */
  dial(from: SimEndpoint, address: string): void {
    if (from.dialling.has(address) || [...from.ends.values()].some((end) => end.peer.address === address)) return
    new Handshake(this.ground, from, address).begin()
  }

  /** True when the frame that this end sends now is lost. Unless it was volatile, its connection breaks with it. */
  loses(end: ConnectionEnd, volatile: boolean): boolean {
    if (!this.happens(this.faults.lossOf(end.owner.place, end.peer.place))) return false
    this.trace.add(this.time.nowMs, end.owner.place, 'lost a frame')
    if (!volatile) this.cut(end.connection, 'lost a frame')
    return true
  }

  /** Puts a frame on its way from `end`'s owner, as the faults on that way will have it. */
  carryFrame(end: ConnectionEnd, bytes: Uint8Array, volatile: boolean): void {
    const parcel = { type: 'frame', bytes } as const
    if (volatile && this.happens(this.faults.reorderingOf(end.owner.place, end.peer.place))) return this.stray(end, parcel)
    this.carry(end, parcel)
    if (this.happens(this.faults.duplicationOf(end.owner.place, end.peer.place))) this.carry(end, parcel)
  }

  /** Puts a parcel on its way from `end`'s owner; it arrives after everything sent before. */
  carry(end: ConnectionEnd, parcel: Transmission): void {
    if (end.broken) return
    const soonestMs = this.time.nowMs + this.drawDelay(end.owner.place, end.peer.place)
    const atMs = Math.max(soonestMs, end.inFlight.at(-1)?.atMs ?? 0)
    end.inFlight.push({ atMs, parcel })
    if (parcel.type === 'frame') end.pendingBytes += parcel.bytes.length
    this.pump(end)
  }

  /** True when what the end sends is not being taken: its way is stalled, or its peer paused. */
  isHeldUp(end: ConnectionEnd): boolean {
    return !this.faults.flows(end.owner.place, end.peer.place) || end.peer.world.isPaused
  }

  /** Closes an end in good order: what was sent before still arrives, and then the news. */
  closeEnd(end: ConnectionEnd, reason: string): void {
    this.carry(end, { type: 'closed', reason })
    this.dropEnd(end)
  }

  /** Cuts a connection: what is in flight is lost, and each end hears of it when it notices. */
  cut(connection: SimConnection, reason: string): void {
    for (const end of [connection.dialler, connection.listener]) {
      end.break()
      if (end.state !== 'closed') this.noticeLater(end, this.drawNotice(), reason)
    }
  }

  /** The owner's process is dead: what it sent is lost; peers notice, unless the whole machine went silently. */
  abandon(endpoint: SimEndpoint, silently: boolean): void {
    for (const end of [...endpoint.ends.values()]) {
      end.break()
      this.dropEnd(end)
      const opposite = end.connection.opposite(end)
      opposite.break()
      if (silently) this.noticeLater(opposite, this.options.silenceMs, 'ping timeout')
      else this.noticeLater(opposite, this.drawNotice(), 'connection reset')
    }
    endpoint.isOpen = false
    this.unlisten(endpoint)
  }

  /** Sets in motion what a stall held up and holds up no more. */
  resumeStalled(): void {
    const stalled = [...this.stalled]
    this.stalled.clear()
    for (const end of stalled) this.pump(end)
  }

  /** Sees to it that the first in flight on this end's way arrives when it is to, or waits while the way is stalled. */
  private pump(end: ConnectionEnd): void {
    const first = end.inFlight[0]
    if (first === undefined || end.scheduled) return
    if (!this.faults.flows(end.owner.place, end.peer.place)) {
      this.stalled.add(end)
      return
    }
    end.scheduled = true
    this.time.schedule(first.atMs - this.time.nowMs, () => {
      end.scheduled = false
      if (end.inFlight[0] === first && this.faults.flows(end.owner.place, end.peer.place)) {
        end.inFlight.shift()
        const opposite = end.connection.opposite(end)
        end.peer.world.deliver(() => this.arrive(end, opposite, first.parcel))
      }
      this.pump(end)
    })
  }

  /** A volatile parcel comes late, out of order, and not at all when its way is not there any more. */
  private stray(end: ConnectionEnd, parcel: Transmission): void {
    const delayMs = this.drawDelay(end.owner.place, end.peer.place) + quantised(strayMsMax * this.random.next())
    this.time.schedule(delayMs, () => {
      if (end.broken || !this.faults.flows(end.owner.place, end.peer.place)) return
      end.peer.world.deliver(() => this.arrive(end, end.connection.opposite(end), parcel))
    })
  }

  private happens(rate: number): boolean {
    return rate > 0 && this.random.next() < rate
  }

  private join(dialler: SimEndpoint, listener: SimEndpoint): SimConnection {
    const theirs = listener.ends.get(dialler.identity.id)
    // The dialler has closed or lost the earlier connection; that it dials again is how the listener hears of it.
    // The listener is in its turn already: what it hears of the old must not come after what it hears of the new.
    if (theirs !== undefined) this.loseEnd(theirs, 'replaced')
    const mine = dialler.ends.get(listener.identity.id)
    if (mine !== undefined) dialler.world.deliver(() => this.loseEnd(mine, 'replaced'))
    const connection = new SimConnection(dialler, listener)
    dialler.ends.set(listener.identity.id, connection.dialler)
    listener.ends.set(dialler.identity.id, connection.listener)
    connection.listener.state = 'open'
    return connection
  }

  private open({ listener }: SimConnection): void {
    this.carry(listener, { type: 'opened' })
    this.connected(listener)
  }

  private arrive(sender: ConnectionEnd, receiver: ConnectionEnd, parcel: Transmission): void {
    if (parcel.type === 'frame') sender.pendingBytes = Math.max(0, sender.pendingBytes - parcel.bytes.length)
    if (receiver.state === 'closed') return
    const { owner, peerId } = receiver
    switch (parcel.type) {
      case 'opened':
        receiver.state = 'open'
        this.connected(receiver)
        return
      case 'frame':
        this.trace.add(this.time.nowMs, owner.place, receiver.frameText, parcel.bytes.length, frameDigest(parcel.bytes))
        owner.hear(() => owner.handler.frame(peerId, parcel.bytes))
        return
      case 'closed':
        this.loseEnd(receiver, parcel.reason)
    }
  }

  private connected(end: ConnectionEnd): void {
    const errorMs = (this.drawDelay(end.owner.place, end.peer.place) - this.drawDelay(end.peer.place, end.owner.place)) / 2
    this.trace.add(this.time.nowMs, end.owner.place, `connected ${end.peerId}`)
    end.owner.hear(() => end.owner.handler.connected(end.peer.infoFor(end.owner, errorMs)))
  }

  private noticeLater(end: ConnectionEnd, delayMs: number, reason: string): void {
    this.time.schedule(delayMs, () => end.owner.world.deliver(() => this.loseEnd(end, reason)))
  }

  /** The end's owner, whose turn it is, finds its connection gone. */
  private loseEnd(end: ConnectionEnd, reason: string): void {
    if (end.state === 'closed') return
    const { owner, peer, peerId } = end
    const wasOpen = end.state === 'open'
    end.break()
    this.dropEnd(end)
    this.trace.add(this.time.nowMs, owner.place, `disconnected ${peerId} ${reason}`)
    if (wasOpen) owner.hear(() => owner.handler.disconnected(peerId, reason))
    else owner.hear(() => owner.handler.dialFailed(peer.address, new Error(reason)))
  }

  private dropEnd(end: ConnectionEnd): void {
    end.state = 'closed'
    if (end.owner.ends.get(end.peerId) === end) end.owner.ends.delete(end.peerId)
  }

  private drawDelay(from: string, to: string): number {
    const ownMs = this.options.delayMs(this.random, from, to)
    const meanMs = this.faults.delayOf(from, to)
    const lateMs = this.faults.lagOf(from, to)
    return quantised(lateMs + (meanMs === 0 ? ownMs : ownMs - meanMs * Math.log(1 - this.random.next())))
  }

  private drawNotice(): number {
    return quantised(this.options.noticeMsMax * this.random.next())
  }
}

/** Rounded up to 1/1024 ms, so that sums of delays are exact and no timer seems to fire too early. */
export function quantised(ms: number): number {
  return Math.ceil(ms * 1024) / 1024
}

shapeClass(SimNetwork, ({ addresses }) => ({ addresses }))
