/**
 * This file computes where a cluster's directory may stand. It is one path, which the environment does not change:
 * `holdfast-UID` in the system's temporary folder, unless the option `directory` names another. On Linux, where beacons show
 * which place is in use (`beacon.ts`), two more fixed places follow, for when another user has taken the name of the first.
 */
import { createHash } from 'node:crypto'
import { realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { folderId, noSight, type Sighting, beaconStateOf } from './beacon-sightings.ts'
import { beaconPrefix } from './beacon.ts'
import { checkFilesystem, checkFolder, ensureFolder, isNothingAt, isOfAnotherUser, refusedFolder } from './directory-checks.ts'
import { processFacts } from './process-facts.ts'

/** The folder of the nodes' entries, in a cluster's directory. */
export const entriesName = 'entries'
/** The file of the secret that the nodes of the directory share. */
export const secretName = 'secret'
/** Files that are being written. */
export const temporaryPrefix = '.new-'
/** Places that were taken away, and are being removed. */
export const removedPrefix = '.old-'

/** Read once, when the module is loaded: a program that changes TMPDIR later must not move its own directory. */
const systemTemporary = tmpdir()

/** TMPDIR and its like differ between a shell and a service, so on Linux they are not asked. */
function temporaryFolders(): readonly string[] {
  if (process.platform !== 'linux') return [realpathSync(systemTemporary)]
  return noSight() === null ? ['/tmp', '/var/tmp', '/dev/shm'] : ['/tmp']
}

/** The places at which one cluster may have its directory, the preferred one first. */
export class DirectoryPlaces {
  /** The beginning of the names of this cluster's beacons. */
  readonly prefix: string
  /** The path that the option named, or the first of the fixed ones. */
  readonly root: string
  readonly cluster: string
  private readonly roots: readonly string[]
  private readonly isFixed: boolean

  /**
   * @param directory The folder of all clusters' directories, if not a fixed one.
   * @param temporary Where the fixed ones may be.
   */
  constructor(cluster: string, directory: string | undefined, temporary: readonly string[] = temporaryFolders()) {
    this.cluster = cluster
    this.isFixed = directory === undefined
    this.roots =
      directory === undefined
        ? temporary.map((folder) => join(folder, `holdfast-${process.getuid?.() ?? 'user'}`))
        : [resolve(directory)]
    this.root = this.roots[0] as string
    this.prefix = beaconPrefix(cluster, this.isFixed ? this.root : withRealParent(this.root))
  }

  /**
   * The path of the directory: the place where the cluster lives by these beacons, else the first place that no other user has
   * taken. Creates and checks every part of the path that is ours.
   *
   * @throws REFUSED
   */
  locate(sightings: readonly Sighting[]): string {
    const parts = this.partsIn(this.choose(sightings))
    for (const part of parts) {
      ensureFolder(part)
      checkFolder(part, this.isFixed || part !== parts[0])
    }
    const path = parts[2]
    checkFilesystem(path)
    ensureFolder(join(path, entriesName))
    checkFolder(join(path, entriesName), true)
    return path
  }

  /** The same path, every part of it checked and none created; null when one is not there. @throws REFUSED */
  find(sightings: readonly Sighting[]): string | null {
    const parts = this.partsIn(this.choose(sightings))
    const path = parts[2]
    for (const part of [...parts, join(path, entriesName)]) {
      if (isNothingAt(part)) return null
      checkFolder(part, this.isFixed || part !== parts[0])
    }
    checkFilesystem(path)
    return path
  }

  /** Whether this process finds that beacon's folder at one of the places. */
  reaches(sighting: Sighting): boolean {
    return this.roots.some((root) => this.isAt(root, sighting))
  }

  /** All processes must come to the same place: where the cluster lives counts for more than the order. */
  private choose(sightings: readonly Sighting[]): string {
    const free = this.isFixed ? this.roots.find((root) => !this.isTaken(root)) : this.root
    const elsewhere = sightings.filter((sighting) => free === undefined || !this.isAt(free, sighting))
    const used = this.roots.find(
      (root) => root !== free && elsewhere.some((sighting) => this.isAt(root, sighting) && beaconStateOf(sighting) !== 'forged'),
    )
    const chosen = used ?? free
    if (chosen !== undefined) return chosen
    throw refusedFolder(
      this.roots.join(', '),
      this.roots.length > 1 ? 'belong to other users' : 'belongs to another user',
      `ask an administrator to remove it, or name one other folder by 'directory' in every process of this cluster`,
    )
  }

  private isTaken(root: string): boolean {
    return isOfAnotherUser(root) || (root !== this.root && isNothingAt(dirname(root)))
  }

  private isAt(root: string, { folder }: Sighting): boolean {
    try {
      return folderId(this.partsIn(root)[2]) === folder
    } catch {
      return false
    }
  }

  /** The folder of all clusters, that of this one, and in it that of this boot. */
  private partsIn(root: string): readonly [string, string, string] {
    const own = join(root, folderName(this.cluster))
    return [root, own, join(own, processFacts().bootId)]
  }
}

/** A cluster's name as the name of a folder: two names never share one. */
export function folderName(cluster: string): string {
  const safe = cluster.replace(/[^A-Za-z0-9_-]/gu, (character) => `.${(character.codePointAt(0) as number).toString(16)}.`)
  if (safe.length <= 200) return safe
  // Longer than a folder's name may be. No short name has two dots in a row with nothing between them.
  return `${safe.slice(0, 100)}..${createHash('sha256').update(cluster).digest('hex')}`
}

/** Two ways to write one path give one text, where links above the folder tell. */
function withRealParent(path: string): string {
  try {
    return join(realpathSync(dirname(path)), basename(path))
  } catch {
    return path
  }
}
