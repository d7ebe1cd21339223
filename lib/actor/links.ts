/**
 * All of a node's links: who is connected, what waits to be sent, and which way it goes. All messages for one peer in one
 * turn of the loop go out as one frame. A member that cannot be reached directly is reached through a third.
 *
 * Messages to oneself are delivered at the end of the turn, and touch no wire.
 */
import type { HoldfastError } from '../base/errors.ts'
import type { NodeId } from '../base/ids.ts'
import type { Event } from '../observe/events.ts'
import { decodeFrame, encodeLoose, encodeRelayed, type OrderedFrame, packMessage, type PackedMessage, type RelayedFrame } from '../wire/frame.ts'
import type { Message } from '../wire/messages.ts'
import { WireError } from '../wire/schema.ts'
import { Dialler } from './dialler.ts'
import { Link } from './link.ts'
import type { Post } from './runtime.ts'
import type { PeerInfo, TimerHandle, Transport, TransportHandler, World } from './world.ts'

export interface LinkLimits {
  /** Messages to one peer that it has not acknowledged; past it the peer counts as unreachable. */
  readonly unacknowledgedMax: number
  /** Bytes of one frame. */
  readonly frameBytesMax: number
}

export interface LinksOptions {
  readonly world: World
  readonly self: NodeId
  readonly limits: LinkLimits
  deliver(from: NodeId, message: Message): void
  emit(event: Event): void
  opened(peer: PeerInfo): void
  closed(peer: NodeId, reason: string): void
  dialFailed(address: string, error: HoldfastError | Error): void
  /** More waits for this peer than may; what waited is dropped, and the link begins anew. */
  overflowed(peer: NodeId): void
}

interface Peer {
  readonly id: NodeId
  /** Empty when it only dials. */
  address: string
  kept: boolean
  info: PeerInfo | null
  link: Link
  loose: PackedMessage[]
  isDirty: boolean
  acknowledgeTimer: TimerHandle
  /** The peer through which this one was last heard of, and when; and whom to try next. */
  relay: NodeId | null
  relayHeardAtMs: number
  relaysTried: number
}

/** How long an acknowledgement waits for a message to ride on. */
const acknowledgeDelayMs = 25
/** So many deliveries are acknowledged at once. */
const acknowledgeEvery = 64
/** How often an unconnected peer is tried through another third, and what it lost is sent again. */
const relayIntervalMs = 500
/** A relayed path counts for so long after the last sign through it. */
const relayFreshMs = 2000
/** Bytes that may wait in a connection before more is kept here instead. */
const bufferedBytesMax = 4 * 1024 * 1024

export class Links implements Post, TransportHandler {
  private readonly world: World
  private readonly options: LinksOptions
  private readonly self: NodeId
  private readonly peers = new Map<NodeId, Peer>()
  private readonly sought = new Set<string>()
  private readonly dialler: Dialler
  private transport: Transport | null = null
  private dirty: Peer[] = []
  private toSelf: Message[] = []
  private flushIsDue = false
  private isClosed = false
  private lastLinkNumber = 0
  private relayTimer: TimerHandle

  constructor(options: LinksOptions) {
    this.options = options
    this.world = options.world
    this.self = options.self
    this.dialler = new Dialler(this.world, (address) => this.transport?.dial(address))
  }

  /** From now on there is something to dial with. */
  attach(transport: Transport): void {
    this.transport = transport
  }

  send(to: NodeId, message: Message): void {
    if (this.isClosed) return
    if (to === this.self) {
      this.toSelf.push(message)
      return this.flushSoon()
    }
    const peer = this.peer(to)
    peer.link.push(packMessage(message))
    if (peer.link.backlog > this.options.limits.unacknowledgedMax) return this.overflow(peer)
    this.touch(peer)
  }

  sendLoose(to: NodeId, message: Message): void {
    if (this.isClosed || to === this.self) return
    const peer = this.peers.get(to)
    if (peer === undefined || peer.info === null) return
    peer.loose.push(packMessage(message))
    this.touch(peer)
  }

  /** This peer should stay connected: dials, and dials again. */
  keep(id: NodeId, address: string): void {
    if (this.isClosed || id === this.self) return
    const peer = this.peer(id)
    peer.kept = true
    if (address === '' || address === this.transport?.address) return
    if (peer.address !== '' && peer.address !== address) this.dropAddress(peer)
    peer.address = address
    if (peer.info === null) this.dialler.want(address)
    this.watchRelays()
  }

  /** Keeps trying to reach whoever is at these addresses, and at those only (beside the peers that are kept). */
  seek(addresses: readonly string[]): void {
    if (this.isClosed) return
    for (const address of [...this.sought]) {
      if (addresses.includes(address)) continue
      this.sought.delete(address)
      if (!this.isKeptAddress(address)) this.dialler.drop(address)
    }
    for (const address of addresses) {
      if (address === '' || address === this.transport?.address) continue
      this.sought.add(address)
      if (!this.isConnectedAddress(address)) this.dialler.want(address)
    }
  }

