/**
 * All of a node's links: who is connected, what waits to be sent, and which way it goes. All messages for one peer in one
 * turn of the loop go out as one frame: at the end of an incoming frame's handling, or else at the end of the turn. A
 * member that cannot be reached directly is reached through a third.
 *
 * A message is put into bytes when it is sent, so it is what it was then, however often it is sent again, and whoever
 * made one that cannot travel hears of it. Messages to oneself are delivered at the end of the turn, and touch no wire.
 */
import type { HoldfastError } from '../base/errors.ts'
import type { NodeId } from '../base/ids.ts'
import type { Event } from '../observe/events.ts'
import { cutMessage, decodeFrame, encodeLoose, encodeRelayed, frameMessagesMax, type OrderedFrame, packMessage, type Packed, type RelayedFrame } from '../wire/frame.ts'
import type { Message } from '../wire/messages.ts'
import { WireError } from '../wire/schema.ts'
import { Dialler } from './dialler.ts'
import { Link } from './link.ts'
import type { Post } from './runtime.ts'
import type { PeerInfo, TimerHandle, Transport, TransportHandler, World } from './world.ts'

export interface LinkLimits {
  /** Messages to one peer that it has not acknowledged; past it the peer counts as unreachable. */
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
  /** What this throws goes on to whoever called `Links`, after the rest of the frame was delivered. */
  deliver(from: NodeId, message: Message): void
  emit(event: Event): void
  opened(peer: PeerInfo): void
  closed(peer: NodeId, reason: string): void
  dialFailed(address: string, error: HoldfastError | Error): void
  /** More waits for this peer than may: what waited was dropped, and the connection is cut. Told at the end of the turn. */
  overflowed(peer: NodeId): void
}

interface Peer {
  readonly id: NodeId
  /** Empty when it only dials. */
  address: string
  kept: boolean
  info: PeerInfo | null
  link: Link
  loose: Packed[]
  isDirty: boolean
  isOverflowing: boolean
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
/** How often a connection that has too much in it is looked at. */
const drainIntervalMs = 20
/** How often an unconnected peer is tried through another third, and what it lost is sent again. */
const relayIntervalMs = 500
/** A relayed path counts for so long after the last sign through it. */
const relayFreshMs = 2000
/** Bytes that may wait in a connection before more is kept here instead. */
const bufferedBytesMax = 4 * 1024 * 1024
const unacknowledgedBytesMaxDefault = 64 * 1024 * 1024
const overflowReason = 'too much is unacknowledged'
/** What a frame has beside its messages, at the most. */
const headBytesMax = 128

export class Links implements Post, TransportHandler {
  private readonly world: World
  private readonly options: LinksOptions
  private readonly self: NodeId
  private readonly peers = new Map<NodeId, Peer>()
  private readonly sought = new Set<string>()
  /** Addresses at which the one who answered was this node. */
  private readonly ownAddresses = new Set<string>()
  /** Messages of a frame take so many bytes; a larger one is cut to so many, of which a frame has two. */
  private readonly messagesBytesMax: number
  private readonly partBytesMax: number
  private readonly unacknowledgedBytesMax: number
  private readonly dialler: Dialler
  private transport: Transport | null = null
  private dirty: Peer[] = []
  private toSelf: Message[] = []
  private flushIsDue = false
  private isClosed = false
  private lastLinkNumber = 0
  private relayTimer: TimerHandle
  private drainTimer: TimerHandle
  /** What `deliver` threw, until the frame is dealt with. */
  private failure: { readonly error: unknown } | null = null

  constructor(options: LinksOptions) {
    this.options = options
    this.world = options.world
    this.self = options.self
    this.messagesBytesMax = Math.max(1, options.limits.frameBytesMax - headBytesMax)
    this.partBytesMax = Math.max(256, Math.floor(options.limits.frameBytesMax / 2))
    this.unacknowledgedBytesMax = options.limits.unacknowledgedBytesMax ?? unacknowledgedBytesMaxDefault
    this.dialler = new Dialler(this.world, (address) => this.transport?.dial(address))
  }

  /** From now on there is something to dial with. */
  attach(transport: Transport): void {
    this.transport = transport
  }

  /**
   * In order, exactly once, for as long as both nodes live. A user's data that is not plain, or a message that is too
   * large, is not sent; that is an event.
   */
  send(to: NodeId, message: Message): void {
    if (this.isClosed) return
    if (to === this.self) {
      this.toSelf.push(message)
      return this.flushSoon()
    }
    const packed = this.pack(to, message)
    if (packed === null) return
    const peer = this.peer(to)
    for (const part of cutMessage(packed, this.partBytesMax)) peer.link.push(part)
    const { backlog, backlogBytes } = peer.link
    if (backlog > this.options.limits.unacknowledgedMax || backlogBytes > this.unacknowledgedBytesMax) return this.overflow(peer)
    this.touch(peer)
  }

