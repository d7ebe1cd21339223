/**
 * This file reads settings files that belong to one user. Other users must not read a secret, or write a file that decides where
 * a node joins.
 */
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { UsageError } from './usage.ts'

/** A file, and what its group or other users may do with it. */
export interface OwnFile {
  readonly text: string
  /** The worse of the two; null where this user does not own the file. */
  readonly openTo: 'read' | 'written' | null
  /** A file that any user may own. */
  readonly isWrittenByOthers: boolean
}

const writtenByOthers = 0o022
const readByOthers = 0o044

/**
 * Reads a file and checks its mode, as ssh does, only if this user owns it. A file of another owner, for example one that an
 * orchestrator mounts, is for that owner to protect. Pipes are not checked, and Windows has no such modes.
 *
 * @throws UsageError
 */
export function readOwn(path: string, what: string): OwnFile {
  try {
    const descriptor = openSync(path, 'r')
    try {
      const stats = fstatSync(descriptor)
      const hasRights = process.getuid !== undefined && stats.isFile()
      const isOurs = hasRights && stats.uid === process.getuid?.()
      const isWrittenByOthers = hasRights && (stats.mode & writtenByOthers) !== 0
      const openTo = !isOurs ? null : isWrittenByOthers ? 'written' : (stats.mode & readByOthers) !== 0 ? 'read' : null
      return { text: readFileSync(descriptor, 'utf8'), openTo, isWrittenByOthers }
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    throw new UsageError(`cannot read ${what} from ${path}: ${(error as Error).message}`)
  }
}

/** The error of a secret that other users can access. */
export function openFile(path: string, what: string, openTo: 'read' | 'written'): UsageError {
  return new UsageError(`${what} in ${path} can be ${openTo} by other users: chmod 600 ${path}`)
}

/** @throws UsageError that names the file and the reason. */
export function readTextFile(path: string, what: string): string {
  return readOwn(path, what).text
}

/**
 * Reads a file that holds a secret: a shared secret, a private key. Refuses it, as ssh does, if other users can read or write it.
 *
 * @throws UsageError that names the file, the reason and the cure.
 */
export function readPrivateFile(path: string, what: string): string {
  const { text, openTo } = readOwn(path, what)
  if (openTo !== null) throw openFile(path, what, openTo)
  return text
}