  /** Nothing is sent to this peer any more, and nothing of it is kept. */
  forget(id: NodeId): void {
    const peer = this.peers.get(id)
    if (peer === undefined) return
    this.peers.delete(id)
    this.world.clearTimer(peer.acknowledgeTimer)
    this.dropAddress(peer)
    if (peer.info !== null) {
      peer.info = null
      this.transport?.disconnect(id, 'forgotten')
      this.options.emit({ type: 'linkClosed', peer: id, reason: 'forgotten' })
    }
  }

  isConnected(id: NodeId): boolean {
    return this.peers.get(id)?.info != null
  }

  /** Directly, or lately through a third. */
  reaches(id: NodeId): boolean {
    const peer = this.peers.get(id)
    return peer !== undefined && (peer.info !== null || this.isRelayFresh(peer))
  }

  connectedPeers(): readonly PeerInfo[] {
    return [...this.peers.values()].flatMap((peer) => (peer.info === null ? [] : [peer.info]))
  }

  close(): void {
    this.isClosed = true
    this.dialler.close()
    this.world.clearTimer(this.relayTimer)
    for (const peer of this.peers.values()) this.world.clearTimer(peer.acknowledgeTimer)
    this.peers.clear()
    this.dirty = []
  }

  // What the transport reports.

  connected(info: PeerInfo): void {
    if (this.isClosed) return
    const peer = this.peer(info.id)
    peer.info = info
    peer.relay = null
    if (info.address !== '') {
      peer.address = info.address
      this.dialler.reached(info.address)
    }
    peer.link.rewind()
    this.options.emit({ type: 'linkOpened', peer: info.id, address: info.address })
    this.options.opened(info)
    if (peer.link.hasUnsent) this.touch(peer)
  }

  disconnected(id: NodeId, reason: string): void {
    const peer = this.peers.get(id)
    if (this.isClosed || peer === undefined || peer.info === null) return
    const wasObserver = peer.info.role === 'observer'
    peer.info = null
    peer.loose = []
    this.options.emit({ type: 'linkClosed', peer: id, reason })
    this.options.closed(id, reason)
    if (wasObserver) return this.forget(id)
    if (peer.address !== '' && (peer.kept || this.sought.has(peer.address))) {
      this.dialler.wants(peer.address) ? this.dialler.again(peer.address) : this.dialler.want(peer.address)
    }
    this.watchRelays()
  }

  frame(from: NodeId, bytes: Uint8Array): void {
    if (this.isClosed) return
    try {
      this.take(from, bytes, null)
    } catch (error) {
      if (!(error instanceof WireError)) throw error
      this.options.emit({ type: 'messageRejected', peer: from, message: error.message })
      this.transport?.disconnect(from, `sent what is no message: ${error.message}`)
      this.disconnected(from, error.message)
    }
  }

  dialFailed(address: string, error: HoldfastError | Error): void {
    if (this.isClosed) return
    if ('reason' in error && error.reason === 'self') {
      this.sought.delete(address)
      return this.dialler.drop(address)
    }
    this.options.dialFailed(address, error)
    if (!this.isConnectedAddress(address)) this.dialler.again(address)
  }

  refused(from: string, error: HoldfastError): void {
    this.options.emit({ type: 'peerRefused', from, code: error.code, message: error.message })
  }

  private take(from: NodeId, bytes: Uint8Array, relay: NodeId | null): void {
    const frame = decodeFrame(bytes)
    switch (frame.kind) {
      case 'ordered':
        return this.takeOrdered(from, frame, relay)
      case 'loose':
        for (const message of frame.messages) this.options.deliver(from, message)
        return this.flush()
      case 'relayed':
        if (relay !== null) throw new WireError('a relayed frame within a relayed frame')
        return this.takeRelayed(from, frame)
    }
  }

  private takeOrdered(from: NodeId, frame: OrderedFrame, relay: NodeId | null): void {
    const peer = this.peer(from)
    if (relay !== null) {
      peer.relay = relay
      peer.relayHeardAtMs = this.world.time.monotonicMs()
    }
    peer.link.receive(frame, (message) => this.options.deliver(from, message))
    this.flush()
    if (peer.link.acknowledgementsOwed === 0) return
    if (frame.wantsAnswer || peer.link.acknowledgementsOwed >= acknowledgeEvery) this.acknowledge(peer)
    else {
      peer.acknowledgeTimer ??= this.world.setTimer(acknowledgeDelayMs, () => {
        peer.acknowledgeTimer = undefined
        if (peer.link.acknowledgementsOwed > 0) this.acknowledge(peer)
      })
    }
  }

  private takeRelayed(from: NodeId, frame: RelayedFrame): void {
    if (frame.to === this.self) return this.take(frame.from, frame.inner, from)
    // One hop only: whoever asks must be the origin, and the receiver must be next to us.
    if (frame.from === from && this.isConnected(frame.to)) {
      this.transport?.send(frame.to, encodeRelayed(from, frame.to, frame.inner), true)
    }
  }

