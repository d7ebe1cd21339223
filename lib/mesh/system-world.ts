/**
 * This file is the real world: the system's clocks and timers, sockets on the network, and the local directory in files. A node
 * in production reaches out through this and nothing else.
 */
import { parseAddress } from '../base/address.ts'
import type { Random } from '../base/random.ts'
import type { Directory, Identity, Patience, Sockets, Transport, TransportHandler, World } from '../world/world.ts'
import { clearSystemTimer, setSystemTimer, systemTime } from './clock.ts'
import { descriptorLimit } from './descriptors.ts'
import { findLocalDirectory, openLocalDirectory } from './directory-opening.ts'
import { type HostLookup, systemLookup } from './host-lookup.ts'
import { checkListen } from './listening.ts'
import { newNodeId } from './node-ids.ts'
import { Credentials, type MeshTls } from './credentials.ts'
import { connectionBounds, meshDefaults, type MeshSettings } from './settings.ts'
import { checkTls } from './tls-check.ts'
import { SocketTransport } from './transport.ts'
import { processEpochs } from './process-epochs.ts'
import { defaultStateFolder, openStateFolder } from './state-folder.ts'
import { queueMicrotask, setImmediate } from './real-time.ts'

/** What the real world can be told; the options of `createNode` of the same names go through unchanged. */
export interface SystemWorldOptions {
  /** `host:port`. Default: the node's unix socket in the local directory, else `127.0.0.1:0` (loopback, a free port). */
  readonly listen?: string | undefined
  /** The address that others dial, if it differs from `listen`; port 0 stands for the listening port. */
  readonly advertise?: string | undefined
  /** With a list of addresses, a node that listens at all interfaces advertises its own address of that list. */
  readonly join?: string | readonly string[] | undefined
  /** Proven in the handshake when the identity brings none. */
  readonly secret?: string | undefined
  readonly tls?: MeshTls | undefined
  /** Confirms that the node shall listen beyond loopback without secret and TLS. */
  readonly insecure?: boolean | undefined
  /** The folder that holds the local directories of all clusters; default `holdfast-UID` in the system's temporary folder. */
  readonly directory?: string | undefined
  /** If true, timers and sockets do not keep the process alive. */
  readonly unref?: boolean | undefined
  readonly limits?: { readonly frameBytesMax?: number | undefined } | undefined
  /** Connections to proven nodes at once. Default 4096, or three quarters of the file descriptors that the process may have. */
  readonly connectionsMax?: number | undefined
  /** Connections at once that have proven nothing yet. Default a sixteenth of the file descriptors, from 8 to 128. */
  readonly strangersMax?: number | undefined
  /** How long a dial may take. Default 5,000. */
  readonly handshakeMs?: number | undefined
  /** The protocol version to claim, for tests of how versions refuse each other. */
  readonly protocol?: number | undefined
  /** How the host name of `listen` is looked up, for tests of slow name servers. Default: by the system. */
  readonly lookup?: HostLookup | undefined
}

/** Not seeded: what is drawn here need not be told again. */
export const systemRandom: Random = {
  next: () => Math.random(),
  below: (bound) => Math.floor(Math.random() * bound),
}

/**
 * The world as it is.
 *
 * Its `openTransport` rejects with BAD_OPTION (`listen` or `advertise`) when the address is malformed, in use, not this
 * machine's, or open to other machines without secret and TLS. Its `openDirectory` and `findDirectory` reject with REFUSED when
 * the directory is not ours to use.
 *
 * @example const node = await startNode(systemWorld({ listen: '10.0.0.1:7000', secret }), settings)
 */
export function systemWorld(options: SystemWorldOptions = {}): World {
  const unref = options.unref ?? false
  // Now, and not when it is used: the environment may change.
  const stateFolder = defaultStateFolder()
  return {
    time: systemTime,
    random: systemRandom,
    setTimer: (delayMs, fire) => setSystemTimer(delayMs, fire, unref),
    clearTimer: clearSystemTimer,
    defer: (task) => queueMicrotask(task),
    nextTurn: (task) => void setImmediate(task),
    newId: newNodeId,
    openTransport: (identity, handler, patience, directory) =>
      // Windows has no unix sockets that Node can open.
      openTransport(options, identity, handler, patience, process.platform === 'win32' ? null : (directory?.sockets ?? null)),
    openDirectory: (cluster, patience): Promise<Directory> => openLocalDirectory(cluster, options.directory, patience),
    findDirectory: (cluster, patience): Promise<Directory | null> => findLocalDirectory(cluster, options.directory, patience),
    openState: (folder, cluster) => openStateFolder(folder ?? stateFolder, cluster),
    epochs: processEpochs(),
  }
}

async function openTransport(
  options: SystemWorldOptions,
  identity: Identity,
  handler: TransportHandler,
  patience: Patience | undefined,
  sockets: Sockets | null,
): Promise<Transport> {
  const credentials = new Credentials(identity.secret ?? options.secret, options.tls)
  const listen = options.listen ?? '127.0.0.1:0'
  checkListen(listen, credentials.areAny || options.insecure === true)
  if (options.advertise !== undefined) parseAddress(options.advertise, 'advertise')
  if (options.tls !== undefined) checkTls(options.tls)
  const usesSocket = sockets !== null && !asksForPort(options)
  const bounds = connectionBounds(descriptorLimit())
  const connectionsMax = options.connectionsMax ?? bounds.connectionsMax
  const settings: MeshSettings = {
    identity,
    credentials,
    sockets,
    unref: options.unref ?? false,
    protocol: options.protocol ?? meshDefaults.protocol,
    address: '',
    frameBytesMax: options.limits?.frameBytesMax ?? meshDefaults.frameBytesMax,
    handshakeMs: options.handshakeMs ?? (usesSocket ? meshDefaults.socketHandshakeMs : meshDefaults.handshakeMs),
    connectionsMax,
    observersMax: Math.min(meshDefaults.observersMax, Math.max(1, connectionsMax >> 3)),
    strangersMax: options.strangersMax ?? bounds.strangersMax,
  }
  // Observers only dial.
  const transport = new SocketTransport(settings, handler, identity.role === 'member')
  if (usesSocket && (await transport.listenAtSocket())) return transport
  const place = { listen, lookup: options.lookup ?? systemLookup, patience }
  await transport.listen(place, options.advertise, typeof options.join === 'string' ? [] : options.join)
  return transport
}

/** Whether an option speaks of a host: a unix socket has none, so that no certificate names it and it cannot be advertised. */
function asksForPort({ listen, advertise, tls }: SystemWorldOptions): boolean {
  return listen !== undefined || advertise !== undefined || tls !== undefined
}
