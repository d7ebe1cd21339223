/**
 * The local directory in files: the place where the processes of one user on one host meet, and whose kernel decides
 * their views. Its path does not depend on the environment, so that a shell, a service and cron meet; and it holds the
 * id of the boot, so that nothing of an earlier one is taken for true.
 *
 *   /tmp/holdfast-UID/CLUSTER/BOOT-ID/           mode 0700, each part checked
 *     secret                                      for the handshake, made by whoever came first
 *     after-EPOCH …                               whatever `createOnce` was asked to create; never deleted
 *     entries/ID.json                             who is where; touched while its node lives
 */
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { threadId } from 'node:worker_threads'
import { invariant } from '../base/assert.ts'
import { RefusedError } from '../base/errors.ts'
import type { NodeId } from '../base/ids.ts'
import { checkName } from '../base/names.ts'
import type { Directory, DirectoryEntry, SessionEnd } from '../actor/world.ts'
import { checkSecretFile, refusedFolder } from './directory-checks.ts'
import { readEntries, removeEntry, touchEntry, writeEntry } from './directory-entries.ts'
import { refuseOtherNamespaces } from './directory-namespaces.ts'
import { Obituaries } from './directory-obituaries.ts'
import { entriesName, findDirectoryPath, locateDirectory } from './directory-path.ts'
import { readSession, removeSession, writeSession } from './directory-sessions.ts'
import { hasFormerUsers } from './former-users.ts'
import { processFacts } from './process-facts.ts'

const secretName = 'secret'
const temporaryPrefix = '.new-'
/** How often an entry is touched. */
const touchIntervalMs = 1_000
/** How often the files that nobody reads are touched, for the sake of cleaners that go by age. */
const keepIntervalMs = 3_600_000

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
  const directory = openFolder(path)
  try {
    await refuseOtherNamespaces(join(path, entriesName))
    return directory
  } catch (error) {
    directory.close()
    throw error
  }
}