  private acknowledge(peer: Peer): void {
    const frame = peer.link.nextFrame(0, true)
    if (frame !== null && this.dispatch(peer, frame)) peer.link.sent(0)
  }

  private peer(id: NodeId): Peer {
    let peer = this.peers.get(id)
    if (peer === undefined) {
      peer = {
        id, address: '', kept: false, info: null, link: this.newLink(), loose: [], isDirty: false, acknowledgeTimer: undefined,
        relay: null, relayHeardAtMs: Number.NEGATIVE_INFINITY, relaysTried: 0,
      }
      this.peers.set(id, peer)
    }
    return peer
  }

  /** Numbers rise with the wall clock too, so that a link made after a loss of memory is later than those before. */
  private newLink(): Link {
    this.lastLinkNumber = Math.max(this.lastLinkNumber + 1, Math.floor(this.world.time.wallMs()))
    return new Link(this.lastLinkNumber)
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

  /** Sends whatever waits; what was sent to oneself may cause more, and that goes out too. */
  private flush(): void {
    while (!this.isClosed && (this.dirty.length > 0 || this.toSelf.length > 0)) {
      const own = this.toSelf
      if (own.length > 0) {
        this.toSelf = []
        for (const message of own) this.options.deliver(this.self, message)
      }
      const dirty = this.dirty
      this.dirty = []
      for (const peer of dirty) {
        peer.isDirty = false
        if (this.peers.get(peer.id) === peer) this.flushPeer(peer)
      }
    }
  }

  private flushPeer(peer: Peer): void {
    if (peer.loose.length > 0) {
      const frame = encodeLoose(peer.loose)
      peer.loose = []
      if (peer.info !== null && frame.length <= this.options.limits.frameBytesMax) this.transport?.send(peer.id, frame, true)
    }
    let countMax: number | undefined
    while (peer.link.hasUnsent) {
      if (peer.info !== null && (this.transport?.bufferedBytes(peer.id) ?? 0) > bufferedBytesMax) {
        // A slow reader: what waits is kept here, where it is counted, until the connection has caught up.
        this.watchRelays()
        return
      }
      const frame = peer.link.nextFrame(countMax)
      if (frame === null) return
      if (frame.length > this.options.limits.frameBytesMax && countMax !== 1) {
        countMax = countMax === undefined ? 64 : Math.ceil(countMax / 2)
        continue
      }
      if (!this.dispatch(peer, frame)) return this.watchRelays()
      peer.link.sent(countMax)
    }
  }

  /** Directly, or through the third that last worked. */
  private dispatch(peer: Peer, frame: Uint8Array): boolean {
    if (this.transport === null) return false
    if (peer.info !== null) return this.transport.send(peer.id, frame, false)
    if (peer.relay === null || !this.isConnected(peer.relay)) return false
    return this.transport.send(peer.relay, encodeRelayed(this.self, peer.id, frame), true)
  }

  private isRelayFresh(peer: Peer): boolean {
    return this.world.time.monotonicMs() - peer.relayHeardAtMs < relayFreshMs
  }

  /** While a kept peer is not connected (or reads slowly), tries a third after the other and sends again what got lost. */
  private watchRelays(): void {
    this.relayTimer ??= this.world.setTimer(relayIntervalMs, () => {
      this.relayTimer = undefined
      for (const peer of this.peers.values()) {
        if (peer.info !== null) {
          if (peer.link.hasUnsent) this.flushPeer(peer)
        } else if (peer.kept) this.tryRelay(peer)
      }
      if ([...this.peers.values()].some((peer) => (peer.info === null ? peer.kept : peer.link.hasUnsent))) this.watchRelays()
    })
  }

  private tryRelay(peer: Peer): void {
    if (!this.isRelayFresh(peer)) {
      const thirds = [...this.peers.values()].filter((third) => third.info?.role === 'member')
      if (thirds.length === 0) return
      peer.relay = (thirds[peer.relaysTried++ % thirds.length] as Peer).id
    }
    peer.link.rewind()
    peer.link.wantAnswer()
    const frame = peer.link.nextFrame(64)
    if (frame !== null && this.dispatch(peer, frame)) peer.link.sent(64)
    this.flushPeer(peer)
  }

  private overflow(peer: Peer): void {
    peer.link = this.newLink()
    this.transport?.disconnect(peer.id, 'too much is unacknowledged')
    this.disconnected(peer.id, 'too much is unacknowledged')
    this.options.overflowed(peer.id)
  }

  private dropAddress(peer: Peer): void {
    if (peer.address !== '' && !this.sought.has(peer.address)) this.dialler.drop(peer.address)
  }

  private isKeptAddress(address: string): boolean {
    for (const peer of this.peers.values()) if (peer.kept && peer.address === address) return true
    return false
  }

  private isConnectedAddress(address: string): boolean {
    for (const peer of this.peers.values()) if (peer.info !== null && peer.address === address) return true
    return false
  }
}
