/**
 * This file reads what tells one process from another on one host: its pid, its start time, and its namespaces. A pid alone is
 * used again, but not with the same start time, and a pid means nothing in another namespace.
 */
import { readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { isMainThread } from 'node:worker_threads'
import { isShortage } from './descriptors.ts'
import { readFileSync } from './spared-files.ts'

/** The identity of a thread among all threads of its process, also those that have ended. */
export interface ThreadMark {
  /** The kernel's number of it. */
  readonly tid: number
  /** As that of a process. */
  readonly startTime: string
}

/** The identity of a process, as in its entry in the local directory. */
export interface ProcessFacts {
  readonly pid: number
  /**
   * Field 22 of /proc/PID/stat: clock ticks since boot, as the reader's time namespace counts them; empty where /proc has no such
   * file.
   */
  readonly startTime: string
  /** The worker thread in which the node runs; null in the main thread, which the process does not outlive, and where it cannot be told. */
  readonly thread: ThreadMark | null
  readonly machineId: string
  readonly bootId: string
  /**
   * The namespaces that two processes must share for a fact about one to mean the same to the other; empty where the system has
   * none.
   */
  readonly pidNamespace: string
  readonly netNamespace: string
  readonly timeNamespace: string
}

let known: ProcessFacts | null = null

/** Of this process and thread; they do not change while it lives. */
export function processFacts(): ProcessFacts {
  if (known !== null) return known
  // Under a foreign /proc this pid is another process.
  const startTime = isProcOurs() ? (readStat(process.pid)?.startTime ?? '') : ''
  known = {
    pid: process.pid,
    startTime,
    thread: isMainThread || startTime === '' ? null : ownThread(),
    machineId: readText('/etc/machine-id') ?? hostname(),
    bootId: readBootId(),
    pidNamespace: readNamespace('pid'),
    netNamespace: readNamespace('net'),
    timeNamespace: readNamespace('time'),
  }
  return known
}

/** A synchronous call runs in the thread that makes it, so the kernel tells of that one. */
function ownThread(): ThreadMark | null {
  try {
    const match = /^(\d+)\/task\/(\d+)$/.exec(readlinkSync('/proc/thread-self'))
    if (match === null || Number(match[1]) !== process.pid) return null
    const startTime = statOf('/proc/thread-self/stat')?.startTime ?? ''
    return startTime === '' ? null : { tid: Number(match[2]), startTime }
  } catch {
    return null
  }
}

/** What an entry says of its thread: null when it names none, undefined when that is no thread. */
export function parseThreadMark(raw: unknown): ThreadMark | null | undefined {
  if (raw === undefined || raw === null) return null
  const { tid, startTime } = Object(raw) as Readonly<Record<string, unknown>>
  return isPid(tid) && typeof startTime === 'string' ? { tid, startTime } : undefined
}

export function isPid(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1
}

/** Whether two processes see each other as each sees itself: then pids, start times, loopback and clocks agree. */
export function sameNamespaces(a: ProcessFacts, b: ProcessFacts): boolean {
  return a.pidNamespace === b.pidNamespace && a.netNamespace === b.netNamespace && a.timeNamespace === b.timeNamespace
}

/** A container may have another namespace's /proc mounted, in which a pid means another process. */
export function isProcOurs(): boolean {
  try {
    return readlinkSync('/proc/self') === String(process.pid)
  } catch {
    return false
  }
}

/** State and start time; the command's name stands in parentheses before them and may itself hold any character. */
export function readStat(pid: number | 'self'): { readonly state: string; readonly startTime: string } | null {
  return statOf(`/proc/${pid}/stat`)
}

/** The same of any such file, of a thread for instance. Null when it cannot be read. */
export function statOf(path: string): { readonly state: string; readonly startTime: string } | null {
  let stat: string | null
  try {
    stat = readText(path)
  } catch {
    return null
  }
  if (stat === null) return null
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return { state: fields[0] ?? '', startTime: fields[19] ?? '' }
}

/**
 * The kernel's id of this boot. Where the kernel gives no id, all boots have one name. Two processes that made up different names
 * would meet in two places; with one name, members of an earlier boot are only waited out.
 */
function readBootId(): string {
  const id = readText('/proc/sys/kernel/random/boot_id')
  return id !== null && /^[0-9a-f-]{36}$/.test(id) ? id : 'any-boot'
}

function readNamespace(kind: 'pid' | 'net' | 'time'): string {
  try {
    return readlinkSync(`/proc/self/ns/${kind}`)
  } catch {
    return ''
  }
}

/**
 * The trimmed content, or null when it cannot be read.
 *
 * @throws EMFILE, ENFILE: a boot or machine whose name is not read for the moment is not one without a name.
 */
export function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (error) {
    if (isShortage(error)) throw error
    return null
  }
}
