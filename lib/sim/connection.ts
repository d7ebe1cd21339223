/**
 * This file simulates one connection between two endpoints. It keeps the order of frames while it lives, and loses what is in
 * flight when it is cut.
 */
import type { NodeId } from '../base/ids.ts'
import type { SimEndpoint } from './endpoint.ts'

/**
 * One connection between two endpoints: a *connection epoch*. While it lives, frames come out in the order in which they went in.
 * When it is cut, frames in flight are gone, and a later connection between the same two knows nothing of this one. That is what
 * TCP gives, and all that it gives.
 */
export class SimConnection {
  readonly dialler: ConnectionEnd
  readonly listener: ConnectionEnd

  constructor(dialler: SimEndpoint, listener: SimEndpoint) {
    this.dialler = new ConnectionEnd(this, dialler, listener)
    this.listener = new ConnectionEnd(this, listener, dialler)
  }

  /** The end at the other side. */
  opposite(end: ConnectionEnd): ConnectionEnd {
    return end === this.dialler ? this.listener : this.dialler
  }

  /** True while neither end has closed. */
  get lives(): boolean {
    return this.dialler.state !== 'closed' && this.listener.state !== 'closed'
  }
}

/** What travels: frames, and at the last the news that the sender closed its end in good order. */
export type Transmission =
  | { readonly type: 'opened' }
  | { readonly type: 'frame'; readonly bytes: Uint8Array }
  | { readonly type: 'closed'; readonly reason: string }

/**
 * One end: its owner's state of the connection, and the way *from* the owner to the other side. `opening` means that
 * the owner dialled and has not heard yet that it was accepted.
 */
export class ConnectionEnd {
  readonly connection: SimConnection
  readonly owner: SimEndpoint
  readonly peer: SimEndpoint
  state: 'opening' | 'open' | 'closed' = 'opening'
  /** What was sent and has not arrived, with when it is to; in order. INV-C1: `atMs` never falls along the list. */
  readonly inFlight: { readonly atMs: number; readonly parcel: Transmission }[] = []
  /** Set while the arrival of the first in flight is scheduled. */
  scheduled = false
  /** Nothing that is sent arrives any more: cut, or the owner is dead. */
  broken = false
  /** How the trace tells a frame that arrives at this end. */
  readonly frameText: string
  /** Bytes sent and not yet taken by the peer's handler. */
  pendingBytes = 0

  constructor(connection: SimConnection, owner: SimEndpoint, peer: SimEndpoint) {
    this.connection = connection
    this.owner = owner
    this.peer = peer
    this.frameText = `frame ${peer.identity.id}`
  }

  get peerId(): NodeId {
    return this.peer.identity.id
  }

  /** Loses what is in flight, and everything sent from now on. */
  break(): void {
    this.broken = true
    this.inFlight.length = 0
    this.pendingBytes = 0
  }
}
