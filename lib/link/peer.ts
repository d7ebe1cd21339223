/** This file declares what a node keeps for one peer: the link, the address, and what the handshake proved. */
import type { NodeId } from '../base/ids.ts'
import type { Packed, WireFormat } from '../wire/frame.ts'
import { Link } from './link.ts'
import type { PeerInfo, TimerHandle } from '../world/world.ts'

/** What a node keeps for one peer, connected or not. */
export interface Peer {
  readonly id: NodeId
  readonly link: Link
  /** Where it can be dialled; empty if it only dials. */
  address: string
  /** It should stay connected. */
  kept: boolean
  /** What the handshake proved, while it is connected. */
  info: PeerInfo | null
  /** Messages that wait for the end of the turn, for delivery at most once. */
  loose: Packed[]
  /** It is in the list of peers with a frame to send. */
  isDirty: boolean
  isOverflowing: boolean
  acknowledgeTimer: TimerHandle
  /** The peer through which this one was last heard of, or is tried; when it was heard; how many were tried. */
  relay: NodeId | null
  relayHeardAtMs: number
  relaysTried: number
}

export function newPeer(id: NodeId, linkNumber: number, format: WireFormat): Peer {
  return {
    id,
    link: new Link(linkNumber, format),
    address: '',
    kept: false,
    info: null,
    loose: [],
    isDirty: false,
    isOverflowing: false,
    acknowledgeTimer: undefined,
    relay: null,
    relayHeardAtMs: Number.NEGATIVE_INFINITY,
    relaysTried: 0,
  }
}
