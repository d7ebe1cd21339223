import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { TimeoutError } from '../../base/errors.ts'
import type { NodeId } from '../../base/ids.ts'
import { askAll, LabProcess } from './processes.ts'

/** How long the processes may take to become one cluster: the first ones may wait for a busy machine. */
const formingMsMax = 60_000

/** Processes that are one cluster on this machine, in a directory of their own. */
export interface RealCluster {
  readonly processes: readonly LabProcess[]
  /** The nodes' ids, in the order of the processes. */
  readonly ids: readonly NodeId[]
}

/**
 * Forms a cluster of so many processes, and leaves no process and no file behind, whatever becomes of `use`, even when this
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
    for (let i = 0; i < count; i++) processes.push(new LabProcess(`process ${i + 1} of ${count}`))
    const formed = async (): Promise<T> => use(await form(processes, join(folder, 'mesh'), algorithm))
    return await Promise.race([formed(), giveUp])
  } finally {
    await Promise.all(processes.map((each) => each.end()))
    process.off('exit', leaveNothing)
    removeFolder()
  }
}

async function form(processes: readonly LabProcess[], directory: string, algorithm: string): Promise<RealCluster> {
  const opened = await askAll(processes, 'open', { cluster: `lab-${process.pid}`, directory, algorithm })
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
