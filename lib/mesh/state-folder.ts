/**
 * This file keeps what this host remembers of a cluster: the highest epoch, and the votes of its voters.
 *
 *   $XDG_STATE_HOME/holdfast/CLUSTER/     or ~/.local/state/holdfast, or /var/lib/holdfast, or what `dataDir` names
 *     epoch-NUMBER                        an empty file: its name is the mark, so that no late writer can set it back
 *     voter-HASH/                         the vote of one address and join list (vault.ts)
 */
import { createHash } from 'node:crypto'
import { accessSync, constants, existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'
import type { State, Vault } from '../world/world.ts'
import { folderName } from './directory-path.ts'
import { createFile } from './plain-file.ts'
import { closeSync, readdirSync } from './spared-files.ts'
import { ensureFolders, removeQuietly, syncFolder } from './synced-files.ts'
import { openFileVault } from './vault.ts'

/** The memory of a cluster in a folder that holds the memory of all clusters. Touches nothing before it is used. */
export function openStateFolder(folder: string, cluster: string): State {
  return new StateFolder(join(folder, folderName(cluster)))
}

/**
 * The folder of all clusters where `dataDir` names none: for each user one, and the system's for users without a home that
 * they can write to.
 */
export function defaultStateFolder(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  const named = environment['XDG_STATE_HOME']
  // The specification of these folders: a relative path is to be ignored.
  if (named !== undefined && isAbsolute(named)) return join(named, 'holdfast')
  const home = homeFolder()
  const state = home === null ? null : join(home, '.local', 'state')
  const isUsable = state !== null && [join(state, 'holdfast'), state, home as string].some((path) => isWritable(path))
  return isUsable ? join(state, 'holdfast') : '/var/lib/holdfast'
}

class StateFolder implements State {
  readonly path: string

  constructor(path: string) {
    this.path = path
  }

  highest(): number {
    let highest = 0
    for (const epoch of this.marks()) if (epoch > highest) highest = epoch
    return highest
  }

  mark(epoch: number): void {
    if (!existsSync(this.path)) {
      ensureFolders(this.path)
      syncFolder(dirname(this.path))
    }
    this.create(markName(epoch))
    syncFolder(this.path)
    // Only what lies below a mark that is kept by now.
    for (const lower of this.marks()) if (lower < epoch) removeQuietly(join(this.path, markName(lower)))
  }

  openVault(voter: string): Vault {
    return openFileVault(join(this.path, `voter-${createHash('sha256').update(voter).digest('hex').slice(0, 16)}`))
  }

  /** The name alone is the mark, of a file or a folder. */
  private create(name: string): void {
    try {
      closeSync(createFile(join(this.path, name)))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }

  private marks(): number[] {
    let names: readonly string[] = []
    try {
      names = readdirSync(this.path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
    return names.flatMap((name) => /^epoch-(\d{1,15})$/.exec(name)?.[1] ?? []).map(Number)
  }
}

function markName(epoch: number): string {
  return `epoch-${epoch}`
}

function homeFolder(): string | null {
  try {
    const home = homedir()
    return isAbsolute(home) ? home : null
  } catch {
    // A user that the system does not know.
    return null
  }
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK | constants.X_OK)
    return true
  } catch {
    return false
  }
}
