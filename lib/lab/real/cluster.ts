/** This file starts the processes of a real run as one cluster, and ends them whatever happens. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { AbortedError, TimeoutError } from '../../base/errors.ts'
import type { NodeId } from '../../base/ids.ts'
import { askAll, Forked } from '../../mesh/forked.ts'
import type { LabProcess } from './protocol.ts'

/** What each process runs. */
const entry = fileURLToPath(new URL(`./worker-entry${extname(import.meta.url)}`, import.meta.url))

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
 * process is ended from within. The ports are free ones of the loopback; the local directory of the user is not touched.
 */
export async function withRealCluster<T>(
  count: number,
  algorithm: string,
  use: (cluster: RealCluster) => Promise<T>,
  giveUp: Promise<never>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-lab-'))
  const processes: LabProcess[] = []
  const removeFolder = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  const leaveNothing = (): void => {
    for (const each of processes) each.kill()
    removeFolder()
  }
  process.once('exit', leaveNothing)
  try {
    for (let i = 0; i < count; i++) processes.push(new Forked(`process ${i + 1} of ${count}`, entry))
    const formed = async (): Promise<T> => use(await form(processes, join(folder, 'mesh'), algorithm))
    return await Promise.race([formed(), giveUp])
  } catch (error) {
    throw await firstCause(processes, error)
  } finally {
    await Promise.all(processes.map((each) => each.end()))
    process.off('exit', leaveNothing)
    removeFolder()
  }
}

/** Of one that ended the others may tell first, by what they miss: how it ended says more. */
async function firstCause(processes: readonly LabProcess[], error: unknown): Promise<unknown> {
  if (error instanceof AbortedError) return error
  return Promise.race([...processes.map((each) => each.ended), pause(noticeMs, error)])
}

async function form(processes: readonly LabProcess[], directory: string, algorithm: string): Promise<RealCluster> {
  const place = { cluster: `lab-${process.pid}`, directory, algorithm }
  const opened: { id: NodeId }[] = []
  // A few at a time: many at once would only wait for a processor, and for each other.
  for (let at = 0; at < processes.length; at += openedAtOnce) {
    opened.push(...(await askAll(processes.slice(at, at + openedAtOnce), 'open', place)))
  }
  const untilMs = performance.now() + formingMsMax
  for (;;) {
    const seen = await askAll(processes, 'members', {})
    if (seen.every(({ ids }) => ids.length === processes.length)) return { processes, ids: opened.map(({ id }) => id) }
    if (performance.now() > untilMs) {
      throw new TimeoutError(`${processes.length} processes did not become one cluster within ${formingMsMax / 1000} s`)
    }
    await pause(30)
  }
}