function openFolder(path: string): LocalDirectory {
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
  /** Kept open so that the inode, by which a replacement is seen, cannot be given to another folder. */
  private readonly descriptor: number
  private readonly device: number
  private readonly inode: number
  /** The file read last, kept open for `hasFormerUsers` of others: it shows there even if only files are deleted. */
  private latestDescriptor: number | null = null
  private readonly published = new Map<NodeId, string>()
  private readonly obituaries: Obituaries
  private toucher: NodeJS.Timeout | null = null
  private keptAtMs = performance.now()
  private serial = 0
  private isOpen = true

  constructor(path: string) {
    this.path = path
    this.entriesPath = join(path, entriesName)
    this.obituaries = new Obituaries(this.entriesPath)
    this.descriptor = openSync(path, constants.O_RDONLY | (constants.O_DIRECTORY ?? 0) | (constants.O_NOFOLLOW ?? 0))
    try {
      const { dev, ino } = fstatSync(this.descriptor)
      this.device = dev
      this.inode = ino
      this.secret = this.obtainSecret()
    } catch (error) {
      closeSync(this.descriptor)
      throw error
    }
  }

  createOnce(name: string, content: Uint8Array): boolean {
    this.checkPresent()
    const temporary = join(
      this.path,
      `${temporaryPrefix}${process.pid}-${threadId}-${this.inode}-${this.serial++}-${randomBytes(4).toString('hex')}`,
    )
    try {
      writeFileSync(temporary, content, { mode: 0o600, flag: 'wx' })
      linkSync(temporary, this.pathOf(name))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw this.explain(error)
      this.checkPresent()
      return false
    } finally {
      removeQuietly(temporary)
    }
    this.checkPresent()
    return true
  }

  read(name: string): Uint8Array | null {
    const content = this.readAndKeep(this.pathOf(name))
    // Looked at afterwards: a folder that is still the same was so while the file was read.
    this.checkPresent()
    return content
  }

  list(): readonly string[] {
    const names = this.attempt(() => readdirSync(this.path))
    this.checkPresent()
    return names.filter((name) => name !== secretName && name !== entriesName && !name.startsWith(temporaryPrefix))
  }

  publish(id: NodeId, address: string): void {
    this.checkPresent()
    const before = this.published.get(id)
    if (before === address && touchEntry(this.entriesPath, id)) return
    const entry = { id, address, ...processFacts(), children: [] }
    if (!this.attempt(() => writeEntry(this.entriesPath, entry, before === undefined))) {
      throw new RefusedError(`the id ${id} has an entry in ${this.path}: two nodes never share one`, { reason: 'id' })
    }
    this.published.set(id, address)
    if (this.toucher !== null) return
    this.toucher = setInterval(() => this.touch(), touchIntervalMs)
    this.toucher.unref()
  }

  withdraw(id: NodeId): void {
    this.published.delete(id)
    removeEntry(this.entriesPath, id)
    removeSession(this.entriesPath, id)
    if (this.published.size === 0) this.stopTouching()
  }

  entries(): readonly DirectoryEntry[] {
    const found = this.attempt(() => readEntries(this.entriesPath))
    this.checkPresent()
    return this.obituaries.living(found).map(({ id, address, pid }) => ({ id, address, pid }))
  }

  isProvenDead(id: NodeId): boolean {
    const [own] = this.published.keys()
    try {
      this.checkPresent()
      return this.obituaries.isProvenDead(id, own)
    } catch {
      return false
    }
  }

  noteSession(id: NodeId, end: SessionEnd): void {
    this.attempt(() => writeSession(this.entriesPath, id, end))
  }

  notedSession(id: NodeId): SessionEnd | null {
    const end = readSession(this.entriesPath, id)
    this.checkPresent()
    return end
  }

  hasFormerUsers(): boolean {
    return hasFormerUsers(realpathSync(this.path), temporaryPrefix)
  }

  close(): void {
    if (!this.isOpen) return
    this.isOpen = false
    if (this.latestDescriptor !== null) closeSync(this.latestDescriptor)
    this.latestDescriptor = null
    for (const id of [...this.published.keys()]) this.withdraw(id)
    this.stopTouching()
    closeSync(this.descriptor)
  }

  /** The content, or null when there is no such file. */
  private readAndKeep(path: string): Uint8Array | null {
    let descriptor: number
    try {
      descriptor = openSync(path, constants.O_RDONLY)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw this.explain(error)
      return null
    }
    try {
      const content = readFileSync(descriptor)
      const before = this.latestDescriptor
      this.latestDescriptor = descriptor
      if (before !== null) closeSync(before)
      return content
    } catch (error) {
      closeSync(descriptor)
      throw this.explain(error)
    }
  }

  /** Whoever comes first makes the secret, whole and at once; everybody reads that one. */
  private obtainSecret(): string {
    this.createOnce(secretName, Buffer.from(randomBytes(32).toString('hex')))
    const path = this.pathOf(secretName)
    checkSecretFile(path)
    const secret = readFileSync(path, 'latin1')
    if (!/^[0-9a-f]{64}$/.test(secret))
      throw refusedFolder(path, 'holds no secret of ours', 'remove the folder that it is in, while no node runs')
    return secret
  }

  /** Throws unless the path still leads to the folder that was opened. */
  private checkPresent(): void {
    invariant(this.isOpen, 'a closed directory is not used')
    let found: { readonly dev: number; readonly ino: number } | null
    try {
      found = statSync(this.path)
    } catch (error) {
      throw goneAway(this.path, 'it cannot be reached', error)
    }
    if (found.dev !== this.device || found.ino !== this.inode) throw goneAway(this.path, 'another stands in its place')
  }

  private pathOf(name: string): string {
    invariant(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}$/.test(name), 'names in the directory are plain')
    return join(this.path, name)
  }

  private attempt<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw this.explain(error)
    }
  }

  /** The directory's absence explains any other error. */
  private explain(error: unknown): unknown {
    try {
      this.checkPresent()
      return error
    } catch (gone) {
      return gone
    }
  }

  private touch(): void {
    for (const id of this.published.keys()) touchEntry(this.entriesPath, id)
    const nowMs = performance.now()
    if (nowMs - this.keptAtMs < keepIntervalMs) return
    this.keptAtMs = nowMs
    const nowSeconds = Date.now() / 1000
    for (const name of ['.', entriesName, secretName, ...readQuietly(this.path)]) touchQuietly(join(this.path, name), nowSeconds)
  }

  private stopTouching(): void {
    if (this.toucher !== null) clearInterval(this.toucher)
    this.toucher = null
  }
}

function goneAway(path: string, what: string, cause?: unknown): RefusedError {
  return new RefusedError(
    `the directory went away: ${path}, and ${what}; nodes that met there cannot be sure of each other any more`,
    { reason: 'directory', cause },
  )
}

type RefusedError = InstanceType<typeof RefusedError>

function removeQuietly(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // It was never made, or went with its folder.
  }
}

function readQuietly(path: string): readonly string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

function touchQuietly(path: string, nowSeconds: number): void {
  try {
    utimesSync(path, nowSeconds, nowSeconds)
  } catch {
    // What cannot be touched is looked at by whoever needs it.
  }
}
