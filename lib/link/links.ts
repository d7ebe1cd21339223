/**
 * This file keeps all links of a node: which peers are connected, which addresses are dialled, and which messages wait to be
 * sent. All messages for one peer in one turn of the loop go out as one frame: at the end of an incoming frame's handling, or
 * else at the end of the turn. The outbox chooses the way of a frame, and the inbox handles arriving frames.
 *
 * A message is packed into bytes when it is sent, so later changes do not affect it, and the caller of a message that cannot be
 * sent gets the error. Messages from a node to itself are delivered at the end of the turn, without the wire.
 */
import type { HoldfastError } from '../base/errors.ts'
import type { NodeId } from '../base/ids.ts'
import type { Counters } from '../observe/counters.ts'
import type { Event } from '../observe/events.ts'
import { cutMessage, type Packed, type WireFormat } from '../wire/frame.ts'
import type { Message } from '../wire/messages.ts'
import { WireError } from '../wire/schema.ts'
import { Addresses } from './addresses.ts'
import { Inbox } from './inbox.ts'
import { Outbox } from './outbox.ts'
import { newPeer, type Peer } from './peer.ts'
import type { Post } from '../world/runtime.ts'
import type { PeerInfo, Transport, TransportHandler, World } from '../world/world.ts'

export interface LinkLimits {
  /** The most unacknowledged messages to one peer; beyond it the peer counts as unreachable. */
  readonly unacknowledgedMax: number
  /** Their bytes. Default: 64 MiB, four of the largest messages. */
  readonly unacknowledgedBytesMax?: number
  /** Bytes of one frame; a larger message travels in parts. */
  readonly frameBytesMax: number
}

export interface LinksOptions {
  readonly world: World
  readonly self: NodeId
  readonly limits: LinkLimits
  /** How messages are packed and read. */
  readonly format: WireFormat
  emit(event: Event): void
  /** Counts what is sent. */
  readonly counters?: Counters
}

/** Takes the messages. */
export interface Receiver {
  /** Its errors go to the caller of `Links`, after the rest of the frame was delivered. */
  deliver(from: NodeId, message: Message): void
}

/** Knows the peers: `Links` tells it what happens to their links, and asks it which of them to trust. */
export interface LinkWatcher {
  /** Whether frames that this peer relays for others are accepted. Default: those of all nodes. */
  mayRelay?(by: NodeId): boolean
  opened(peer: PeerInfo): void
  closed(peer: NodeId, reason: string): void
  dialFailed(address: string, error: HoldfastError | Error): void
  /** This node itself answered at an address that is not its own. */
  reachedSelf?(address: string): void
  /** Too many messages wait for this peer: they were dropped, and the connection is cut. Called at the end of the turn. */
  overflowed(peer: NodeId): void
}

const unacknowledgedBytesMaxDefault = 64 * 1024 * 1024
const overflowReason = 'too much is unacknowledged'

export class Links implements Post, TransportHandler {
  private readonly world: World
  private readonly options: LinksOptions
  private readonly self: NodeId
  private readonly peers = new Map<NodeId, Peer>()
  private readonly addresses: Addresses
  private readonly outbox: Outbox
  private readonly inbox: Inbox
  private transport: Transport | null = null
  private dirty: Peer[] = []
  private toSelf: Message[] = []
  private flushIsDue = false
  private isClosed = false
  /** Private: it leads to the whole node and its settings, which must not be printed with an object that has links. */
  #watcher: LinkWatcher | null = null
  private lastLinkNumber = 0

  constructor(options: LinksOptions) {
    this.options = options
    this.world = options.world
    this.self = options.self
    this.addresses = new Addresses(this.world, this.peers, (address) => this.transport?.dial(address))
    this.outbox = new Outbox(this.world, this.self, this.peers, options.limits.frameBytesMax)
    this.inbox = new Inbox(this.self, this.peers, this.outbox, options.emit, options.format)
  }

  /** Sets the node that receives messages. Messages that arrive before are dropped; connections are kept. */
  serve(receiver: Receiver, watcher: LinkWatcher): void {
    this.inbox.serve(receiver, watcher)
    this.#watcher = watcher
  }

  /** Sets the transport for dialling. */
  attach(transport: Transport): void {
    this.transport = transport
    this.outbox.attach(transport)
    this.addresses.addOwn(transport.address)
  }

  /**
   * Sends a message, in order and exactly once as long as both nodes live. A message with user's data that is not plain, or one
   * that is too large, is not sent; an event reports it.
   */
  send(to: NodeId, message: Message): void {
    this.options.counters?.countSent(message)
    if (this.isClosed) return
    if (to === this.self) return this.sendToSelf(message)
    const packed = this.pack(to, message)
    if (packed !== null) this.queue(to, packed)
  }

