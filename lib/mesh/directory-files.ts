/**
 * This file creates and reads the files of the local directory, and the places that they are in. Each operation is one of the
 * kernel's, and is believed only if the folder and the place that it was done in still stand afterwards (docs/decisions/0022).
 */
import { randomBytes } from 'node:crypto'
import { linkSync, mkdirSync, renameSync, rmSync, statSync, unlinkSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { threadId } from 'node:worker_threads'
import { placeGone, placeTaken } from '../world/memory-files.ts'
import type { DirectoryFiles } from '../world/world.ts'
import { invariant } from '../base/assert.ts'
import { entriesName, removedPrefix, secretName, temporaryPrefix } from './directory-path.ts'
import type { OpenedFolder } from './opened-folder.ts'
import { readdirSync, writeFileSync } from './spared-files.ts'
import { wallNowMs } from './real-time.ts'

/** What `rename` and `rmdir` say when another process was faster, or has a file open in it (Windows). */
const clearedLater = new Set(['ENOENT', 'ENOTEMPTY', 'EEXIST', 'EBUSY', 'EPERM', 'EACCES'])

export class FolderFiles implements DirectoryFiles {
  private readonly folder: OpenedFolder
  private readonly path: string
  private serial = 0

  constructor(folder: OpenedFolder) {
    this.folder = folder
    this.path = folder.path
  }

  createOnce(name: string, content: Uint8Array): boolean {
    this.folder.checkPresent()
    const temporary = join(
      this.path,
      `${temporaryPrefix}${process.pid}-${threadId}-${this.folder.inode}-${this.serial++}-${randomBytes(4).toString('hex')}`,
    )
    let isCreated = true
    try {
      writeFileSync(temporary, content, { mode: 0o600, flag: 'wx' })
      linkSync(temporary, this.pathOf(name))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
        this.checkStands(name)
        throw this.folder.explain(error)
      }
      isCreated = false
    } finally {
      removeQuietly(temporary)
    }
    this.checkStands(name)
    return isCreated
  }

  read(name: string): Uint8Array | null {
    const content = this.folder.readAndKeep(this.pathOf(name))
    this.checkStands(name)
    return content
  }

  list(place?: string): readonly string[] {
    if (place === undefined) {
      const names = this.folder.attempt(() => readdirSync(this.path))
      this.folder.checkPresent()
      return names.filter((name) => !isOurs(name))
    }
    let names: readonly string[] = []
    try {
      names = readdirSync(this.pathOf(place))
    } catch (error) {
      this.checkPlace(place)
      throw this.folder.explain(error)
    }
    this.checkPlace(place)
    return names
  }

  makePlace(place: string): void {
    this.folder.checkPresent()
    try {
      mkdirSync(this.pathOf(place), { mode: 0o700 })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw placeTaken(place)
      throw this.folder.explain(error)
    }
    this.folder.checkPresent()
  }

  clearPlace(place: string): void {
    this.folder.checkPresent()
    // The rename takes the place away at once, with all its files. While the files are deleted one by one, no process finds a
    // part of them.
    const removed = join(this.path, `${removedPrefix}${place}`)
    try {
      renameSync(this.pathOf(place), removed)
    } catch (error) {
      // Another process removes the place at this moment, or the removal has to wait: the upkeep sweeps the rest.
      if (!clearedLater.has(String((error as NodeJS.ErrnoException).code))) throw this.folder.explain(error)
    }
    sweepRemoved(this.path)
  }

  /**
   * Throws unless the folder and the place are still the same. Called after each operation in them: if they are the same now,
   * they were so all the time, since a deleted name is not made again. Without this check a missing file would look like a file
   * that was never made.
   */
  private checkStands(name: string): void {
    const place = name.split('/')
    if (place.length > 1) this.checkPlace(place[0] as string)
    else this.folder.checkPresent()
  }

  private checkPlace(place: string): void {
    let stands = false
    let cause: unknown
    try {
      stands = statSync(this.pathOf(place), { throwIfNoEntry: false }) !== undefined
    } catch (error) {
      cause = error
    }
    this.folder.checkPresent()
    if (!stands) throw placeGone(place, this.path, cause)
  }

  private pathOf(name: string): string {
    invariant(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}(\/[A-Za-z0-9_-][A-Za-z0-9._-]{0,199})?$/.test(name), 'names are plain')
    return join(this.path, name)
  }
}

/** What is in the directory beside the files and places that users of it made. */
function isOurs(name: string): boolean {
  return name === secretName || name === entriesName || name.startsWith(temporaryPrefix) || name.startsWith(removedPrefix)
}

function removeQuietly(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // It was never made, or went with its folder.
  }
}

/** Shows cleaners that go by age that the directory is in use. There are never more files than those of a few places. */
export function keepFiles(path: string): void {
  const nowMs = wallNowMs()
  touchQuietly(path, nowMs)
  for (const name of readQuietly(path)) {
    const at = join(path, name)
    if (name.startsWith(removedPrefix) || name.startsWith(temporaryPrefix)) continue
    touchQuietly(at, nowMs)
    if (!isOurs(name)) for (const file of readQuietly(at)) touchQuietly(join(at, file), nowMs)
  }
}

/** Removes the files of places that were taken away, by this process or by a process that was killed in the middle. */
export function sweepRemoved(path: string): void {
  for (const name of readQuietly(path)) {
    if (!name.startsWith(removedPrefix)) continue
    try {
      rmSync(join(path, name), { recursive: true, force: true })
    } catch {
      // Another process removes it too, or has a file in it open: the next sweep finds the rest.
    }
  }
}

function readQuietly(path: string): readonly string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

function touchQuietly(path: string, nowMs: number): void {
  try {
    utimesSync(path, nowMs / 1000, nowMs / 1000)
  } catch {
    // A file that cannot be touched is judged by the code that needs it.
  }
}
