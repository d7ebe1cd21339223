/**
 * This file checks whether a folder may carry the local register. The folder must belong to this user alone, be no link, and lie
 * on a file system of this machine's kernel. A user who can write there could decide views; on a network file system two kernels
 * would.
 */
import { lstatSync, mkdirSync, type Stats, statfsSync } from 'node:fs'
import { RefusedError } from '../base/errors.ts'

/** Types of `statfs` on Linux whose files another machine, or a user's process, serves. */
const remoteFilesystems: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x65735546, 'FUSE'],
  [0x01021997, '9P'],
  [0x00c36400, 'Ceph'],
  [0x5346414f, 'AFS'],
  [0x6b414653, 'AFS'],
  [0x73757245, 'Coda'],
  [0x0bd00bd0, 'Lustre'],
  [0x01161970, 'GFS2'],
  [0x7461636f, 'OCFS2'],
  [0x786f4256, 'VirtualBox shares'],
  [0xbacbacbc, 'VMware shares'],
  [0x47504653, 'GPFS'],
  [0x19830326, 'BeeGFS'],
])

/** Creates a folder of mode 0700 unless it is there. Its parent must be. @throws REFUSED */
export function ensureFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'EEXIST')
      throw refusedFolder(path, `cannot be created (${code ?? String(error)})`, `name another folder by 'directory'`, error)
  }
}

/** Whether it is certain that the path is free. If it cannot be read, `checkFolder` reports the error. */
export function isNothingAt(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) === undefined
  } catch {
    return false
  }
}

/** Whether the file at the path, also a link, certainly belongs to another user. */
export function isOfAnotherUser(path: string): boolean {
  const uid = process.getuid?.()
  try {
    const stats = lstatSync(path, { throwIfNoEntry: false })
    return uid !== undefined && stats !== undefined && stats.uid !== uid
  } catch {
    return false
  }
}

/**
 * Checks that a folder is a real one, of this user, that no other user may write to; `isPrivate`: nor read.
 *
 * @throws REFUSED, reason `directory`
 */
export function checkFolder(path: string, isPrivate: boolean): void {
  const stats = lstatOf(path)
  if (stats.isSymbolicLink()) throw refusedFolder(path, 'is a symbolic link', 'remove it and find out who made it')
  if (!stats.isDirectory()) throw refusedFolder(path, 'is no folder', 'remove it and find out who made it')
  checkOwner(path, stats)
  const forbidden = isPrivate ? 0o077 : 0o022
  if (hasModes() && (stats.mode & forbidden) !== 0) {
    throw refusedFolder(
      path,
      `can be ${isPrivate ? 'entered' : 'written to'} by other users (mode ${modeOf(stats)})`,
      `after seeing what is in it: chmod 700 ${path}`,
    )
  }
}

/** The same for a file with a secret in it, by what was found when it was opened. @throws REFUSED, reason `directory` */
export function checkSecretStats(path: string, stats: Stats, cure: string): void {
  checkOwner(path, stats)
  if (hasModes() && (stats.mode & 0o077) !== 0)
    throw refusedFolder(path, `can be read by other users (mode ${modeOf(stats)})`, cure)
}

/** @throws REFUSED, reason `network-filesystem` */
export function checkFilesystem(path: string): void {
  if (process.platform !== 'linux') return
  const kind = remoteFilesystems.get(statfsSync(path).type >>> 0)
  if (kind === undefined) return
  throw new RefusedError(
    `the directory ${path} is on a network or user-space file system (${kind}), where the creation of a file is not certain to be atomic:  ` +
      `name one on a local disk or in memory by 'directory', or give a join list`,
    { reason: 'network-filesystem' },
  )
}

export function refusedFolder(path: string, problem: string, advice: string, cause?: unknown): RefusedError {
  return new RefusedError(`the directory cannot be used: ${path} ${problem}; ${advice}`, { reason: 'directory', cause })
}

function lstatOf(path: string): Stats {
  try {
    return lstatSync(path)
  } catch (error) {
    throw refusedFolder(
      path,
      `cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)})`,
      `name another by 'directory'`,
      error,
    )
  }
}

function checkOwner(path: string, stats: Stats): void {
  const uid = process.getuid?.()
  if (uid !== undefined && stats.uid !== uid) {
    throw refusedFolder(
      path,
      `belongs to user ${stats.uid}, not to ${uid}`,
      `run as that user, or name another folder by 'directory'`,
    )
  }
}

/** Windows has users but no modes. */
function hasModes(): boolean {
  return process.platform !== 'win32'
}

function modeOf(stats: Stats): string {
  return (stats.mode & 0o777).toString(8).padStart(4, '0')
}
