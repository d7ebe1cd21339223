/** This file writes, touches, reads and removes the entries by which nodes find each other in the directory. */
import { linkSync, renameSync, unlinkSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { threadId } from 'node:worker_threads'
import type { NodeId } from '../base/ids.ts'
import { isShortage } from './descriptors.ts'
import { removeSession } from './directory-sessions.ts'
import { readPlainFile, writeOwnFile } from './plain-file.ts'
import { isGone, type ProcessMark } from './process-death.ts'
import { isPid, parseThreadMark, type ProcessFacts, sameNamespaces } from './process-facts.ts'
import { readdirSync } from './spared-files.ts'
import { wallNowMs } from './real-time.ts'

/** The entry by which others find a node. */
export interface Registration extends ProcessFacts {
  readonly id: NodeId
  readonly address: string
  /** Processes that this node has begun and that act for it: it is not gone before they are. */
  readonly children: readonly ProcessMark[]
}

/** An entry as it was found; `touchedMs` rises as long as its node lives. */
export interface FoundEntry extends Registration {
  readonly touchedMs: number
}

export const entrySuffix = '.json'
/** Longer than any entry; a longer file is no entry. */
const entryLengthMax = 8_192

/** Writes an entry so that no process ever reads half of it. `first`: false, and nothing done, when there is one of that id. */
export function writeEntry(folder: string, entry: Registration, first: boolean): boolean {
  const path = join(folder, entry.id + entrySuffix)
  const temporary = `${path}.${process.pid}-${threadId}.new`
  writeOwnFile(temporary, JSON.stringify(entry))
  if (!first) {
    renameSync(temporary, path)
    return true
  }
  try {
    linkSync(temporary, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return false
  } finally {
    unlinkSync(temporary)
  }
}

/** Shows that the node lives; false when its entry is no longer there. */
export function touchEntry(folder: string, id: NodeId): boolean {
  const nowSeconds = wallNowMs() / 1000
  try {
    utimesSync(join(folder, id + entrySuffix), nowSeconds, nowSeconds)
    return true
  } catch {
    return false
  }
}

export function removeEntry(folder: string, id: NodeId): void {
  try {
    unlinkSync(join(folder, id + entrySuffix))
  } catch {
    // It is gone already, or the directory is, which others find out.
  }
}

/** Removes the files of a node; `withSession`: its note too. */
export function clearNode(folder: string, id: NodeId, withSession: boolean): void {
  removeEntry(folder, id)
  if (withSession) removeSession(folder, id)
}

/** All entries that can be read, without those that `isKnown` names; other files are passed over. */
export function readEntries(folder: string, isKnown?: (id: NodeId) => boolean): FoundEntry[] {
  const found: FoundEntry[] = []
  for (const name of readdirSync(folder)) {
    if (!name.endsWith(entrySuffix) || isKnown?.(name.slice(0, -entrySuffix.length)) === true) continue
    const path = join(folder, name)
    try {
      const { content, stats } = readPlainFile(path, entryLengthMax)
      const entry = parseEntry(content.toString())
      if (entry !== null && entry.id + entrySuffix === name) found.push({ ...entry, touchedMs: stats.mtimeMs })
    } catch (error) {
      // A short list would hide nodes that live. Otherwise it was taken away since it was listed, or is no file at all.
      if (isShortage(error)) throw error
    }
  }
  return found
}

/** One node's entry; null without a readable one. */
export function readEntry(folder: string, id: NodeId): Registration | null {
  try {
    const entry = parseEntry(readPlainFile(join(folder, id + entrySuffix), entryLengthMax).content.toString())
    return entry?.id === id ? entry : null
  } catch {
    return null
  }
}

/**
 * Whether the process of an entry (or the thread that the entry names) and every child that it names are proven dead. Only a
 * process of the same boot and namespaces of the same machine can tell.
 */
export function isDead(
  entry: Registration,
  self: ProcessFacts,
  isProcessGone: (process: ProcessMark) => boolean = isGone,
): boolean {
  const isHere = entry.machineId === self.machineId && entry.bootId === self.bootId && sameNamespaces(entry, self)
  // A namespace without a name is an unknown one, where the system has any.
  const isKnown = self.pidNamespace !== '' || process.platform !== 'linux'
  return isHere && isKnown && [entry, ...entry.children].every(isProcessGone)
}

/** Whether two entries speak of one process, and of one thread of it. */
export function sameProcess(a: ProcessFacts, b: ProcessFacts): boolean {
  return (
    a.pid === b.pid &&
    a.startTime === b.startTime &&
    a.thread?.tid === b.thread?.tid &&
    a.thread?.startTime === b.thread?.startTime &&
    a.machineId === b.machineId &&
    a.bootId === b.bootId &&
    sameNamespaces(a, b)
  )
}

function parseEntry(text: string): Registration | null {
  let raw: unknown
  try {
    raw = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof raw !== 'object' || raw === null) return null
  const { id, address, pid, startTime, machineId, bootId, pidNamespace, netNamespace, timeNamespace } = raw as Readonly<
    Record<string, unknown>
  >
  if (typeof id !== 'string' || typeof address !== 'string' || !isPid(pid)) return null
  if (typeof startTime !== 'string' || typeof machineId !== 'string' || typeof bootId !== 'string') return null
  if (typeof pidNamespace !== 'string' || typeof netNamespace !== 'string' || typeof timeNamespace !== 'string') return null
  const children = parseChildren((raw as { readonly children?: unknown }).children ?? [])
  const thread = parseThreadMark((raw as { readonly thread?: unknown }).thread)
  if (children === null || thread === undefined) return null
  return { id, address, pid, startTime, thread, machineId, bootId, pidNamespace, netNamespace, timeNamespace, children }
}

function parseChildren(raw: unknown): readonly ProcessMark[] | null {
  if (!Array.isArray(raw)) return null
  const children: ProcessMark[] = []
  for (const child of raw as readonly unknown[]) {
    if (typeof child !== 'object' || child === null) return null
    const { pid, startTime } = child as Readonly<Record<string, unknown>>
    if (!isPid(pid) || typeof startTime !== 'string') return null
    children.push({ pid, startTime })
  }
  return children
}
