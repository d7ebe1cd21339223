/** This file opens the port or the unix socket at which a node listens, and says which address the node advertises. */
import { chmodSync } from 'node:fs'
import type { Server } from 'node:http'
import { createServer, type Server as BareServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { formatAddress, isLoopback, isUnspecified, parseAddress, readAddress } from '../base/address.ts'
import { AbortedError, BadOptionError, type HoldfastError, OverloadedError, RefusedError } from '../base/errors.ts'
import type { Patience } from '../world/world.ts'
import { describeShortage, isShortage } from './descriptors.ts'
import { refusedFolder } from './directory-checks.ts'
import { addressOfHost, type HostLookup } from './host-lookup.ts'

/** @throws BAD_OPTION if strangers could reach a listener without secret and TLS. */
export function checkListen(listen: string, isGuarded: boolean): void {
  const { host } = parseAddress(listen, 'listen')
  if (isGuarded || isLoopback(host)) return
  throw new BadOptionError(
    `listen at ${listen} is open to other machines and there is neither a secret nor tls: give all nodes the same 'secret' or 'tls',  ` +
      `listen at 127.0.0.1, or say 'insecure: true'`,
    { option: 'listen' },
  )
}

/** Where to listen, and how its host name is looked up. */
export interface ListeningPlace {
  readonly listen: string
  readonly lookup: HostLookup
  /** The signal that aborts the lookup. */
  readonly patience: Patience | undefined
}

/**
 * Starts to listen, and resolves with the port.
 *
 * @param failed Told when the server could not take a connection, later.
 * @throws BAD_OPTION (`listen`) when the node cannot listen at the address. OVERLOADED when no file descriptor is left for it.
 * ABORTED when the opening is given up while the host name is looked up.
 */
export async function bind(server: Server, place: ListeningPlace, failed: (error: Error) => void): Promise<number> {
  const { listen, lookup, patience } = place
  const { host: named, port } = parseAddress(listen, 'listen')
  const host = await addressOfHost(named, "'listen'", lookup, patience).catch((error: Error) => {
    throw error instanceof AbortedError ? error : listenError(listen, error)
  })
  return await new Promise((resolve, reject) => {
    const refused = (error: NodeJS.ErrnoException): void => reject(listenError(listen, error))
    server.once('error', refused)
    // In a worker of node:cluster this port would else be the primary's, which hands connections to any worker in turn.
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', refused)
      server.on('error', failed)
      const bound = server.address()
      resolve(typeof bound === 'object' && bound !== null ? bound.port : port)
    })
  })
}

/** What the system says where this process may have no unix sockets, or the folder can hold none. */
const noSocketCodes: ReadonlySet<string> = new Set(['EAFNOSUPPORT', 'EPROTONOSUPPORT', 'EOPNOTSUPP', 'ENOTSUP', 'EPERM'])

/**
 * Starts to listen at a unix socket that this user alone may connect to. Resolves with null, or with the code of the system's
 * refusal where it has no unix sockets for this process.
 *
 * @param failed Told when the server could not take a connection, later.
 * @throws OVERLOADED when there is no file descriptor for it; REFUSED when its file cannot be made (reason `directory`), or
 *   another node has it (`id`).
 */
export async function bindSocket(server: Server, path: string, failed: (error: Error) => void): Promise<string | null> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ path, exclusive: true }, () => {
        server.off('error', reject)
        resolve()
      })
    })
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (noSocketCodes.has(code)) return code
    throw socketError(path, error)
  }
  try {
    // The umask may have given other permissions.
    chmodSync(path, 0o600)
  } catch (error) {
    await new Promise((resolve) => server.close(resolve))
    throw socketError(path, error)
  }
  server.on('error', failed)
  return null
}

/** Binds a socket whose file was deleted once more; what connects there is the server's. The files of both go when they close. */
export function bindAgain(server: Server, path: string, failed: (error: Error) => void): BareServer {
  const again = createServer((socket) => server.emit('connection', socket))
  again.unref()
  again.on('error', failed)
  again.on('listening', () => {
    try {
      chmodSync(path, 0o600)
    } catch (error) {
      // It was deleted again, or lies where there are no modes: the folder lets no other user in.
      failed(error as Error)
    }
  })
  again.listen({ path, exclusive: true })
  return again
}

function socketError(path: string, cause: unknown): HoldfastError {
  if (isShortage(cause)) return new OverloadedError(`cannot listen at ${path}: ${describeShortage(cause)}`, { cause })
  const code = (cause as NodeJS.ErrnoException).code ?? String(cause)
  if (code === 'EADDRINUSE')
    return new RefusedError(`another node has the socket ${path}, which has this node's id: two nodes never share one`, {
      reason: 'id',
      cause,
    })
  return refusedFolder(path, `cannot be made (${code})`, 'see to the rights of its folder, and to the space on its disk', cause)
}

/** The address that others dial. `joinList`: the addresses at which the nodes of the cluster are looked for. */
export function advertisedAddress(
  listen: string,
  advertise: string | undefined,
  port: number,
  joinList: readonly string[] = [],
): string {
  if (advertise === undefined) {
    const { host } = parseAddress(listen, 'listen')
    if (!isUnspecified(host)) return formatAddress({ host, port })
    return listedAddress(joinList, port, networkInterfaces()) ?? formatAddress({ host: reachable(host), port })
  }
  const advertised = parseAddress(advertise, 'advertise')
  return formatAddress({ host: advertised.host, port: advertised.port === 0 ? port : advertised.port })
}

function listenError(listen: string, cause: NodeJS.ErrnoException): Error {
  if (isShortage(cause)) return new OverloadedError(`cannot listen at ${listen}: ${describeShortage(cause)}`, { cause })
  const what =
    cause.code === 'EADDRINUSE'
      ? `the address is in use by another process: choose another, or port 0 for a free one`
      : cause.code === 'EADDRNOTAVAIL'
        ? 'the address is not one of this machine'
        : cause.code === 'EACCES'
          ? 'this user may not listen at this port: choose one above 1023'
          : cause.code === 'ENOTFOUND' || cause.code === 'EAI_AGAIN'
            ? 'the name cannot be resolved'
            : cause.message
  return new BadOptionError(`cannot listen at ${listen}: ${what}`, { option: 'listen', cause })
}

/**
 * The entry of the join list that is this machine's address and this port; null if the list has no such entry. A loopback address
 * is every machine's own, so it counts only in a list of nothing else.
 */
export function listedAddress(
  joinList: readonly string[],
  port: number,
  interfaces: ReturnType<typeof networkInterfaces>,
): string | null {
  const entries = joinList.map((entry) => parseAddress(entry, 'join'))
  const isLocal = entries.every(({ host }) => isLoopback(host))
  const own = Object.values(interfaces)
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal }) => !internal || isLocal)
    .map(({ address }) => readAddress(`[${address}]:0`)?.host ?? address)
  const entry = entries.find((each) => each.port === port && own.includes(each.host))
  return entry === undefined ? null : formatAddress(entry)
}

/** The host to advertise for all interfaces: the first that leads out of the machine. */
function reachable(host: string): string {
  const found = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter((each) => !each.internal && !each.address.startsWith('fe80'))
  const best = found.find((each) => each.family === 'IPv4') ?? (host === '::' ? found[0] : undefined)
  return best?.address ?? (host === '::' ? '::1' : '127.0.0.1')
}
