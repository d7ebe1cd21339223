/** This file touches the files of a directory in use, so that neither other nodes nor cleaners take it for abandoned. */
import { join } from 'node:path'
import type { NodeId } from '../base/ids.ts'
import { touchEntry } from './directory-entries.ts'
import { keepFiles } from './directory-files.ts'
import { entriesName } from './directory-path.ts'
import { clearInterval, monotonicNowMs, setInterval } from './real-time.ts'

/** How often an entry is touched. */
const touchIntervalMs = 1_000
/** How often files that are not read are touched, so that cleaners which go by age leave them. */
const keepIntervalMs = 3_600_000

/**
 * Keeps the files of a directory from looking abandoned, as long as a node of this process has an entry there. The entries show
 * others, in other namespaces too, that their nodes live. The other files show cleaners that they are in use.
 */
export class DirectoryUpkeep {
  private readonly path: string
  private readonly entriesPath: string
  private readonly ids: () => Iterable<NodeId>
  private readonly restore: () => void
  private toucher: NodeJS.Timeout | null = null
  private keptAtMs = monotonicNowMs()

  /**
   * @param ids The nodes of this process that have an entry there.
   * @param restore Puts back the missing files that all nodes there share. Called every second.
   */
  constructor(path: string, ids: () => Iterable<NodeId>, restore: () => void) {
    this.path = path
    this.entriesPath = join(path, entriesName)
    this.ids = ids
    this.restore = restore
  }

  start(): void {
    if (this.toucher !== null) return
    this.toucher = setInterval(() => this.touch(), touchIntervalMs)
    this.toucher.unref()
  }

  stop(): void {
    if (this.toucher !== null) clearInterval(this.toucher)
    this.toucher = null
  }

  private touch(): void {
    for (const id of this.ids()) touchEntry(this.entriesPath, id)
    this.restore()
    const nowMs = monotonicNowMs()
    if (nowMs - this.keptAtMs < keepIntervalMs) return
    this.keptAtMs = nowMs
    keepFiles(this.path)
  }
}