  /** Sends one message to several nodes, as `send` does. It is packed once. */
  broadcast(to: Iterable<NodeId>, message: Message): void {
    let packed: Packed | null = null
    for (const id of to) {
      this.options.counters?.countSent(message)
      if (this.isClosed) continue
      if (id === this.self) this.sendToSelf(message)
      else {
        packed ??= this.pack(id, message)
        if (packed !== null) this.queue(id, packed)
      }
    }
  }

  /** At most once, in one frame and never queued. */
  sendLoose(to: NodeId, message: Message): void {
    this.options.counters?.countSent(message)
    if (this.isClosed || to === this.self) return
    const peer = this.peers.get(to)
    if (peer === undefined || peer.info === null) return
    const packed = this.pack(to, message)
    if (packed === null) return
    peer.loose.push(packed)
    this.touch(peer)
  }

  /** Keeps this peer connected: dials it, and dials again. */
  keep(id: NodeId, address: string): void {
    if (this.isClosed || id === this.self) return
    const peer = this.peer(id)
    peer.kept = true
    if (this.addresses.isOwn(address)) return
    this.addresses.move(peer, address)
    this.addresses.want(peer)
    if (peer.info === null) this.outbox.watchRelays()
  }

  /** The same, before all others: this node needs the peer now. */
  keepFirst(id: NodeId, address: string): void {
    this.keep(id, address)
    if (!this.isClosed && this.peers.get(id)?.info === null && !this.addresses.isOwn(address)) this.transport?.hurry?.(address)
  }

  /** Keeps trying to reach the nodes at these addresses, and at those only (beside the peers that are kept). */
  seek(addresses: readonly string[]): void {
    if (!this.isClosed) this.addresses.seek(addresses)
  }

  /** Forgets this peer: no message is sent to it any more, and its state is dropped. */
  forget(id: NodeId): void {
    const peer = this.peers.get(id)
    if (peer === undefined) return
    this.peers.delete(id)
    this.world.clearTimer(peer.acknowledgeTimer)
    peer.kept = false
    this.addresses.release(peer.address)
    if (peer.info !== null) {
      peer.info = null
      this.transport?.disconnect(id, 'forgotten')
      // Another node may be at its address by now, which is still looked for there.
      this.addresses.broke(peer)
      this.options.emit({ type: 'linkClosed', peer: id, message: 'forgotten' })
    }
  }

  isConnected(id: NodeId): boolean {
    return this.peers.get(id)?.info != null
  }

  /** Whether the peer is reached directly, or was recently reached through a third, or nothing has been said to it. */
  reaches(id: NodeId): boolean {
    const peer = this.peers.get(id)
    return peer !== undefined && (peer.info !== null || this.outbox.isRelayFresh(peer) || this.outbox.isAtEase(peer))
  }

  connectedPeers(): readonly PeerInfo[] {
    return [...this.peers.values()].flatMap((peer) => (peer.info === null ? [] : [peer.info]))
  }

  close(): void {
    this.isClosed = true
    this.addresses.close()
    this.outbox.close()
    this.inbox.close()
    this.peers.clear()
    this.dirty = []
    this.toSelf = []
  }

  // What the transport reports.

  connected(info: PeerInfo): void {
    if (this.isClosed) return
    if (info.role === 'observer' && this.peers.get(info.id)?.kept === true) return this.turnAway(info.id)
    const peer = this.peer(info.id)
    peer.info = info
    peer.relay = null
    if (info.address !== '') {
      this.addresses.move(peer, info.address)
      this.addresses.reached(info.address)
    }
    peer.link.rewind()
    this.options.emit({ type: 'linkOpened', peer: info.id, address: info.address })
    this.#watcher?.opened(info)
    if (peer.link.hasUnsent) this.touch(peer)
  }

  disconnected(id: NodeId, message: string): void {
    const peer = this.peers.get(id)
    if (this.isClosed || peer === undefined || peer.info === null) return
    const wasObserver = peer.info.role === 'observer'
    peer.info = null
    peer.loose = []
    this.options.emit({ type: 'linkClosed', peer: id, message })
    this.#watcher?.closed(id, message)
    if (wasObserver) return this.forget(id)
    // The listener may have forgotten the peer meanwhile, or found it again.
    if (this.peers.get(id) !== peer || peer.info !== null) return
    this.addresses.broke(peer)
    if (peer.kept) this.outbox.watchRelays()
  }

