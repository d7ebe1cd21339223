/**
 * This file is the transport over socket.io. For each peer there is one *slot*: the one connection of the pair, opening or open,
 * dialled by either side. The side that is dialled decides, and both come to the same end:
 *
 * - Both dial at once. Each finds its own dial in the slot when the other's arrives. The dial of the smaller id stands:
 *   the larger gives its own up and admits it, the smaller turns the other's away as a duplicate.
 * - The dialler lost its connection, and the listener has not heard of it. If the dialler had made it, its dialling anew says so
 *   by itself. If the listener had, the dialler names the connection that it knows to have ended (`previous`). A dial that names
 *   another was sent before the present connection was admitted, and is a duplicate.
 */
import type { Socket as ServerSocket } from 'socket.io'
import type { Server as BareServer } from 'node:net'
import { socketAddress } from '../base/address.ts'
import type { HoldfastError } from '../base/errors.ts'
import type { NodeId } from '../base/ids.ts'
import type { PeerInfo, Role, Transport, TransportHandler } from '../world/world.ts'
import { acceptedConnection, acceptedRaw } from './connection.ts'
import { describeShortage, isShortage, onShortage } from './descriptors.ts'
import { DialQueue } from './dial-queue.ts'
import { greet, type Greeted, openWebsocket } from './dialler.ts'
import { Listener, type Proven } from './listener.ts'
import { advertisedAddress, bind, bindAgain, bindSocket, type ListeningPlace } from './listening.ts'
import { OpenResources } from './open-resources.ts'
import { refusedDial } from './refusals.ts'
import type { MeshSettings } from './settings.ts'
import { Slot } from './slot.ts'
import { longPathReason } from './socket-folder.ts'
import { clearTimeout, monotonicNowMs, queueMicrotask, setTimeout } from './real-time.ts'
import { socketIoClient } from './packages.ts'

interface Dial {
  readonly timer: NodeJS.Timeout
  cancel: () => void
  /** The node that answers at the address, once it is known: then the dial ends with that peer's slot. */
  peer: NodeId | null
}

/** Why a connection ends in which a relay changed a frame. */
const tamperedReason = 'a frame was altered, invented, repeated or dropped on the way'
/** How often at most a lack of descriptors is reported. */
const shortageIntervalMs = 10_000
/** How many ended connections are remembered by name. */
const endedMax = 4_096
/** How long peers have before a close to take the frames that were sent. */
const lingerMs = 1_000

export class SocketTransport implements Transport {
  private readonly settings: MeshSettings
  private readonly handler: TransportHandler
  private readonly open = new OpenResources()
  private readonly listener: Listener | null
  /** INV-M1: at most one slot for a peer, and the handler has heard `connected` of exactly the open slots. */
  private readonly slots = new Map<NodeId, Slot>()
  private readonly dials = new Map<string, Dial>()
  private readonly queue: DialQueue
  private readonly ended = new Map<NodeId, string>()
  private closing: Promise<void> | null = null
  /** In place of a unix socket whose file was deleted. */
  private restored: BareServer | null = null
  private stopHearing: () => void = () => undefined
  private shortageToldMs = Number.NEGATIVE_INFINITY
  noSocketReason: string | null = null

  constructor(settings: MeshSettings, handler: TransportHandler, listens: boolean) {
    this.settings = settings
    this.handler = handler
    // No node dials an observer.
    this.queue = new DialQueue(listens ? settings.identity.id : '', this)
    this.listener = listens ? new Listener(settings, this, this.open) : null
    // Now, so that a node that holds locks does not pause for it at its first dial.
    socketIoClient()
  }

  get address(): string {
    return this.settings.address
  }

  /**
   * Binds the address.
   *
   * @throws BAD_OPTION (`listen`) when it is in use or not this machine's; ABORTED when it is given up. Nothing is left open then.
   */
  async listen(place: ListeningPlace, advertise: string | undefined, joinList: readonly string[] = []): Promise<void> {
    if (this.listener === null) return
    const { server } = this.listener
    const port = await bind(server, place, (error) => this.listenerFailed(error))
    this.settings.address = advertisedAddress(place.listen, advertise, port, joinList)
    this.listening(server)
  }