  /** At most once, in one frame and never queued. */
  sendLoose(to: NodeId, message: Message): void {
    if (this.isClosed || to === this.self) return
    const peer = this.peers.get(to)
    if (peer === undefined || peer.info === null) return
    const packed = this.pack(to, message)
    if (packed === null) return
    peer.loose.push(packed)
    this.touch(peer)
  }

  /** This peer should stay connected: dials, and dials again. */
  keep(id: NodeId, address: string): void {
    if (this.isClosed || id === this.self) return
    const peer = this.peer(id)
    peer.kept = true
    if (address === '' || address === this.transport?.address) return
    const former = peer.address
    peer.address = address
    this.dropAddress(former)
    if (peer.info === null) this.dialler.want(address)
    this.watchRelays()
  }

  /** Keeps trying to reach whoever is at these addresses, and at those only (beside the peers that are kept). */
  seek(addresses: readonly string[]): void {
    if (this.isClosed) return
    for (const address of [...this.sought]) {
      if (addresses.includes(address)) continue
      this.sought.delete(address)
      this.dropAddress(address)
    }
    for (const address of addresses) {
      if (address === '' || address === this.transport?.address || this.ownAddresses.has(address)) continue
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
    this.dropAddress(peer.address)
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
    this.world.clearTimer(this.drainTimer)
    for (const peer of this.peers.values()) this.world.clearTimer(peer.acknowledgeTimer)
    this.peers.clear()
    this.dirty = []
    this.toSelf = []
  }

  // What the transport reports.

  connected(info: PeerInfo): void {
    if (this.isClosed) return
    const peer = this.peer(info.id)
    peer.info = info
    peer.relay = null
    if (info.address !== '') {
      const former = peer.address
      peer.address = info.address
      this.dropAddress(former)
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
    // A frame of a connection that was cut, or of somebody who was forgotten.
    if (this.isClosed || !this.isConnected(from)) return
    try {
      this.take(from, bytes)
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
      this.ownAddresses.add(address)
      this.sought.delete(address)
      return this.dialler.drop(address)
    }
    this.options.dialFailed(address, error)
    if (!this.isConnectedAddress(address)) this.dialler.again(address)
  }

  refused(from: string, error: HoldfastError): void {
    this.options.emit({ type: 'peerRefused', from, code: error.code, message: error.message })
  }

  private take(from: NodeId, bytes: Uint8Array): void {
    const frame = decodeFrame(bytes)
    switch (frame.kind) {
      case 'ordered':
        return this.takeOrdered(from, frame, null)
      case 'loose':
        for (const message of frame.messages) this.deliver(from, message)
        return
      case 'relayed':
        return this.takeRelayed(from, frame)
    }
  }

  private takeOrdered(from: NodeId, frame: OrderedFrame, relay: NodeId | null): void {
    const peer = this.peers.get(from)
    if (peer === undefined) return
    if (relay !== null) {
      peer.relay = relay
      peer.relayHeardAtMs = this.world.time.monotonicMs()
    }
    peer.link.receive(frame, (message) => this.deliver(from, message))
    if (this.isClosed || this.peers.get(from) !== peer) return
    // An acknowledgement may have made room, and what is sent in answer lets an acknowledgement ride along.
    if (peer.link.hasUnsent) this.flushPeer(peer)
    if (peer.link.acknowledgementsOwed === 0) return
    if (frame.wantsAnswer || peer.link.acknowledgementsOwed >= acknowledgeEvery) this.acknowledge(peer)
    else {
      peer.acknowledgeTimer ??= this.world.setTimer(acknowledgeDelayMs, () => {
        peer.acknowledgeTimer = undefined
        if (peer.link.acknowledgementsOwed > 0) this.acknowledge(peer)
      })
    }
  }

  private takeRelayed(by: NodeId, frame: RelayedFrame): void {
    // Only members are thirds for each other, and only for those whom this node knows.
    if (this.peers.get(by)?.info?.role !== 'member') throw new WireError('an observer relays nothing')
    if (frame.to === this.self) return this.takeInner(by, frame)
    // One hop only: whoever asks must be the origin, and the receiver must be next to us.
    if (frame.from === by && this.isConnected(frame.to)) {
      this.transport?.send(frame.to, encodeRelayed(by, frame.to, frame.inner), true)
    }
  }

  private takeInner(by: NodeId, { from, inner }: RelayedFrame): void {
    try {
      const frame = decodeFrame(inner)
      if (frame.kind !== 'ordered') throw new WireError('only ordered frames are relayed')
      if (from !== this.self) this.takeOrdered(from, frame, by)
    } catch (error) {
      if (!(error instanceof WireError)) throw error
      // The third passes on what it does not read: its connection is not to blame.
      this.options.emit({ type: 'messageRejected', peer: from, message: `through ${by}: ${error.message}` })
    }
  }

  /** What a receiver throws must neither be lost nor keep the frame's other messages from being delivered. */
  private deliver(from: NodeId, message: Message): void {
    if (this.isClosed) return
    try {
      this.options.deliver(from, message)
    } catch (error) {
      this.failure ??= { error }
    }
  }

  private acknowledge(peer: Peer): void {
    const frame = peer.link.nextFrame(0)
    if (frame !== null && this.dispatch(peer, frame)) peer.link.sent()
  }

  private pack(to: NodeId, message: Message): Packed | null {
    try {
      return packMessage(message)
    } catch (error) {
      if (!(error instanceof WireError)) throw error
      this.options.emit({ type: 'messageRejected', peer: to, message: `not sent: ${error.message}` })
      return null
    }
  }

  private peer(id: NodeId): Peer {
    let peer = this.peers.get(id)
    if (peer === undefined) {
      peer = {
        id, address: '', kept: false, info: null, link: new Link(this.nextLinkNumber()), loose: [], isDirty: false, isOverflowing: false, acknowledgeTimer: undefined,
        relay: null, relayHeardAtMs: Number.NEGATIVE_INFINITY, relaysTried: 0,
      }
      this.peers.set(id, peer)
    }
    return peer
  }

  /** Numbers rise with the wall clock too, so that a link made after a loss of memory is later than those before. */
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

  /** Sends whatever waits; what was sent to oneself may cause more, and that goes out too. */
  private flush(): void {
    while (!this.isClosed && (this.dirty.length > 0 || this.toSelf.length > 0)) {
      const own = this.toSelf
      if (own.length > 0) {
        this.toSelf = []
        for (const message of own) this.deliver(this.self, message)
      }
      const dirty = this.dirty
      this.dirty = []
      for (const peer of dirty) {
        peer.isDirty = false
        if (this.peers.get(peer.id) === peer) this.flushPeer(peer)
      }
    }
    if (this.failure === null) return
    const { error } = this.failure
    this.failure = null
    throw error
  }

  private flushPeer(peer: Peer): void {
    if (peer.loose.length > 0) this.flushLoose(peer)
    while (peer.link.hasUnsent) {
      // A slow reader: what waits is kept here, where it is counted, until the connection has caught up.
      if (peer.info !== null && (this.transport?.bufferedBytes(peer.id) ?? 0) > bufferedBytesMax) return this.drainSoon()
      // A detour that nobody has answered by yet is only tried, by `tryRelay`.
      if (peer.info === null && !this.isRelayFresh(peer)) return this.watchRelays()
      if (!this.dispatchNext(peer)) return this.watchRelays()
    }
  }

  private flushLoose(peer: Peer): void {
    const waiting = peer.loose
    peer.loose = []
    if (peer.info === null) return
    let bytes = 0
    let batch: Packed[] = []
    for (const packed of waiting) {
      if (packed.length > this.messagesBytesMax) continue
      if (bytes + packed.length > this.messagesBytesMax || batch.length === frameMessagesMax) {
        this.transport?.send(peer.id, encodeLoose(batch), true)
        batch = []
        bytes = 0
      }
      batch.push(packed)
      bytes += packed.length
    }
    if (batch.length > 0) this.transport?.send(peer.id, encodeLoose(batch), true)
  }

  private dispatchNext(peer: Peer): boolean {
    const frame = peer.link.nextFrame(this.messagesBytesMax)
    if (frame === null || !this.dispatch(peer, frame)) return false
    peer.link.sent()
    return true
  }

  private drainSoon(): void {
    this.drainTimer ??= this.world.setTimer(drainIntervalMs, () => {
      this.drainTimer = undefined
      for (const peer of this.peers.values()) if (peer.info !== null && peer.link.hasUnsent) this.flushPeer(peer)
    })
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

  /** While a kept peer is not connected, tries a third after the other and sends again what got lost. */
  private watchRelays(): void {
    this.relayTimer ??= this.world.setTimer(relayIntervalMs, () => {
      this.relayTimer = undefined
      for (const peer of this.peers.values()) {
        if (peer.info !== null) this.flushPeer(peer)
        else if (peer.kept) this.tryRelay(peer)
      }
      for (const peer of this.peers.values()) if (peer.info === null && peer.kept) return this.watchRelays()
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
    this.dispatchNext(peer)
    this.flushPeer(peer)
  }

  /** The buffer is given up at once; who is told, at the end of the turn, was perhaps in the middle of sending. */
  private overflow(peer: Peer): void {
    peer.link.restart(this.nextLinkNumber())
    if (peer.isOverflowing) return
    peer.isOverflowing = true
    this.world.defer(() => {
      peer.isOverflowing = false
      if (this.isClosed || this.peers.get(peer.id) !== peer) return
      this.transport?.disconnect(peer.id, overflowReason)
      this.disconnected(peer.id, overflowReason)
      this.options.overflowed(peer.id)
    })
  }

  /** Stops dialling an address that nothing leads to any more. */
  private dropAddress(address: string): void {
    if (address !== '' && !this.sought.has(address) && !this.isKeptAddress(address)) this.dialler.drop(address)
  }

  private isKeptAddress(address: string): boolean {
    for (const peer of this.peers.values()) if (peer.kept && peer.address === address) return true
    return false
  }

  private isConnectedAddress(address: string): boolean {
    for (const peer of this.peers.values()) if (peer.info !== null && (peer.info.address === address || peer.address === address)) return true
    return false
  }
}
