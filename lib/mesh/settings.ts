/** This file declares the settings of the listener and the dialler, with their defaults and bounds. */
import type { Identity, Sockets } from '../world/world.ts'
import { protocolVersion } from '../wire/messages.ts'
import type { Credentials } from './credentials.ts'

/** The settings of the listener and the dialler. */
export interface MeshSettings {
  readonly identity: Identity
  readonly credentials: Credentials
  /** Where nodes with a unix socket are dialled; null without a local directory. */
  readonly sockets: Sockets | null
  readonly unref: boolean
  readonly protocol: number
  /** Where this node can be dialled; known once it listens. */
  address: string
  readonly frameBytesMax: number
  /** How long a dial, and a handshake on the listener's side, may take. */
  readonly handshakeMs: number
  /** Connections to nodes that have proven themselves. */
  readonly connectionsMax: number
  /** Those of them that may be observers'. */
  readonly observersMax: number
  /** Unproven connections. */
  readonly strangersMax: number
}

/** Defaults of what `MeshSettings` bounds. */
export const meshDefaults = {
  protocol: protocolVersion,
  frameBytesMax: 1_048_576,
  handshakeMs: 5_000,
  /** The same over unix sockets: no packet is lost there, and when many processes begin together each has little of the processor. */
  socketHandshakeMs: 30_000,
  connectionsMax: 4_096,
  observersMax: 64,
  /** Handshakes begun and not finished, over all peers. */
  challengesMax: 1_024,
  /** How often the listener's side looks whether a silent peer lives, and how long it waits for the answer. */
  pingIntervalMs: 5_000,
  pingTimeoutMs: 10_000,
} as const

/** How many connections a process may have that may open so many descriptors: most for nodes, few for strangers, the rest for the user's files. */
export function connectionBounds(descriptors: number): Pick<MeshSettings, 'connectionsMax' | 'strangersMax'> {
  return {
    connectionsMax: Math.min(meshDefaults.connectionsMax, Math.max(8, Math.floor(descriptors * 0.75))),
    strangersMax: Math.min(128, Math.max(8, Math.floor(descriptors / 16))),
  }
}

/** Room for what `Links` puts around the frames that it relays. */
export const frameSlackBytes = 4_096
