import { createHash } from 'node:crypto'
import { realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { checkFilesystem, checkFolder, ensureFolder } from './directory-checks.ts'
import { processFacts } from './process-facts.ts'

/** The folder of the nodes' entries, in a cluster's directory. */
export const entriesName = 'entries'

/** The path of a cluster's directory, every part of it that is ours created and checked. @throws REFUSED */
export function locateDirectory(cluster: string, root: string | undefined): string {
  const base = root === undefined ? join(temporaryFolder(), `holdfast-${process.getuid?.() ?? 'user'}`) : resolve(root)
  const parts = [base, join(base, folderName(cluster)), join(base, folderName(cluster), processFacts().bootId)]
  for (const part of parts) {
    ensureFolder(part)
    checkFolder(part, root === undefined || part !== base)
  }
  const path = parts[2] as string
  checkFilesystem(path)
  ensureFolder(join(path, entriesName))
  checkFolder(join(path, entriesName), true)
  return path
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
