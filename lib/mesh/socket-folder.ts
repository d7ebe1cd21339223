/**
 * This file says where the unix sockets of a cluster's nodes lie: `ID.sock` beside `ID.json`, in the folder of the entries. An
 * address names the socket and not its path (`unix:ID`), since processes may see one folder at different paths (a chroot, another
 * mount namespace). Each process finds the socket in the folder that it has opened.
 */
import { statSync, unlinkSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { socketIdOf } from '../base/address.ts'
import type { NodeId } from '../base/ids.ts'
import type { Sockets } from '../world/world.ts'
import { entriesName } from './directory-path.ts'
import { isProcOurs } from './process-facts.ts'

export const socketSuffix = '.sock'
/** The longest path that the address of a socket holds, without the zero at its end. Node would cut a longer one. */
const pathBytesMax = process.platform === 'linux' ? 107 : 103
/** Why a process has no path for its socket. */
export const longPathReason = `the path of its socket has more than ${pathBytesMax} bytes: name a shorter 'directory'`

/** The sockets of one cluster, as this process reaches them. */
export class SocketFolder implements Sockets {
  private readonly path: string
  private readonly descriptor: number
  private readonly own = new Map<NodeId, () => void>()

  /** @param descriptor The cluster's folder, which stays open for as long as this is used. */
  constructor(path: string, descriptor: number) {
    this.path = path
    this.descriptor = descriptor
  }

  /**
   * The path at which a node's socket can be bound and dialled; null where none can. A path that is too long leads through the
   * descriptor of the folder, where the system has such paths.
   */
  pathOf(id: NodeId): string | null {
    const name = join(entriesName, id + socketSuffix)
    const path = join(this.path, name)
    if (Buffer.byteLength(path) <= pathBytesMax) return path
    return process.platform === 'linux' && isProcOurs() ? `/proc/self/fd/${this.descriptor}/${name}` : null
  }

  /** The path to dial for an address; null when it names no socket. */
  pathTo(address: string): string | null {
    const id = socketIdOf(address)
    return id === null ? null : this.pathOf(id)
  }

  /** Notes a socket of this process. `restore` binds it again when its file was deleted. */
  keep(id: NodeId, restore: () => void): void {
    this.own.set(id, restore)
  }

  forget(id: NodeId): void {
    this.own.delete(id)
  }

  /** Has the socket of a node of this process restored if its file is missing. */
  look(id: NodeId): void {
    const restore = this.own.get(id)
    if (restore === undefined) return
    const path = this.pathOf(id)
    if (path !== null && statSync(path, { throwIfNoEntry: false }) === undefined) restore()
  }

  /** Removes the socket file of a node that is proven dead. No effect if the file does not exist. */
  remove(id: NodeId): void {
    const path = this.pathOf(id)
    if (path === null) return
    try {
      unlinkSync(path)
    } catch {
      // The file or the folder does not exist.
    }
  }

  /**
   * Removes a socket file that has no entry beside it, if no process listens at it. The kernel refuses the connection then, and
   * no process can listen at that file any more. A node that stands still is connected by the kernel.
   */
  removeIfRefused(id: NodeId): Promise<void> {
    const path = this.pathOf(id)
    if (path === null) return Promise.resolve()
    return new Promise((resolve) => {
      const probe = connect(path)
      probe.unref()
      probe.on('connect', () => probe.destroy())
      probe.on('error', ({ code }: NodeJS.ErrnoException) => {
        if (code === 'ECONNREFUSED') this.remove(id)
      })
      probe.on('close', () => resolve())
    })
  }
}
