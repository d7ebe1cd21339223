/** This file implements `Transport` for one simulated node, on the connections of a `SimNetwork`. */
import type { Identity, PeerInfo, Transport, TransportHandler } from '../world/world.ts'
import type { NodeId } from '../base/ids.ts'
import type { ConnectionEnd } from './connection.ts'
import type { SimNetwork } from './network.ts'
import type { SimWorld } from './world.ts'

/** One node's side of the simulated mesh: a `Transport` whose sockets are connections of a `SimNetwork`. */
export class SimEndpoint implements Transport {
  readonly world: SimWorld
  readonly address: string
  /** The name under which faults and traces speak of this endpoint. */
  readonly place: string
  readonly identity: Identity
  readonly handler: TransportHandler
  /** INV-E1: at most one end for a peer, and none of them closed. */
  readonly ends = new Map<NodeId, ConnectionEnd>()
  /** Addresses being dialled at the moment. */
  readonly dialling = new Set<string>()
  isOpen = true
  private readonly network: SimNetwork

  constructor(network: SimNetwork, world: SimWorld, address: string, identity: Identity, handler: TransportHandler) {
    this.network = network
    this.world = world
    this.address = address
    this.identity = identity
    this.handler = handler
    this.place = address === '' ? `${world.host.name}:${identity.id}` : address
  }

  dial(address: string): void {
    if (this.isOpen) this.network.dial(this, address)
  }

  isConnected(peer: NodeId): boolean {
    return this.ends.get(peer)?.state === 'open'
  }

  send(peer: NodeId, frame: Uint8Array, volatile: boolean): boolean {
    const end = this.ends.get(peer)
    if (end === undefined || end.state !== 'open') return false
    if (volatile && this.bufferedBytes(peer) > 0) return false
    if (this.network.loses(end, volatile)) return true
    // The sender may use its buffer again at once, so the network carries a copy.
    this.network.carryFrame(end, new Uint8Array(frame), volatile)
    return true
  }

  bufferedBytes(peer: NodeId): number {
    const end = this.ends.get(peer)
    return end !== undefined && this.network.isHeldUp(end) ? end.pendingBytes : 0
  }

  disconnect(peer: NodeId, reason: string): void {
    const end = this.ends.get(peer)
    if (end === undefined) return
    const wasOpen = end.state === 'open'
    this.network.closeEnd(end, reason)
    if (wasOpen) this.world.defer(() => this.hear(() => this.handler.disconnected(peer, reason)))
  }

  close(): Promise<void> {
    if (this.isOpen) {
      for (const end of [...this.ends.values()]) this.network.closeEnd(end, 'closed')
      this.isOpen = false
      this.network.unlisten(this)
    }
    return Promise.resolve()
  }

  /** Calls the handler, unless the endpoint was closed: nothing is heard after that. */
  hear(call: () => void): void {
    if (this.isOpen && this.world.isAlive) call()
  }

  /** What the handshake with this endpoint proves to `other`. */
  infoFor(other: SimEndpoint, errorMs: number): PeerInfo {
    return {
      id: this.identity.id,
      address: this.address,
      role: this.identity.role,
      wallOffsetMs: this.world.time.wallMs() - other.world.time.wallMs() + errorMs,
    }
  }
}
