/**
 * This file removes what dead nodes have left in a directory: entries, notes of sessions, and files that were being written when
 * their writer was killed, and unix sockets. A process that reads such a file takes its absence for doubt and waits longer, so taking one away too
 * soon can only cost time. Places of the chain that a killed process was removing are removed. Names that no node makes are left
 * alone.
 */
import { lstatSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { NodeId } from '../base/ids.ts'
import { systemTime } from './clock.ts'
import { clearNode, entrySuffix, readEntries } from './directory-entries.ts'
import { sweepRemoved } from './directory-files.ts'
import type { Obituaries } from './directory-obituaries.ts'
import { temporaryPrefix } from './directory-path.ts'
import { readSession, sessionSuffix } from './directory-sessions.ts'
import { processFacts } from './process-facts.ts'
import { type SocketFolder, socketSuffix } from './socket-folder.ts'
import { readdirSync } from './spared-files.ts'
import { clearTimeout, setTimeout, wallNowMs } from './real-time.ts'

const firstSweepMs = 2_000
const intervalMs = 10_000
/** Of the nodes of a directory with more files than this not all sweep each time: each looks at all files. */
const filesFew = 64
/** As many sweeps in a row find a file unchanged before it counts as abandoned by its writer. Counted, since this process may stand still too. */
const sweepsUnchanged = 5
/** By the wall clock: what the dead wrote so long ago is not needed as a proof of their death any more. */
const oldMs = 60_000

const temporarySuffix = '.new'

/** A file as it was seen before. */
interface Seen {
  readonly mark: string
  readonly sweeps: number
}

export class DirectorySweeper {
  private readonly path: string
  private readonly entriesPath: string
  private readonly obituaries: Obituaries
  private readonly sockets: Pick<SocketFolder, 'removeIfRefused'>
  private readonly isOwn: (id: NodeId) => boolean
  private seen: ReadonlyMap<string, Seen> = new Map()
  /** The first sweep, or the lot that another node makes it, is past. */
  private hadTurn = false
  private timer: NodeJS.Timeout | null = null

  /** `isOwn`: whether a node is the directory's own, whose files are not looked at. */
  constructor(
    path: string,
    entriesPath: string,
    obituaries: Obituaries,
    sockets: Pick<SocketFolder, 'removeIfRefused'>,
    isOwn: (id: NodeId) => boolean,
  ) {
    this.path = path
    this.entriesPath = entriesPath
    this.obituaries = obituaries
    this.sockets = sockets
    this.isOwn = isOwn
  }

  start(): void {
    if (this.timer === null) this.schedule(this.hadTurn ? intervalMs : firstSweepMs)
  }

  /** A process that is short-lived sweeps when it goes. */
  stop(): void {
    if (this.timer === null) return
    clearTimeout(this.timer)
    this.timer = null
    if (!this.hadTurn) this.sweep()
  }

  /** Looks at everything once. It does not throw: a file that cannot be read or removed is left for the next sweep. */
  sweep(): void {
    this.hadTurn = true
    const before = this.seen
    const seen = new Map<string, Seen>()
    const sweepsOf = (path: string): number => {
      const mark = markOf(path)
      if (mark === null) return 0
      const known = before.get(path)
      const sweeps = known?.mark === mark ? known.sweeps + 1 : 1
      seen.set(path, { mark, sweeps })
      return sweeps
    }
    try {
      this.sweepEntries(sweepsOf)
      this.sweepTemporaries(sweepsOf)
      sweepRemoved(this.path)
    } catch {
      // The folder is gone, which other code finds out.
    }
    this.seen = seen
  }

  private schedule(delayMs: number): void {
    this.timer = setTimeout(() => {
      if (this.isTurn()) this.sweep()
      this.hadTurn = true
      this.schedule(intervalMs)
    }, delayMs)
    this.timer.unref()
  }

  /** By lot, so that all together sweep as often as a few would. */
  isTurn(draw = Math.random()): boolean {
    try {
      return draw * readdirSync(this.entriesPath).length < filesFew
    } catch {
      return false
    }
  }

  private sweepEntries(sweepsOf: (path: string) => number): void {
    this.obituaries.clearDead(readEntries(this.entriesPath), oldMs)
    const names = readdirSync(this.entriesPath)
    const hasEntry = new Set(names)
    for (const name of names) {
      const path = join(this.entriesPath, name)
      const isUnchanged = (): boolean => sweepsOf(path) >= sweepsUnchanged
      if (name.endsWith(entrySuffix)) {
        // Of a node whose thread has ended, or that stands still: it writes a new one if it goes on.
        const id = name.slice(0, -entrySuffix.length)
        if (!this.isOwn(id) && isUnchanged()) clearNode(this.entriesPath, id, isOver(this.entriesPath, id))
      } else if (name.endsWith(sessionSuffix)) {
        const id = name.slice(0, -sessionSuffix.length)
        if (hasEntry.has(id + entrySuffix) || this.isOwn(id)) continue
        if ((isUnchanged() || isOld(path)) && isOver(this.entriesPath, id)) removeQuietly(path)
      } else if (name.endsWith(socketSuffix)) {
        const id = name.slice(0, -socketSuffix.length)
        if (!hasEntry.has(id + entrySuffix) && !this.isOwn(id) && isUnchanged()) void this.sockets.removeIfRefused(id)
      } else if (isTemporary(name) && isUnchanged()) removeQuietly(path)
    }
  }

  private sweepTemporaries(sweepsOf: (path: string) => number): void {
    for (const name of readdirSync(this.path)) {
      if (!name.startsWith(temporaryPrefix)) continue
      const path = join(this.path, name)
      if (isNobody(Number.parseInt(name.slice(temporaryPrefix.length), 10)) || sweepsOf(path) >= sweepsUnchanged)
        removeQuietly(path)
    }
  }
}

/** `ID.json.PID-THREAD.new`. */
function isTemporary(name: string): boolean {
  return name.endsWith(temporarySuffix) && name.includes(`${entrySuffix}.`)
}

/** Whether a node's session cannot last any more, by what it noted; a note that cannot be read says nothing. */
function isOver(entriesPath: string, id: NodeId): boolean {
  const end = readSession(entriesPath, id)
  return end === null || (systemTime.monotonicMs() > end.monotonicMs && systemTime.bootMs() > end.bootMs)
}

function isOld(path: string): boolean {
  try {
    return wallNowMs() - lstatSync(path).mtimeMs >= oldMs
  } catch {
    return false
  }
}

/** What changes when a process writes or touches a file; null when it is gone, or neither a file nor a socket. */
function markOf(path: string): string | null {
  try {
    const stats = lstatSync(path)
    return stats.isFile() || stats.isSocket() ? `${stats.ino}:${stats.mtimeMs}` : null
  } catch {
    return null
  }
}

/** Whether no process has that id. All processes of a directory are of one pid namespace. */
function isNobody(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid < 1 || pid === processFacts().pid) return false
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

function removeQuietly(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // Another process removed it.
  }
}
