/**
 * The local directory in files: the place where the processes of one user on one host meet, and whose kernel decides
 * their views. Its path does not depend on the environment, so that a shell, a service and cron meet; and it holds the
 * id of the boot, so that nothing of an earlier one is taken for true.
 *
 *   /tmp/holdfast-UID/CLUSTER/BOOT-ID/           mode 0700, each part checked
 *     secret                                      for the handshake, made by whoever came first
 *     after-0                                     the founding: whatever `createOnce` was asked to create; never deleted
 *     PLACE/after-EPOCH …                         the same in a place, which goes away whole
 *     entries/ID.json                             who is where; touched while its node lives
 */
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { RefusedError } from '../base/errors.ts'
import type { NodeId } from '../base/ids.ts'
import { checkName } from '../base/names.ts'
import type { Directory, DirectoryEntry, SessionEnd } from '../actor/world.ts'
import { checkSecretFile, refusedFolder } from './directory-checks.ts'
import { readEntries, removeEntry, touchEntry, writeEntry } from './directory-entries.ts'
import { FolderFiles } from './directory-files.ts'
import { refuseOtherNamespaces } from './directory-namespaces.ts'
import { Obituaries } from './directory-obituaries.ts'
import { entriesName, findDirectoryPath, locateDirectory, secretName, temporaryPrefix } from './directory-path.ts'
import { readSession, removeSession, writeSession } from './directory-sessions.ts'
import { DirectoryUpkeep } from './directory-upkeep.ts'
import { hasFormerUsers } from './former-users.ts'
import { OpenedFolder } from './opened-folder.ts'
import { processFacts } from './process-facts.ts'

/**
 * Opens the directory of a cluster, creating it if need be. Waits (at most 10 s) only where an entry of another
 * namespace has to show whether its node lives.
 *
 * @param root The folder of all clusters' directories, if not the system's fixed one.
 * @throws REFUSED with reason `directory` (a part of the path is not ours alone), `network-filesystem`, or `namespace`
 *   (live nodes of another container use it). Nothing is left open then.
 */
export async function openLocalDirectory(cluster: string, root?: string): Promise<Directory> {
  return await openAt(locateDirectory(checkName(cluster, 'cluster'), root))
}

/**
 * The same for an observer: null when nobody has begun such a directory, and nothing is created then.
 *
 * @throws REFUSED as `openLocalDirectory`.
 */
export async function findLocalDirectory(cluster: string, root?: string): Promise<Directory | null> {
  const path = findDirectoryPath(checkName(cluster, 'cluster'), root)
  // The secret is made last: without it nobody can be there.
  return path === null || !existsSync(join(path, secretName)) ? null : await openAt(path)
}

async function openAt(path: string): Promise<Directory> {
  const directory = directoryAt(path)
  try {
    await refuseOtherNamespaces(join(path, entriesName))
    return directory
  } catch (error) {
    directory.close()
    throw error
  }
}

function directoryAt(path: string): LocalDirectory {
  try {
    return new LocalDirectory(path)
  } catch (error) {
    if (error instanceof RefusedError) throw error
    const code = (error as NodeJS.ErrnoException).code ?? String(error)
    throw refusedFolder(path, `cannot be used (${code})`, 'see to its rights, and to the space on its disk', error)
  }
}

class LocalDirectory implements Directory {
  readonly path: string
  readonly secret: string
  private readonly entriesPath: string
  private readonly folder: OpenedFolder
  private readonly files: FolderFiles
  private readonly published = new Map<NodeId, string>()
  private readonly obituaries: Obituaries
  private readonly upkeep: DirectoryUpkeep

  constructor(path: string) {
    this.path = path
    this.entriesPath = join(path, entriesName)
    this.obituaries = new Obituaries(this.entriesPath)
    this.upkeep = new DirectoryUpkeep(path, () => this.published.keys())
    this.folder = new OpenedFolder(path)
    this.files = new FolderFiles(this.folder)
    try {
      this.secret = this.obtainSecret()
    } catch (error) {
      this.folder.close()
      throw error
    }
  }

  createOnce(name: string, content: Uint8Array): boolean {
    return this.files.createOnce(name, content)
  }

  read(name: string): Uint8Array | null {
    return this.files.read(name)
  }

  list(place?: string): readonly string[] {
    return this.files.list(place)
  }

  makePlace(place: string): void {
    this.files.makePlace(place)
  }

  clearPlace(place: string): void {
    this.files.clearPlace(place)
  }

  publish(id: NodeId, address: string): void {
    this.folder.checkPresent()
    const before = this.published.get(id)
    if (before === address && touchEntry(this.entriesPath, id)) return
    const entry = { id, address, ...processFacts(), children: [] }
    if (!this.folder.attempt(() => writeEntry(this.entriesPath, entry, before === undefined))) {
      throw new RefusedError(`the id ${id} has an entry in ${this.path}: two nodes never share one`, { reason: 'id' })
    }
    this.published.set(id, address)
    this.upkeep.start()
  }

  withdraw(id: NodeId): void {
    this.published.delete(id)
    removeEntry(this.entriesPath, id)
    if (this.published.size === 0) this.upkeep.stop()
  }

  entries(): readonly DirectoryEntry[] {
    const found = this.folder.attempt(() => readEntries(this.entriesPath))
    this.folder.checkPresent()
    return this.obituaries.living(found).map(({ id, address, pid }) => ({ id, address, pid }))
  }

  isProvenDead(id: NodeId): boolean {
    const [own] = this.published.keys()
    try {
      this.folder.checkPresent()
      return this.obituaries.isProvenDead(id, own)
    } catch {
      return false
    }
  }

  noteSession(id: NodeId, end: SessionEnd | null): void {
    if (end === null) removeSession(this.entriesPath, id)
    else this.folder.attempt(() => writeSession(this.entriesPath, id, end))
  }

  notedSession(id: NodeId): SessionEnd | null {
    const end = readSession(this.entriesPath, id)
    this.folder.checkPresent()
    return end
  }

  hasFormerUsers(): boolean {
    return hasFormerUsers(realpathSync(this.path), temporaryPrefix)
  }

  close(): void {
    for (const id of [...this.published.keys()]) this.withdraw(id)
    this.upkeep.stop()
    this.folder.close()
  }

  /** Whoever comes first makes the secret, whole and at once; everybody reads that one. */
  private obtainSecret(): string {
    this.createOnce(secretName, Buffer.from(randomBytes(32).toString('hex')))
    const path = join(this.path, secretName)
    checkSecretFile(path)
    const secret = readFileSync(path, 'latin1')
    if (!/^[0-9a-f]{64}$/.test(secret))
      throw refusedFolder(path, 'holds no secret of ours', 'remove the folder that it is in, while no node runs')
    return secret
  }
}
