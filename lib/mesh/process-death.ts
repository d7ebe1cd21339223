/**
 * This file decides when a process is certain to be gone (docs/concepts.md). The others do not wait for a process that is proven
 * dead, so a wrong proof would put two holders into one lock. Where a fact cannot be read, there is no proof.
 *
 * A pid is used again, so it counts only with the start time. And a process that shows as a zombie may live on: when its
 * first thread has ended and others have not, so each of its threads must be gone.
 *
 * A node in a worker thread is gone when its thread is, although the process goes on. No other thread runs its code, and Node
 * lets a thread end only when its calls of the file system and the network are done or cancelled.
 */
import { existsSync } from 'node:fs'
import { isProcOurs, readStat, statOf, type ThreadMark } from './process-facts.ts'
import { readdirSync } from './spared-files.ts'

/** A process as it can be told from every other of this boot and pid namespace. */
export interface ProcessMark {
  readonly pid: number
  /** As in `ProcessFacts`; empty where start times are not known. */
  readonly startTime: string
  /** The thread that is meant, if it is not the whole process. */
  readonly thread?: ThreadMark | null
}

/** The system calls that are needed; a test passes its own. */
export interface ProcessTable {
  /** Whether the pid exists at all; null when that cannot be told. */
  exists(pid: number): boolean | null
  /** State and start time; null when they cannot be read. */
  stat(pid: number): { readonly state: string; readonly startTime: string } | null
  /** The states of all its threads; null when they cannot be read. */
  threadStates(pid: number): readonly string[] | null
  /** State and start time of one thread; `gone` when the process has none of that number, null when that cannot be told. */
  thread(pid: number, tid: number): { readonly state: string; readonly startTime: string } | 'gone' | null
  /** Whether what it tells is about this process's own pid namespace. */
  isOurs(): boolean
}

/**
 * Whether it is certain that no thread of this process runs any more, or, if the mark names a thread, that this thread does not.
 */
export function isGone({ pid, startTime, thread }: ProcessMark, table: ProcessTable = systemTable): boolean {
  const exists = table.exists(pid)
  if (exists === null || !table.isOurs()) return false
  if (!exists) return true
  const stat = table.stat(pid)
  if (stat === null || startTime === '' || stat.startTime === '') return false
  if (stat.startTime !== startTime) return true
  if (isOver(stat.state) && (table.threadStates(pid)?.every(isOver) ?? false)) return true
  return thread !== undefined && thread !== null && isThreadGone(pid, thread, table)
}

/** Of a process that is there. A number of a thread is used again too. */
function isThreadGone(pid: number, { tid, startTime }: ThreadMark, table: ProcessTable): boolean {
  const found = table.thread(pid, tid)
  if (found === null || found === 'gone') return found === 'gone'
  return found.startTime !== '' && (found.startTime !== startTime || isOver(found.state))
}

/** Zombie or dead: no instruction of it will ever run. */
function isOver(state: string): boolean {
  return state === 'Z' || state === 'X'
}

const systemTable: ProcessTable = {
  exists(pid) {
    try {
      process.kill(pid, 0)
      return true
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      return code === 'ESRCH' ? false : code === 'EPERM' ? true : null
    }
  },
  stat: (pid) => readStat(pid),
  threadStates(pid) {
    try {
      return readdirSync(`/proc/${pid}/task`).map((thread) => statOf(`/proc/${pid}/task/${thread}/stat`)?.state ?? 'unreadable')
    } catch {
      return null
    }
  },
  thread(pid, tid) {
    const folder = `/proc/${pid}/task`
    const stat = statOf(`${folder}/${tid}/stat`)
    if (stat !== null) return stat
    // Its own folder tells whether the others can be seen at all.
    return existsSync(`${folder}/${pid}`) && !existsSync(`${folder}/${tid}`) ? 'gone' : null
  },
  isOurs: () => process.platform !== 'linux' || isProcOurs(),
}