  /**
   * The same at this node's unix socket. False, and nothing is open, where there is none: for an observer, without a local
   * directory, and where this process can have none, which is the `noSocketReason`.
   *
   * @throws OVERLOADED or REFUSED when the socket cannot be had.
   */
  async listenAtSocket(): Promise<boolean> {
    const { sockets, identity } = this.settings
    if (this.listener === null || sockets === null) return false
    const { server } = this.listener
    const failed = (error: Error): void => this.listenerFailed(error)
    const path = sockets.pathOf(identity.id)
    const code = path === null ? null : await bindSocket(server, path, failed)
    if (path === null) this.noSocketReason = longPathReason
    else if (code !== null) this.noSocketReason = `the system refuses unix sockets to this process (${code})`
    if (this.noSocketReason !== null || path === null) return false
    sockets.keep(identity.id, () => {
      // First, since a server that closes takes away the file at its path.
      this.restored?.close()
      this.restored = bindAgain(server, path, failed)
    })
    this.settings.address = socketAddress(identity.id)
    this.listening(server)
    return true
  }

  private listening(server: Listener['server']): void {
    // The system turns connections away for want of a descriptor without a word; who opens files hears of it.
    this.stopHearing = onShortage((message) => this.shortage(message))
    if (this.settings.unref) server.unref()
    this.open.add(server)
  }

  dial(address: string): void {
    if (this.closing !== null || this.dials.has(address)) return
    for (const slot of this.slots.values()) if (slot.isOpen && slot.info.address === address) return
    this.queue.dial(address)
  }

  hurry(address: string): void {
    if (this.closing === null && !this.dials.has(address)) this.queue.hurry(address)
  }

  isWaiting(address: string): boolean {
    return this.queue.isWaiting(address)
  }

  // What the queue of dials asks.

  get slotCount(): number {
    return this.slots.size
  }

  hasSlot(peer: NodeId): boolean {
    return this.slots.has(peer)
  }

  start(address: string): void {
    const timer = setTimeout(
      () => this.failDial(address, new Error(`dialling ${address} took longer than ${this.settings.handshakeMs} ms`)),
      this.settings.handshakeMs,
    )
    if (this.settings.unref) timer.unref()
    const dial: Dial = { timer, cancel: () => undefined, peer: null }
    this.dials.set(address, dial)
    const greeting = greet(
      this.settings,
      address,
      this.open,
      (greeted) => this.greeted(address, dial, greeted),
      (error) => this.failDial(address, error),
    )
    dial.cancel = () => greeting.cancel()
  }

  isConnected(peer: NodeId): boolean {
    return this.slots.get(peer)?.isOpen === true
  }

  send(peer: NodeId, frame: Uint8Array, volatile: boolean): boolean {
    const slot = this.slots.get(peer)
    return slot?.isOpen === true && slot.connection !== null && slot.connection.send(frame, volatile)
  }

  bufferedBytes(peer: NodeId): number {
    return this.slots.get(peer)?.connection?.bufferedBytes ?? 0
  }

  disconnect(peer: NodeId, reason: string): void {
    const slot = this.slots.get(peer)
    if (slot === undefined) return
    slot.connection?.end()
    this.drop(slot)
    this.settleDials(peer, new Error(reason))
    if (slot.isOpen) queueMicrotask(() => this.hear(() => this.handler.disconnected(peer, reason)))
  }

  close(): Promise<void> {
    this.closing ??= this.shut()
    return this.closing
  }

  private async shut(): Promise<void> {
    this.queue.close()
    for (const dial of this.dials.values()) {
      clearTimeout(dial.timer)
      dial.cancel()
    }
    this.dials.clear()
    for (const slot of this.slots.values()) {
      slot.isDropped = true
      slot.connection?.end()
    }
    this.slots.clear()
    this.stopHearing()
    this.settings.sockets?.forget(this.settings.identity.id)
    this.restored?.close()
    this.listener?.close(lingerMs)
    await this.open.whenNone()
  }

  /** The peer at a dialled address has proven itself. */
  private greeted(address: string, dial: Dial, greeted: Greeted): void {
    const { answer, offsetMs } = greeted
    if (this.isTaken(answer.id, answer.address, answer.role)) {
      const { identity, protocol } = this.settings
      return this.failDial(address, refusedDial('idTaken', { where: address, cluster: identity.cluster, protocol }))
    }
    dial.peer = answer.id
    const existing = this.slots.get(answer.id)
    if (existing?.isOpen === true) return this.settleDials(answer.id, null)
    if (existing !== undefined) return
    const info: PeerInfo = { id: answer.id, address: answer.address, role: answer.role, wallOffsetMs: offsetMs }
    const slot = new Slot(answer.nonce, 'us', info, this, this.handler)
    this.slots.set(info.id, slot)
    slot.connection = openWebsocket(this.settings, address, greeted, this.ended.get(info.id) ?? '', this.open, slot)
  }

  // What the listener asks.