  frame(from: NodeId, bytes: Uint8Array): void {
    // A frame of a connection that was cut, or of a peer that was forgotten.
    if (this.isClosed || !this.isConnected(from)) return
    try {
      this.inbox.take(from, bytes)
    } catch (error) {
      if (!(error instanceof WireError)) throw error
      this.options.emit({ type: 'messageRejected', peer: from, message: error.message })
      this.transport?.disconnect(from, `sent what is no message: ${error.message}`)
      this.disconnected(from, error.message)
    }
    this.flush()
  }

  dialFailed(address: string, error: HoldfastError | Error): void {
    if (this.isClosed) return
    if ('reason' in error && error.reason === 'self') {
      this.addresses.addOwn(address)
      return this.#watcher?.reachedSelf?.(address)
    }
    this.#watcher?.dialFailed(address, error)
    this.addresses.failed(address)
  }

  refused(from: string, error: HoldfastError): void {
    const { code, message, reason = code } = error
    this.options.emit({ type: 'peerRefused', from, code, reason, message })
  }

  frameTampered(peer: NodeId, message: string): void {
    this.options.emit({ type: 'frameTampered', peer, message })
  }

  listenerFailed(message: string): void {
    this.options.emit({ type: 'listenerFailed', message })
  }

  /** An observer under the id of a kept node would receive the messages that wait for that node, and end its link. */
  private turnAway(observer: NodeId): void {
    const message = 'an observer connected under the id of a node'
    this.options.emit({ type: 'messageRejected', peer: observer, message })
    this.transport?.disconnect(observer, message)
  }

  private sendToSelf(message: Message): void {
    this.toSelf.push(message)
    this.flushSoon()
  }

  private queue(to: NodeId, packed: Packed): void {
    const peer = this.peer(to)
    for (const part of cutMessage(packed, this.outbox.partBytesMax)) peer.link.push(part)
    const { unacknowledgedMax, unacknowledgedBytesMax = unacknowledgedBytesMaxDefault } = this.options.limits
    if (peer.link.backlog > unacknowledgedMax || peer.link.backlogBytes > unacknowledgedBytesMax) return this.overflow(peer)
    if (peer.info === null && this.transport?.isWaiting?.(peer.address) === true) this.transport.hurry?.(peer.address)
    this.touch(peer)
  }

  private pack(to: NodeId, message: Message): Packed | null {
    try {
      return this.options.format.packMessage(message)
    } catch (error) {
      if (!(error instanceof WireError)) throw error
      this.options.emit({ type: 'messageRejected', peer: to, message: `not sent: ${error.message}` })
      return null
    }
  }

  private peer(id: NodeId): Peer {
    let peer = this.peers.get(id)
    if (peer === undefined) {
      peer = newPeer(id, this.nextLinkNumber(), this.options.format)
      this.peers.set(id, peer)
    }
    return peer
  }

  /** Numbers also rise with the wall clock, so that a link made after a loss of memory has a higher number than those before. */
  private nextLinkNumber(): number {
    this.lastLinkNumber = Math.max(this.lastLinkNumber + 1, Math.floor(this.world.time.wallMs()))
    return this.lastLinkNumber
  }

  private touch(peer: Peer): void {
    if (!peer.isDirty) {
      peer.isDirty = true
      this.dirty.push(peer)
    }
    this.flushSoon()
  }

  private flushSoon(): void {
    if (this.flushIsDue) return
    this.flushIsDue = true
    this.world.defer(this.flushDeferred)
  }

  private readonly flushDeferred = (): void => {
    this.flushIsDue = false
    this.flush()
  }

  /** Sends all waiting messages. Messages of the node to itself may cause more, and those are sent too. */
  private flush(): void {
    while (!this.isClosed && (this.dirty.length > 0 || this.toSelf.length > 0)) {
      const own = this.toSelf
      if (own.length > 0) {
        this.toSelf = []
        for (const message of own) this.inbox.deliver(this.self, message)
      }
      const dirty = this.dirty
      this.dirty = []
      for (const peer of dirty) {
        peer.isDirty = false
        if (this.peers.get(peer.id) === peer) this.outbox.flush(peer)
      }
    }
    this.inbox.rethrow()
  }

  /** The buffer is given up at once. The listener is told at the end of the turn, because it may be in the middle of sending. */
  private overflow(peer: Peer): void {
    peer.link.restart(this.nextLinkNumber())
    if (peer.isOverflowing) return
    peer.isOverflowing = true
    this.world.defer(() => {
      peer.isOverflowing = false
      if (this.isClosed || this.peers.get(peer.id) !== peer) return
      this.transport?.disconnect(peer.id, overflowReason)
      this.disconnected(peer.id, overflowReason)
      this.#watcher?.overflowed(peer.id)
    })
  }
}
