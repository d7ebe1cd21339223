/**
 * This file makes beacons. A beacon shows the other processes of this user that a node of a cluster lives on this host, and which
 * folder it uses as the local directory. A path is not enough for that: in another mount namespace (systemd's `PrivateTmp=yes`,
 * `unshare -m`) the same path leads to another folder. Names of abstract unix sockets belong to the network namespace, so mount
 * namespaces do not hide them.
 *
 *   holdfast-HASH-DEVICE:INODE-PID-UNIQUE       HASH: of user, cluster, boot, pid namespace and the folder's path as text
 *
 * The socket carries nothing. Any user may make such a name, so a reader has to check who has the socket open
 * (`beacon-sightings.ts`).
 */
import { createHash, randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:net'
import { processFacts } from './process-facts.ts'

/** Errors of a shortage in this process; they do not mean that the host has no abstract sockets. */
const shortageCodes: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'ENOBUFS'])

/** The beginning of the names of all beacons of one cluster, wherever their folders are. `root`: the path that they were told. */
export function beaconPrefix(cluster: string, root: string): string {
  const { bootId, pidNamespace } = processFacts()
  const place = JSON.stringify([process.getuid?.() ?? -1, cluster, bootId, pidNamespace, root])
  return `holdfast-${createHash('sha256').update(place).digest('hex').slice(0, 32)}-`
}

/** A beacon that stands. */
export class Beacon {
  readonly name: string
  private readonly server: Server

  private constructor(name: string, server: Server) {
    this.name = name
    this.server = server
  }

  /**
   * Binds the socket. It keeps no process alive.
   *
   * @param folder The folder's `folderId`.
   * @returns The error's code as text where the system refuses such sockets.
   * @throws The system's error when this process has no descriptor or memory left for it.
   */
  static async raise(prefix: string, folder: string): Promise<Beacon | string> {
    const name = `${prefix}${folder}-${process.pid}-${randomBytes(6).toString('hex')}`
    const server = createServer((stranger) => stranger.destroy())
    server.unref()
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        // Not shared: a worker of node:cluster would be given a socket of its parent's.
        server.listen({ path: `\0${name}`, exclusive: true }, resolve)
      })
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? String(error)
      if (shortageCodes.has(code)) throw error
      return code
    }
    // An error later on concerns a stranger's connection only: the name stays bound.
    server.on('error', () => {})
    return new Beacon(name, server)
  }

  /** Releases the name, at once. */
  lower(): void {
    this.server.close()
  }
}
