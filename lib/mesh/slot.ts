/**
 * This file is the place of one peer at a transport, from the moment at which a connection with it is wanted or admitted until it
 * is dropped. It passes the connection's frames to the transport's handler, as long as the place belongs to the peer.
 */
import type { PeerInfo, TransportHandler } from '../world/world.ts'
import type { Connection } from './connection.ts'
import type { UpgradeListener } from './dialler.ts'
import type { SocketTransport } from './transport.ts'

export class Slot implements UpgradeListener {
  /** The nonce by which both sides name this connection. */
  readonly name: string
  readonly dialledBy: 'us' | 'them'
  readonly info: PeerInfo
  connection: Connection | null = null
  /** The handler has heard `connected`. */
  isOpen = false
  /** The peer has another slot by now, or none. */
  isDropped = false
  private readonly transport: SocketTransport
  private readonly handler: TransportHandler

  constructor(name: string, dialledBy: 'us' | 'them', info: PeerInfo, transport: SocketTransport, handler: TransportHandler) {
    this.name = name
    this.dialledBy = dialledBy
    this.info = info
    this.transport = transport
    this.handler = handler
  }

  frame(bytes: Uint8Array): void {
    // The handler has no peer before the slot is open and after it was dropped.
    if (this.isOpen && !this.isDropped) this.handler.frame(this.info.id, bytes)
  }

  opened(): void {
    this.transport.slotOpened(this)
  }

  /** The dial waits for the connection that stands, until its time is up. */
  duplicate(): void {
    this.transport.drop(this)
  }

  failed(error: Error): void {
    this.transport.slotFailed(this, error)
  }

  tampered(): void {
    this.transport.slotTampered(this)
  }

  closed(reason: string): void {
    this.transport.slotClosed(this, reason)
  }
}
