/** This file forms one cluster of several processes for a measurement. */
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { TimeoutError } from '../base/errors.ts'
import { callAll } from '../children/child.ts'
import { entryBeside } from '../children/entry.ts'
import { withFolder } from '../children/folder.ts'
import { startProcess } from '../children/process.ts'
import type { BenchProcess, Usage } from './protocol.ts'

/** How long the processes may take to become one cluster. */
const formingMsMax = 30_000

/** Processes that form one cluster, and can also talk directly: by the floor and by bare `ws`. */
export interface Cluster {
  readonly processes: readonly BenchProcess[]
  /** The first process, which asks if only one asks. It is connected to the floors of all others. */
  readonly first: BenchProcess
  usage(): Promise<ClusterUsage>
  /** Adds a process that all others see. The caller kills it, or it is killed at the end. */
  join(): Promise<BenchProcess>
}

/** Sums over the processes, and the largest memory of one. */
export interface ClusterUsage {
  readonly cpuUs: number
  readonly lockMessages: number
  readonly rssMb: number
}

/** Forms a cluster of that many processes in its own directory, and leaves no process and no file behind. */
export function withCluster<T>(count: number, algorithm: string, use: (cluster: Cluster) => Promise<T>): Promise<T> {
  return withFolder('holdfast-bench-', async (folder) => {
    const processes = Array.from({ length: count }, startBenchProcess)
    const all = [...processes]
    try {
      return await use(await formed(processes, all, join(folder, 'mesh'), algorithm))
    } finally {
      await Promise.all(all.map((each) => each.endNow()))
    }
  })
}

function startBenchProcess(): BenchProcess {
  return startProcess('a process of the bench', entryBeside(import.meta.url, 'worker-entry'))
}

/** @param all gets the processes that join later */
async function formed(
  processes: readonly BenchProcess[],
  all: BenchProcess[],
  directory: string,
  algorithm: string,
): Promise<Cluster> {
  const ports = await callAll(processes, 'listen')
  const place = { cluster: `bench-${process.pid}`, directory, algorithm }
  await callAll(processes, 'open', place)
  await allSeeAll(processes)
  const [first, ...others] = processes as [BenchProcess, ...BenchProcess[]]
  const otherPorts = ports.slice(1)
  await first.call(
    'connect',
    otherPorts.map((port) => port.floorPort),
    otherPorts[0]?.wsPort ?? 0,
  )
  return {
    processes: [first, ...others],
    first,
    usage: async () => total(await callAll(processes, 'usage')),
    async join() {
      const newcomer = startBenchProcess()
      all.push(newcomer)
      await newcomer.call('open', place)
      await allSeeAll([...processes, newcomer])
      return newcomer
    },
  }
}

/** Waits until each process sees all of them in its view. */
async function allSeeAll(processes: readonly BenchProcess[]): Promise<void> {
  const untilMs = performance.now() + formingMsMax
  for (;;) {
    const counts = await callAll(processes, 'memberCount')
    if (counts.every((count) => count === processes.length)) return
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
