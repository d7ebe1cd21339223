/** This file starts the processes of the bench as one cluster, sums up what they used, and ends them. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { TimeoutError } from '../base/errors.ts'
import { askAll } from '../mesh/forked.ts'
import type { Usage } from './protocol.ts'
import { type BenchProcess, startProcess, withProcesses } from './processes.ts'

/** How long the processes may take to become one cluster. */
const formingMsMax = 30_000

/** Processes that are one cluster, and can also talk past it: by the floor and by bare `ws`. */
export interface Cluster {
  readonly processes: readonly BenchProcess[]
  /** The one that asks when only one asks. It is connected to the floors of all others. */
  readonly first: BenchProcess
  usage(): Promise<ClusterUsage>
  /** One more process, seen by all the others. It is killed by its caller, or at the end. */
  join(): Promise<BenchProcess>
}

/** Sums over the processes, and the largest memory of one. */
export interface ClusterUsage {
  readonly cpuUs: number
  readonly lockMessages: number
  readonly rssMb: number
}

/** Forms a cluster of so many processes in a directory of its own, and leaves no process and no file behind. */
export async function withCluster<T>(count: number, algorithm: string, use: (cluster: Cluster) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-'))
  let running: readonly BenchProcess[] = []
  const joined: BenchProcess[] = []
  const removeFolder = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  // Even when the process is ended from within, as by an interrupt.
  const leaveNothing = (): void => {
    for (const each of [...running, ...joined]) each.kill()
    removeFolder()
  }
  process.once('exit', leaveNothing)
  try {
    return await withProcesses(count, async (processes) => {
      running = processes
      try {
        return await use(await formed(processes, joined, join(folder, 'mesh'), algorithm))
      } finally {
        await Promise.all(joined.map((each) => each.end()))
      }
    })
  } finally {
    removeFolder()
    process.off('exit', leaveNothing)
  }
}

async function formed(
  processes: readonly BenchProcess[],
  joined: BenchProcess[],
  directory: string,
  algorithm: string,
): Promise<Cluster> {
  const ports = await askAll(processes, 'listen', {})
  const place = { cluster: `bench-${process.pid}`, directory, algorithm }
  await askAll(processes, 'open', place)
  await allSeeAll(processes)
  const [first, ...others] = processes as [BenchProcess, ...BenchProcess[]]
  const otherPorts = ports.slice(1)
  await first.ask('connect', { floorPorts: otherPorts.map((port) => port.floorPort), wsPort: otherPorts[0]?.wsPort ?? 0 })
  return {
    processes: [first, ...others],
    first,
    usage: async () => total(await askAll(processes, 'usage', {})),
    async join() {
      const newcomer = startProcess()
      joined.push(newcomer)
      await newcomer.ask('open', place)
      await allSeeAll([...processes, newcomer])
      return newcomer
    },
  }
}

/** Waits until every process sees all of them in its view. */
async function allSeeAll(processes: readonly BenchProcess[]): Promise<void> {
  const untilMs = performance.now() + formingMsMax
  for (;;) {
    const answers = await askAll(processes, 'members', {})
    if (answers.every((answer) => answer.count === processes.length)) return
    if (performance.now() > untilMs)
      throw new TimeoutError(`${processes.length} processes did not become one cluster within ${formingMsMax} ms`)
    await pause(50)
  }
}

function total(usages: readonly Usage[]): ClusterUsage {
  return {
    cpuUs: usages.reduce((sum, usage) => sum + usage.cpuUs, 0),
    lockMessages: usages.reduce((sum, usage) => sum + usage.lockMessages, 0),
    rssMb: Math.round(Math.max(...usages.map((usage) => usage.rssBytes)) / 2 ** 20),
  }
}