  /** Whether there is room for a connection to this node. */
  hasRoom(id: NodeId, role: Role): boolean {
    const { connectionsMax, observersMax } = this.settings
    if (this.slots.has(id)) return true
    if (this.slots.size >= connectionsMax) return false
    if (role === 'member') return true
    let observers = 0
    for (const { info } of this.slots.values()) if (info.role === 'observer') observers++
    return observers < observersMax
  }

  /** Whether the id belongs to another node: one is connected under it in another role, or that can be dialled elsewhere. */
  isTaken(id: NodeId, address: string, role: Role): boolean {
    const existing = this.slots.get(id)
    if (existing?.isOpen !== true) return false
    // An observer never takes a node's place, and never keeps a node from its own.
    if (existing.info.role !== role) return role === 'observer'
    return existing.info.address !== address
  }

  /** False when the connection is one too many: the pair has another. */
  admit({ info, name, previous, seals }: Proven, socket: ServerSocket): boolean {
    if (this.closing !== null || this.isTaken(info.id, info.address, info.role)) return false
    const existing = this.slots.get(info.id)
    if (existing?.dialledBy === 'us') {
      const theirsStands = existing.isOpen ? previous === existing.name : info.id < this.settings.identity.id
      if (!theirsStands) return false
    }
    if (existing !== undefined) {
      existing.connection?.terminate()
      this.drop(existing)
      if (existing.isOpen) this.handler.disconnected(info.id, 'replaced')
    }
    const slot = new Slot(name, 'them', info, this, this.handler)
    this.slots.set(info.id, slot)
    this.open.add(acceptedRaw(socket))
    slot.connection = acceptedConnection(socket, seals, slot)
    return true
  }

  opened({ info, name }: Proven, socket: ServerSocket): void {
    const slot = this.slots.get(info.id)
    if (slot === undefined || slot.name !== name) {
      acceptedRaw(socket).terminate()
      return
    }
    this.slotOpened(slot)
  }

  refused(from: string, error: HoldfastError): void {
    this.hear(() => this.handler.refused(from, error))
  }

  // What happens to slots.

  slotOpened(slot: Slot): void {
    if (this.slots.get(slot.info.id) !== slot || slot.isOpen) return
    slot.isOpen = true
    this.settleDials(slot.info.id, null)
    this.handler.connected(slot.info)
  }

  slotClosed(slot: Slot, reason: string): void {
    if (!this.drop(slot)) return
    if (slot.isOpen) this.hear(() => this.handler.disconnected(slot.info.id, reason))
    else this.settleDials(slot.info.id, new Error(`the connection was lost while it opened: ${reason}`))
  }

  slotFailed(slot: Slot, error: Error): void {
    if (this.drop(slot)) this.settleDials(slot.info.id, error)
  }

  slotTampered(slot: Slot): void {
    this.hear(() => this.handler.frameTampered(slot.info.id, tamperedReason))
    this.slotClosed(slot, tamperedReason)
  }

  private listenerFailed(error: Error): void {
    if (isShortage(error)) this.shortage(describeShortage(error))
    else this.hear(() => this.handler.listenerFailed(error.message))
  }

  private shortage(message: string): void {
    const nowMs = monotonicNowMs()
    if (nowMs - this.shortageToldMs < shortageIntervalMs) return
    this.shortageToldMs = nowMs
    this.hear(() => this.handler.listenerFailed(message))
  }

  /** Forgets a slot but for its name; false when it was no longer the peer's. */
  drop(slot: Slot): boolean {
    const { id } = slot.info
    if (this.slots.get(id) !== slot) return false
    slot.isDropped = true
    this.slots.delete(id)
    this.ended.delete(id)
    this.ended.set(id, slot.name)
    if (this.ended.size > endedMax) for (const oldest of this.ended.keys()) return this.ended.delete(oldest)
    return true
  }

  /** Ends the dials that lead to a peer: it is connected, or there is an error. */
  private settleDials(peer: NodeId, error: Error | null): void {
    for (const [address, dial] of [...this.dials]) {
      if (dial.peer !== peer) continue
      if (error !== null) this.failDial(address, error)
      else this.endDial(address, dial)
    }
  }

  private endDial(address: string, dial: Dial): void {
    clearTimeout(dial.timer)
    this.dials.delete(address)
    this.queue.ended(address)
  }

  private failDial(address: string, error: Error): void {
    const dial = this.dials.get(address)
    if (dial === undefined) return
    this.endDial(address, dial)
    dial.cancel()
    this.hear(() => this.handler.dialFailed(address, error))
  }

  /** No handler is called after `close`. */
  private hear(tell: () => void): void {
    if (this.closing === null) tell()
  }
}
