import type { Identity } from '../actor/world.ts'
import { protocolVersion } from '../wire/messages.ts'

/** Mutual TLS, as PEM texts: this node's key and certificate, and the authority that signs those of all nodes. */
export interface MeshTls {
  readonly key: string
  readonly cert: string
  readonly ca: string
}

/** What listener and dialler go by. */
export interface MeshSettings {
  readonly identity: Identity
  readonly secret: string | undefined
  readonly tls: MeshTls | undefined
  readonly unref: boolean
  readonly protocol: number
  /** Where this node can be dialled; known once it listens. */
  address: string
  readonly frameBytesMax: number
  /** How long a dial, and a handshake on the listener's side, may take. */
  readonly handshakeMs: number
  readonly connectionsMax: number
}

/** Defaults of what `MeshSettings` bounds. */
export const meshDefaults = {
  protocol: protocolVersion,
  frameBytesMax: 1_048_576,
  handshakeMs: 5_000,
  connectionsMax: 4_096,
  /** Handshakes begun and not finished, over all peers. */
  challengesMax: 1_024,
  /** How often the listener's side looks whether a silent peer lives, and how long it waits for the answer. */
  pingIntervalMs: 5_000,
  pingTimeoutMs: 10_000,
} as const

/** Room for what `Links` puts around the frames that it relays. */
export const frameSlackBytes = 4_096
