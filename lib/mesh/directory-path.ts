import { createHash } from 'node:crypto'
import { realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { checkFilesystem, checkFolder, ensureFolder, isNothingAt } from './directory-checks.ts'
import { processFacts } from './process-facts.ts'

/** The folder of the nodes' entries, in a cluster's directory. */
export const entriesName = 'entries'
/** The file of the secret that those who meet there share. */
export const secretName = 'secret'
/** Files that are being written. */
export const temporaryPrefix = '.new-'
/** Places that were taken away, and are being removed. */
export const removedPrefix = '.old-'

/** The path of a cluster's directory, every part of it that is ours created and checked. @throws REFUSED */
export function locateDirectory(cluster: string, root: string | undefined): string {
  const parts = partsOf(cluster, root)
  for (const part of parts) {
    ensureFolder(part)
    checkFolder(part, root === undefined || part !== parts[0])
  }
  const path = parts[2]
  checkFilesystem(path)
  ensureFolder(join(path, entriesName))
  checkFolder(join(path, entriesName), true)
  return path
}

/** The same path, every part of it checked and none created; null when one is not there. @throws REFUSED */
export function findDirectoryPath(cluster: string, root: string | undefined): string | null {
  const parts = partsOf(cluster, root)
  const path = parts[2]
  for (const part of [...parts, join(path, entriesName)]) {
    if (isNothingAt(part)) return null
    checkFolder(part, root === undefined || part !== parts[0])
  }
  checkFilesystem(path)
  return path
}

/** The folder of all clusters, that of this one, and in it that of this boot. */
function partsOf(cluster: string, root: string | undefined): readonly [string, string, string] {
  const base = root === undefined ? join(temporaryFolder(), `holdfast-${process.getuid?.() ?? 'user'}`) : resolve(root)
  const own = join(base, folderName(cluster))
  return [base, own, join(own, processFacts().bootId)]
}

/** TMPDIR and its like differ between a shell and a service, so on Linux they are not asked. */
function temporaryFolder(): string {
  return process.platform === 'linux' ? '/tmp' : realpathSync(tmpdir())
}

/** A cluster's name as the name of a folder: two names never share one. */
function folderName(cluster: string): string {
  const safe = cluster.replace(/[^A-Za-z0-9_-]/gu, (character) => `.${(character.codePointAt(0) as number).toString(16)}.`)
  if (safe.length <= 200) return safe
  // Longer than a folder's name may be. No short name has two dots in a row with nothing between them.
  return `${safe.slice(0, 100)}..${createHash('sha256').update(cluster).digest('hex')}`
}
