/** This file keeps the files of a directory in use complete, and young enough that cleaners which go by age leave them. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { keepFiles } from './directory-files.ts'
import { secretName } from './directory-path.ts'
import { monotonicNowMs } from './real-time.ts'

/** How often files that are not read are touched. */
const keepIntervalMs = 3_600_000

/** The care of one node for the files that all nodes of its directory share. */
export class DirectoryUpkeep {
  private readonly path: string
  private readonly restoreSecret: () => void
  private keptAtMs = monotonicNowMs()

  /** @param restoreSecret Puts the missing secret back: newcomers would make another and be shut out. */
  constructor(path: string, restoreSecret: () => void) {
    this.path = path
    this.restoreSecret = restoreSecret
  }

  /** Called whenever the node refreshes its entry. Does not throw: the next renewal says that the folder went away. */
  look(): void {
    try {
      if (!existsSync(join(this.path, secretName))) this.restoreSecret()
    } catch {
      // The folder went away, or its disk is full.
    }
    const nowMs = monotonicNowMs()
    if (nowMs - this.keptAtMs < keepIntervalMs) return
    this.keptAtMs = nowMs
    keepFiles(this.path)
  }
}
