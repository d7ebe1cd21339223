/** The processes of a real run, as one cluster. */
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { AbortedError, TimeoutError } from '../../base/errors.ts'
import type { NodeId } from '../../base/ids.ts'
import { callAll } from '../../children/child.ts'
import { entryBeside } from '../../children/entry.ts'
import { withFolder } from '../../children/folder.ts'
import { startProcess } from '../../children/process.ts'
import type { LabCalls, LabProcess } from './protocol.ts'

/** How long the processes may take to become one cluster: the first ones may wait for a busy machine. */
const formingMsMax = 60_000

/** How long it may take until the end of a process is known here. */
const noticeMs = 100
const openedAtOnce = 4

/** Processes that are one cluster on this machine, in a directory of their own. */
export interface RealCluster {
  readonly processes: readonly LabProcess[]
  /** The nodes' ids, in the order of the processes. */
  readonly ids: readonly NodeId[]
}

/**
 * Forms a cluster of so many processes, and leaves no process and no file behind when `use` fails, and even when this
 * process is ended from within. The processes meet in a folder of their own; the local directory of the user is not touched.
 */
export function withRealCluster<T>(
  count: number,
  algorithm: string,
  use: (cluster: RealCluster) => Promise<T>,
  giveUp: Promise<never>,
): Promise<T> {
  const entry = entryBeside(import.meta.url, 'worker-entry')
  return withFolder('holdfast-lab-', async (folder) => {
    const processes = Array.from({ length: count }, (_, i) =>
      startProcess<LabCalls>(`process ${i + 1} of ${count}`, entry, { namesItself: true }),
    )
    const formed = async (): Promise<T> => use(await form(processes, join(folder, 'mesh'), algorithm))
    try {
      return await Promise.race([formed(), giveUp])
    } catch (error) {
      throw await firstCause(processes, error)
    } finally {
      await Promise.all(processes.map((each) => each.endNow()))
    }
  })
}

/** The cause of a failed run. When a process ended, the others may report first that they miss it; how it ended says more. */
async function firstCause(processes: readonly LabProcess[], error: unknown): Promise<unknown> {
  if (error instanceof AbortedError) return error
  const ends = processes.map(async (each) => {
    await each.ended
    return each.closedError()
  })
  return Promise.race([...ends, pause(noticeMs, error)])
}

async function form(processes: readonly LabProcess[], directory: string, algorithm: string): Promise<RealCluster> {
  const place = { cluster: `lab-${process.pid}`, directory, algorithm }
  const ids: NodeId[] = []
  // A few at a time: many at once would only wait for a processor, and for each other.
  for (let at = 0; at < processes.length; at += openedAtOnce) {
    ids.push(...(await callAll(processes.slice(at, at + openedAtOnce), 'open', place)))
  }
  const untilMs = performance.now() + formingMsMax
  for (;;) {
    const seen = await callAll(processes, 'members')
    if (seen.every((members) => members.length === processes.length)) return { processes, ids }
    if (performance.now() > untilMs) {
      throw new TimeoutError(`${processes.length} processes did not become one cluster within ${formingMsMax / 1000} s`)
    }
    await pause(30)
  }
}
