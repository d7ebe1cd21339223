/**
 * This file reads and writes small files in a folder into which other users could have put anything. A FIFO would keep a plain
 * `open` waiting for ever, a link would lead elsewhere, and a device or a huge file would be read without end.
 */
import { constants, fstatSync, type Stats, unlinkSync } from 'node:fs'
import { closeSync, openSync, readFileSync, writeFileSync } from './spared-files.ts'

const { O_CREAT, O_EXCL, O_RDONLY, O_WRONLY } = constants
/** Flags with which an `open` neither waits nor follows a link. Windows has neither. */
export const unmoved = (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0)

/** The error of a file that is not a plain file, or too long; `code` says which. */
export class NotPlainError extends Error {
  readonly code: 'NOT_A_FILE' | 'TOO_LONG'

  constructor(path: string, code: 'NOT_A_FILE' | 'TOO_LONG') {
    super(code === 'NOT_A_FILE' ? `${path} is not an ordinary file` : `${path} is longer than any file of that name`)
    this.code = code
  }
}

/** What a plain file was when it was read. */
export interface PlainFile {
  readonly content: Buffer
  readonly stats: Stats
}

/** @throws NotPlainError, or the system's error: `ENOENT` when the file does not exist. */
export function readPlainFile(path: string, bytesMax: number): PlainFile {
  const descriptor = openPlainFile(path)
  try {
    return readFromPlain(descriptor, path, bytesMax)
  } finally {
    closeSync(descriptor)
  }
}

/**
 * Opens a file for reading, without waiting for a writer.
 *
 * @throws NotPlainError for a link or a socket, or the system's error. Another file that is not ordinary is opened;
 * `readFromPlain` tells.
 */
export function openPlainFile(path: string): number {
  try {
    return openSync(path, O_RDONLY | unmoved)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw code === 'ELOOP' || code === 'ENXIO' ? new NotPlainError(path, 'NOT_A_FILE') : error
  }
}

/** @throws NotPlainError */
export function readFromPlain(descriptor: number, path: string, bytesMax: number): PlainFile {
  const stats = fstatSync(descriptor)
  if (!stats.isFile()) throw new NotPlainError(path, 'NOT_A_FILE')
  if (stats.size > bytesMax) throw new NotPlainError(path, 'TOO_LONG')
  return { content: readFileSync(descriptor), stats }
}

/**
 * Writes a file that no other process writes to, of mode 0600, in place of what a dead writer of that name has left.
 *
 * @throws The system's error.
 */
export function writeOwnFile(path: string, content: string | Uint8Array): void {
  const descriptor = createOwnFile(path)
  try {
    writeFileSync(descriptor, content)
  } finally {
    closeSync(descriptor)
  }
}

/**
 * Creates the same, empty, and opens it for writing.
 *
 * @throws The system's error.
 */
export function createOwnFile(path: string): number {
  try {
    return createFile(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    unlinkSync(path)
    return createFile(path)
  }
}

/** Creates a file of mode 0600 and opens it for writing. @throws `EEXIST` when the name is taken, by a file or anything else. */
export function createFile(path: string): number {
  return openSync(path, O_WRONLY | O_CREAT | O_EXCL, 0o600)
}
