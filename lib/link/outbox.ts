/**
 * This file sends frames: directly, or by one hop through a third node while two nodes that should be connected are not. It gives
 * a connection only as much as it takes, and sends an acknowledgement alone only if no frame can carry it.
 */
import type { NodeId } from '../base/ids.ts'
import { encodeLoose, encodeRelayed, frameMessagesMax, type Packed, type RelayedFrame } from '../wire/frame.ts'
import type { Peer } from './peer.ts'
import type { TimerHandle, Transport, World } from '../world/world.ts'

/**
 * How long an acknowledgement waits for a message to ride on: it only lets the other side forget what it sent. A member of several hosts
 * renews its session within this time, so its acknowledgements need no frames of their own.
 */
const acknowledgeDelayMs = 1500
/** After this many deliveries an acknowledgement is sent at once. */
const acknowledgeEvery = 64
/** How often a full connection is checked. */
const drainIntervalMs = 20
/** How often an unconnected peer is tried through another third, and lost messages are sent again. */
const relayIntervalMs = 500
/** How long a relayed path counts as open after the last frame through it. */
const relayFreshMs = 2000
/** How many bytes may wait in a connection before further ones wait here instead. */
const bufferedBytesMax = 4 * 1024 * 1024
/** The largest overhead of a frame, in bytes. */
const headBytesMax = 128
/** The largest overhead of a part, in bytes. */
const partHeadBytesMax = 16

export class Outbox {
  /** A message larger than this is to be cut into parts of this size, of which a frame has two. */
  readonly partBytesMax: number
  private readonly world: World
  private readonly self: NodeId
  private readonly peers: ReadonlyMap<NodeId, Peer>
  /** How many bytes the messages of one frame may take. */
  private readonly messagesBytesMax: number
  private transport: Transport | null = null
  private relayTimer: TimerHandle
  private drainTimer: TimerHandle

  constructor(world: World, self: NodeId, peers: ReadonlyMap<NodeId, Peer>, frameBytesMax: number) {
    this.world = world
    this.self = self
    this.peers = peers
    this.messagesBytesMax = Math.max(1, frameBytesMax - headBytesMax)
    this.partBytesMax = Math.max(256, Math.floor(this.messagesBytesMax / 2) - partHeadBytesMax)
  }

  attach(transport: Transport): void {
    this.transport = transport
  }

  close(): void {
    this.world.clearTimer(this.relayTimer)
    this.world.clearTimer(this.drainTimer)
    for (const peer of this.peers.values()) this.world.clearTimer(peer.acknowledgeTimer)
  }

  /** Sends the waiting messages of this peer, if there is a way to it. */
  flush(peer: Peer): void {
    if (peer.loose.length > 0) this.flushLoose(peer)
    while (peer.link.hasUnsent) {
      // A slow reader: further messages wait here, where they are counted, until the connection has caught up.
      if (peer.info !== null && (this.transport?.bufferedBytes(peer.id) ?? 0) > bufferedBytesMax) return this.drainSoon()
      // A detour without an answer yet is only tried, by `tryRelay`.
      if (peer.info === null && !this.isRelayFresh(peer)) return this.watchRelays()
      const frame = peer.link.nextFrame(this.messagesBytesMax)
      if (frame === null || !this.dispatch(peer, frame)) return this.watchRelays()
    }
  }

  /** Acknowledges the messages of a peer: at once if it waits for that or if many have come, else a little later. */
  acknowledge(peer: Peer, wantsAnswer: boolean): void {
    if (peer.link.acknowledgementsOwed === 0) return
    if (wantsAnswer || peer.link.acknowledgementsOwed >= acknowledgeEvery) return this.acknowledgeNow(peer)
    peer.acknowledgeTimer ??= this.world.setTimer(acknowledgeDelayMs, () => {
      peer.acknowledgeTimer = undefined
      if (peer.link.acknowledgementsOwed > 0) this.acknowledgeNow(peer)
    })
  }

  /** A frame of a peer came through a third: the way back is known. */
  heardThrough(peer: Peer, relay: NodeId): void {
    peer.relay = relay
    peer.relayHeardAtMs = this.world.time.monotonicMs()
  }

  isRelayFresh(peer: Peer): boolean {
    return this.world.time.monotonicMs() - peer.relayHeardAtMs < relayFreshMs
  }

  /** Nothing waits for this peer, and a connection to it waits for its turn only. */
  isAtEase({ link, address }: Peer): boolean {
    return link.backlog === 0 && this.transport?.isWaiting?.(address) === true
  }

  /** While a kept peer is not connected, tries one third after another and sends lost messages again. */
  watchRelays(): void {
    this.relayTimer ??= this.world.setTimer(relayIntervalMs, () => {
      this.relayTimer = undefined
      for (const peer of this.peers.values()) {
        if (peer.info !== null) this.flush(peer)
        else if (peer.kept && !this.isAtEase(peer)) this.tryRelay(peer)
      }
      for (const peer of this.peers.values()) if (peer.info === null && peer.kept) return this.watchRelays()
    })
  }

  /** Relays a frame of one peer to another; the frame is lost if that peer is not connected. */
  passOn({ from, to, inner }: RelayedFrame): void {
    this.transport?.send(to, encodeRelayed(from, to, inner), true)
  }

  private tryRelay(peer: Peer): void {
    if (!this.isRelayFresh(peer)) {
      const thirds = [...this.peers.values()].filter((third) => third.info?.role === 'member')
      if (thirds.length === 0) return
      peer.relay = (thirds[peer.relaysTried++ % thirds.length] as Peer).id
    }
    peer.link.rewind()
    peer.link.wantAnswer()
    const frame = peer.link.nextFrame(this.messagesBytesMax)
    if (frame !== null) this.dispatch(peer, frame)
    this.flush(peer)
  }

  private flushLoose(peer: Peer): void {
    const waiting = peer.loose
    peer.loose = []
    if (peer.info === null) return
    let batch: Packed[] = []
    let bytes = 0
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

  private acknowledgeNow(peer: Peer): void {
    const frame = peer.link.nextFrame(0)
    if (frame !== null) this.dispatch(peer, frame)
  }

  /** Sends the frame that the link has just made: directly, or through the third that worked last or is being tried. */
  private dispatch(peer: Peer, frame: Uint8Array): boolean {
    const { info, relay } = peer
    if (this.transport === null || (info === null && (relay === null || this.peers.get(relay)?.info == null))) return false
    const isSent =
      info === null
        ? this.transport.send(relay as NodeId, encodeRelayed(this.self, peer.id, frame), true)
        : this.transport.send(peer.id, frame, false)
    if (isSent) peer.link.sent()
    return isSent
  }

  private drainSoon(): void {
    this.drainTimer ??= this.world.setTimer(drainIntervalMs, () => {
      this.drainTimer = undefined
      for (const peer of this.peers.values()) if (peer.info !== null && peer.link.hasUnsent) this.flush(peer)
    })
  }
}
