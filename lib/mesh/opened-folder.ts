/** This file holds an opened folder, and reports when its path leads elsewhere or the folder was deleted. */
import { constants, fstatSync, statSync } from 'node:fs'
import { invariant } from '../base/assert.ts'
import { RefusedError } from '../base/errors.ts'
import { keepReserve, releaseReserve } from './descriptors.ts'
import { NotPlainError, openPlainFile, readFromPlain } from './plain-file.ts'
import { closeSync, openSync } from './spared-files.ts'

/** Longer than anything that is decided: a view of some hundred thousand members. */
const fileBytesMax = 16 * 1024 * 1024

/**
 * The folder that was opened, and not merely its path: paths can come to lead elsewhere. A user who deletes the folder, or puts
 * another in its place, splits the nodes that met there from nodes that come later. The caller is told.
 */
export class OpenedFolder {
  readonly path: string
  readonly inode: number
  /** Kept open so that the inode, by which a replacement is seen, cannot be given to another folder. */
  readonly descriptor: number
  private readonly device: number
  /** The file read last, kept open for `hasFormerUsers` of others: it shows there even if only files are deleted. */
  private latestDescriptor: number | null = null
  private isOpen = true

  constructor(path: string) {
    this.path = path
    this.descriptor = openSync(path, constants.O_RDONLY | (constants.O_DIRECTORY ?? 0) | (constants.O_NOFOLLOW ?? 0))
    try {
      const { dev, ino } = fstatSync(this.descriptor)
      this.device = dev
      this.inode = ino
    } catch (error) {
      closeSync(this.descriptor)
      throw error
    }
    keepReserve()
  }

  /** Throws if the path no longer leads to the opened folder. @throws REFUSED, reason `directory` */
  checkPresent(): void {
    invariant(this.isOpen, 'a closed directory is not used')
    let found: { readonly dev: number; readonly ino: number } | null
    try {
      found = statSync(this.path)
    } catch (error) {
      throw goneAway(this.path, 'it cannot be reached', error)
    }
    if (found.dev !== this.device || found.ino !== this.inode) throw goneAway(this.path, 'another folder is in its place')
  }

  /** What comes of working in it; an error of that is explained. */
  attempt<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw this.explain(error)
    }
  }

  /** The error to throw for an error in the folder: if the folder is gone, that is the cause. */
  explain(error: unknown): unknown {
    try {
      this.checkPresent()
      return error
    } catch (gone) {
      return gone
    }
  }

  /**
   * The content of a file in it, or null when there is no such file. The file stays open until the next is read. A path that is
   * no ordinary file, or is longer than any file of a node, counts as empty.
   */
  readAndKeep(path: string): Uint8Array | null {
    let descriptor: number
    try {
      descriptor = openPlainFile(path)
    } catch (error) {
      if (error instanceof NotPlainError) return new Uint8Array()
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw this.explain(error)
      return null
    }
    try {
      const { content } = readFromPlain(descriptor, path, fileBytesMax)
      const before = this.latestDescriptor
      this.latestDescriptor = descriptor
      if (before !== null) closeSync(before)
      return content
    } catch (error) {
      closeSync(descriptor)
      if (error instanceof NotPlainError) return new Uint8Array()
      throw this.explain(error)
    }
  }

  close(): void {
    if (!this.isOpen) return
    this.isOpen = false
    if (this.latestDescriptor !== null) closeSync(this.latestDescriptor)
    this.latestDescriptor = null
    closeSync(this.descriptor)
    releaseReserve()
  }
}

function goneAway(path: string, what: string, cause?: unknown): RefusedError {
  return new RefusedError(`the directory went away: ${path}, and ${what}; its nodes cannot be sure of each other any more`, {
    reason: 'directory',
    cause,
  })
}
