/**
 * This file keeps the vote of a voter in a folder (`dataDir`): one file in it, replaced as a whole. The new file is written
 * beside the old one, synced, and put in its place by a rename. Then the folder is synced too: without that, the rename would not
 * survive a loss of power (Pillai and others 2014, "All file systems are not created equal", §4). A second process with the same
 * folder is turned away.
 *
 *   vote     what was saved last
 *   owner    the process that has the folder open; void when that is gone
 */
import { linkSync, realpathSync, renameSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { threadId } from 'node:worker_threads'
import type { Vault } from '../world/world.ts'
import { RefusedError } from '../base/errors.ts'
import { keepReserve, releaseReserve } from './descriptors.ts'
import { NotPlainError, readPlainFile, writeOwnFile } from './plain-file.ts'
import { isGone } from './process-death.ts'
import { parseThreadMark, processFacts, type ThreadMark } from './process-facts.ts'
import { processWide } from './process-wide.ts'
import { ensureFolders, removeQuietly, syncFolder, writeSynced } from './synced-files.ts'

const voteName = 'vote'
const ownerName = 'owner'

/** Longer than any vote, and than any process's name. */
const voteBytesMax = 1024 * 1024
const ownerBytesMax = 4096

/** The folders that this thread has open, by any copy of the package. */
const open = processWide('vaults', () => new Set<string>())

/**
 * Opens the folder, creating it if need be.
 *
 * @throws REFUSED, reason `data-dir`: it cannot be made, read or written to, a live process has it open, or a file in it is no ordinary one.
 */
export function openFileVault(folder: string): Vault {
  const path = resolveFolder(folder)
  if (open.has(path)) throw inUse(path, 'by another node of this process')
  claim(path)
  open.add(path)
  return new FileVault(path)
}

class FileVault implements Vault {
  readonly path: string
  private isOpen = true

  constructor(path: string) {
    this.path = path
    keepReserve()
  }

  load(): Uint8Array | null {
    try {
      return readPlainFile(join(this.path, voteName), voteBytesMax).content
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null
      if (error instanceof NotPlainError) throw notPlain(this.path, error)
      throw refused(this.path, `cannot be read (${codeOf(error)})`, 'see to its rights and its disk', error)
    }
  }

  save(bytes: Uint8Array): void {
    const fresh = join(this.path, `${voteName}.new`)
    try {
      writeSynced(fresh, bytes)
      renameSync(fresh, join(this.path, voteName))
      syncFolder(this.path)
    } catch (error) {
      removeQuietly(fresh)
      throw error
    }
  }

  close(): void {
    if (!this.isOpen) return
    this.isOpen = false
    open.delete(this.path)
    releaseReserve()
    removeQuietly(join(this.path, ownerName))
  }
}

function resolveFolder(folder: string): string {
  let path: string
  let isFolder: boolean
  try {
    ensureFolders(resolve(folder))
    path = realpathSync(folder)
    isFolder = statSync(path).isDirectory()
  } catch (error) {
    throw refused(folder, `cannot be made a folder (${codeOf(error)})`, 'name a folder that this user may write to', error)
  }
  if (!isFolder) throw refused(folder, 'is no folder', 'name one, or a path at which there is nothing yet')
  return path
}

/**
 * Puts this process's name on the folder. The name of a process that is gone, or of another boot, is void. The name of another
 * machine is void too: one address must be at one machine at a time, and without that exclusion is lost anyway.
 */
function claim(path: string): void {
  const { pid, startTime, thread, bootId, pidNamespace } = processFacts()
  const owner = join(path, ownerName)
  const own = join(path, `${ownerName}.${pid}.${threadId}`)
  const content = JSON.stringify({ pid, startTime, thread, bootId, pidNamespace })
  try {
    writeOwnFile(own, content)
    for (let attempt = 0; attempt < 3; attempt++) {
      if (linked(own, owner)) return
      const other = ownerIn(owner)
      if (other !== null && isLive(other)) throw inUse(path, `by process ${other.pid}`)
      removeQuietly(owner)
    }
    throw inUse(path, 'by a process that starts at this moment')
  } catch (error) {
    if (error instanceof RefusedError) throw error
    if (error instanceof NotPlainError) throw notPlain(path, error)
    throw refused(path, `cannot be written to (${codeOf(error)})`, 'see to its rights, and to the space on its disk', error)
  } finally {
    removeQuietly(own)
  }
}

interface Owner {
  readonly pid: number
  readonly startTime: string
  readonly thread: ThreadMark | null
  readonly bootId: string
  readonly pidNamespace: string
}

function ownerIn(file: string): Owner | null {
  try {
    const { pid, startTime, thread, bootId, pidNamespace } = parseOwner(readPlainFile(file, ownerBytesMax).content)
    return Number.isInteger(pid) &&
      typeof startTime === 'string' &&
      typeof bootId === 'string' &&
      typeof pidNamespace === 'string'
      ? { pid: pid as number, startTime, thread: parseThreadMark(thread) ?? null, bootId, pidNamespace }
      : null
  } catch (error) {
    // Cut off by a full disk, or gone meanwhile: no process used the folder by it. A lock file that merely cannot be read may belong to a live process.
    if (!(error instanceof SyntaxError) && codeOf(error) !== 'ENOENT') throw error
    return null
  }
}

function parseOwner(content: Buffer): Partial<Owner> {
  const parsed: unknown = JSON.parse(content.toString())
  return typeof parsed === 'object' && parsed !== null ? parsed : {}
}

function isLive(other: Owner): boolean {
  const { bootId, pidNamespace } = processFacts()
  return other.bootId === bootId && other.pidNamespace === pidNamespace && !isGone(other)
}

function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

function inUse(path: string, by: string): Error {
  return refused(path, `is in use ${by}`, 'give each voter a folder of its own')
}

function notPlain(path: string, error: NotPlainError): Error {
  return refused(path, `cannot be used: ${error.message}`, 'remove that, or name another folder', error)
}

function refused(path: string, problem: string, cure: string, cause?: unknown): Error {
  return new RefusedError(`dataDir ${path} ${problem}: ${cure}`, { reason: 'data-dir', option: 'dataDir', cause })
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error)
}
