/**
 * This file is the local directory in files: the place where the processes of one user on one host meet, and whose kernel decides
 * their views. Its path does not depend on the environment, so that a shell, a service and cron meet (`directory-path.ts`). No
 * two folders are used at once, even if processes see different folders at that path (`directory-claim.ts`). It holds the id of
 * the boot, so that nothing of an earlier one is taken for true.
 *
 *   /tmp/holdfast-UID/CLUSTER/BOOT-ID/           mode 0700, each part checked
 *     secret                                      for the handshake, made by the first process
 *     after-0                                     the founding, as `createOnce` was asked to create it; never deleted
 *     PLACE/after-EPOCH …                         the same in a place, which goes away whole
 *     entries/ID.json                             who is where; touched while its node lives
 *     entries/ID.sock                             the unix socket at which that node listens
 */
import { realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { RefusedError } from '../base/errors.ts'
import type { NodeId } from '../base/ids.ts'
import type { Directory, DirectoryEntry, Patience, SessionEnd } from '../world/world.ts'
import { ensureFolder } from './directory-checks.ts'
import { type DirectoryClaim, claimFolder, type Rival } from './directory-claim.ts'
import { type FoundEntry, readEntries, removeEntry, touchEntry, writeEntry } from './directory-entries.ts'
import { FolderFiles } from './directory-files.ts'
import { refuseOtherNamespaces } from './directory-namespaces.ts'
import { Obituaries } from './directory-obituaries.ts'
import { type DirectoryPlaces, entriesName, secretName, temporaryPrefix } from './directory-path.ts'
import { findSecret, obtainSecret } from './directory-secret.ts'
import { readSession, removeSession, writeSession } from './directory-sessions.ts'
import { DirectorySweeper } from './directory-sweeper.ts'
import { DirectoryUpkeep } from './directory-upkeep.ts'
import { formerBootsEpoch } from './former-boots.ts'
import { hasFormerUsers } from './former-users.ts'
import { OpenedFolder } from './opened-folder.ts'
import { processFacts } from './process-facts.ts'
import { SocketFolder } from './socket-folder.ts'

/** One node's view of the directory. Nothing of it may be used before `enter` or `look` has resolved. */
export class LocalDirectory implements Directory {
  readonly path: string
  secret = ''
  readonly sockets: SocketFolder
  private readonly entriesPath: string
  private readonly folder: OpenedFolder
  private readonly files: FolderFiles
  private readonly published = new Map<NodeId, string>()
  private readonly obituaries: Obituaries
  private readonly upkeep: DirectoryUpkeep
  private readonly sweeper: DirectorySweeper
  private claim: DirectoryClaim | null = null

  constructor(path: string) {
    this.path = path
    this.entriesPath = join(path, entriesName)
    this.folder = new OpenedFolder(path)
    this.sockets = new SocketFolder(path, this.folder.descriptor)
    this.obituaries = new Obituaries(this.entriesPath, (id) => this.sockets.remove(id))
    this.upkeep = new DirectoryUpkeep(path, () => this.createOnce(secretName, Buffer.from(this.secret)))
    this.sweeper = new DirectorySweeper(path, this.entriesPath, this.obituaries, this.sockets, (id) => this.published.has(id))
    this.files = new FolderFiles(this.folder)
  }

  get blindSpot(): string | null {
    return this.claim?.blindSpot ?? null
  }

  /** Takes its place for a node of this process; returns the process that is in the way, if there is one. */
  async enter(places: DirectoryPlaces, untilMs: number, patience?: Patience): Promise<Rival | null> {
    const outcome = await claimFolder(places, { path: this.path, isDeserted: () => this.isDeserted() }, untilMs, patience)
    if ('sighting' in outcome) return outcome
    this.claim = outcome
    await refuseOtherNamespaces(this.entriesPath, patience)
    const create = (secret: string): boolean => this.createOnce(secretName, Buffer.from(secret))
    this.secret = await obtainSecret(join(this.path, secretName), () => this.livingEntries(), create, patience)
    return null
  }

  /** For a process that only looks: false when no node ever was here. */
  async look(patience?: Patience): Promise<boolean> {
    await refuseOtherNamespaces(this.entriesPath, patience)
    this.secret = (await findSecret(join(this.path, secretName), () => this.livingEntries(), patience)) ?? ''
    return this.secret !== ''
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
    this.sockets.look(id)
    this.upkeep.look()
    const before = this.published.get(id)
    if (before === address && touchEntry(this.entriesPath, id)) return
    if (before !== undefined) this.folder.attempt(() => ensureFolder(this.entriesPath))
    const entry = { id, address, ...processFacts(), children: [] }
    if (!this.folder.attempt(() => writeEntry(this.entriesPath, entry, before === undefined))) {
      throw new RefusedError(`the id ${id} has an entry in ${this.path}: two nodes never share one`, { reason: 'id' })
    }
    this.published.set(id, address)
    this.sweeper.start()
  }

  withdraw(id: NodeId): void {
    this.published.delete(id)
    removeEntry(this.entriesPath, id)
    if (this.published.size === 0) this.sweeper.stop()
  }

  entries(isKnown?: (id: NodeId) => boolean): readonly DirectoryEntry[] {
    return this.livingEntries(isKnown).map(({ id, address, pid }) => ({ id, address, pid }))
  }

  /** A file of the folder that comes, goes or is replaced changes the folder's time; a note that is written over does not. */
  entriesMark(): string {
    const { ino, mtimeMs } = statSync(this.entriesPath)
    return `${ino}:${mtimeMs}`
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
    return hasFormerUsers(realpathSync(this.path), temporaryPrefix) || (this.claim?.hasFormerUsers() ?? false)
  }

  formerEpoch(): number {
    return this.folder.attempt(() => formerBootsEpoch(this.path))
  }

  close(): void {
    for (const id of [...this.published.keys()]) this.withdraw(id)
    this.sweeper.stop()
    this.claim?.end()
    this.claim = null
    this.folder.close()
  }

  private livingEntries(isKnown?: (id: NodeId) => boolean): readonly FoundEntry[] {
    const found = this.folder.attempt(() => readEntries(this.entriesPath, isKnown))
    this.folder.checkPresent()
    return this.obituaries.living(found)
  }

  /** Whether views were decided here, and the nodes that decided them are gone. */
  private isDeserted(): boolean {
    return this.list().length > 0 && this.livingEntries().length === 0
  }
}
