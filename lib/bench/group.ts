/** This file starts the processes of one contestant, makes them clients of its system, and adds up what they spend. */
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { invariant } from '../base/assert.ts'
import { TimeoutError } from '../base/errors.ts'
import { callAll } from '../children/child.ts'
import { entryBeside } from '../children/entry.ts'
import { withFolder } from '../children/folder.ts'
import { startProcess } from '../children/process.ts'
import { largest } from '../observe/statistics.ts'
import type { BenchProcess, PeerPorts, BenchPlace, Ports, Usage } from './protocol.ts'
import { type Contestant, labelOf } from './rows.ts'
import type { LockServer } from './server.ts'
import type { Servers } from './servers.ts'

/** How long the processes may take until each sees all others. */
const formingMsMax = 120_000

/** Processes that are clients of one system. */
export interface Group {
  readonly contestant: Contestant
  readonly processes: readonly BenchProcess[]
  /** The first process, which works if only one works. */
  readonly first: BenchProcess
  usage(): Promise<GroupUsage>
  /** Starts a process that is not in the system yet. */
  startOne(): BenchProcess
  /** Makes a process of `startOne` a client as well. Resolves with how long that took it, when all see it. */
  enter(newcomer: BenchProcess): Promise<number>
  /** Waits until each process sees all of them and no other. */
  settled(): Promise<void>
}

/** Sums over the processes, and the largest memory of one. */
export interface GroupUsage {
  readonly cpuUs: number
  /** Of the server; null if the system has none. */
  readonly serverCpuUs: number | null
  readonly lockMessages: number
  readonly ioBytes: number | null
  readonly rssMb: number
}

/** Gives new groups of that many processes. Leaves no process and no file behind. */
export function withGroups<T>(
  count: number,
  servers: Servers,
  use: (open: (contestant: Contestant) => Promise<Group>) => Promise<T>,
): Promise<T> {
  return withFolder('holdfast-bench-', async (folder) => {
    const all: BenchProcess[] = []
    const start = (contestant: Contestant): BenchProcess => {
      const child: BenchProcess = startProcess(
        `a process of ${labelOf(contestant)}`,
        entryBeside(import.meta.url, 'worker-entry'),
      )
      all.push(child)
      return child
    }
    let opened = 0
    try {
      return await use((contestant) => {
        const number = ++opened
        return openGroup(contestant, servers.of(contestant.system), count, join(folder, `${number}`), number, () =>
          start(contestant),
        )
      })
    } finally {
      await Promise.all(all.map((each) => each.endNow()))
    }
  })
}

async function openGroup(
  contestant: Contestant,
  server: LockServer | undefined,
  count: number,
  directory: string,
  number: number,
  startOne: () => BenchProcess,
): Promise<Group> {
  const processes = Array.from({ length: count }, startOne)
  const place: BenchPlace = {
    ...contestant,
    cluster: `bench-${process.pid}-${number}`,
    directory,
    addresses: undefined,
    address: undefined,
    serverPort: server?.port ?? 0,
  }
  let ports: readonly Ports[] = []
  if (contestant.system === 'floor') ports = await connectFloor(processes)
  else if (contestant.join === 'list') {
    const addresses = await freeAddresses(count)
    await Promise.all(processes.map((child, i) => child.call('open', { ...place, addresses, address: addresses[i] })))
  } else await callAll(processes, 'open', place)
  const group: Group = {
    contestant,
    processes,
    first: processes[0] as BenchProcess,
    usage: async () => ({ ...total(await callAll(processes, 'usage')), serverCpuUs: server?.cpuUs() ?? null }),
    startOne,
    async enter(newcomer) {
      if (contestant.system === 'floor') return await newcomer.call('connect', peerPorts(ports, undefined, ports[0]))
      const tookMs = await newcomer.call('open', place)
      await allSeeAll(contestant, [...processes, newcomer])
      return tookMs
    },
    settled: () => allSeeAll(contestant, processes),
  }
  await group.settled()
  return group
}

/** Connects each process to the bare sockets of all others, and to the next one in a ring. Resolves with where they listen. */
async function connectFloor(processes: readonly BenchProcess[]): Promise<readonly Ports[]> {
  const ports = await callAll(processes, 'listen')
  await Promise.all(
    processes.map((child, i) => {
      const others = ports.filter((_, each) => each !== i)
      return child.call('connect', peerPorts(others, i === 0 ? others[0] : undefined, ports[(i + 1) % ports.length]))
    }),
  )
  return ports
}

function peerPorts(others: readonly Ports[], answering: Ports | undefined, next: Ports | undefined): PeerPorts {
  invariant(next !== undefined, 'a group has more than one process')
  return {
    floorPorts: others.map(({ floorPort }) => floorPort),
    wsPort: answering?.wsPort,
    nextRingPort: next.ringPort,
  }
}

async function allSeeAll(contestant: Contestant, processes: readonly BenchProcess[]): Promise<void> {
  if (contestant.system === 'floor') return
  const untilMs = performance.now() + formingMsMax
  for (;;) {
    const counts = await callAll(processes, 'memberCount')
    if (counts.every((count) => count === null || count === processes.length)) return
    if (performance.now() > untilMs)
      throw new TimeoutError(
        `${processes.length} processes of ${labelOf(contestant)} did not see each other within ${formingMsMax / 1000} s`,
      )
    await pause(50)
  }
}

/** Addresses of loopback at which nothing listens. */
async function freeAddresses(count: number): Promise<readonly string[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer()
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      return server
    }),
  )
  return await Promise.all(
    servers.map(async (server) => {
      const { port } = server.address() as AddressInfo
      await new Promise((resolve) => server.close(resolve))
      return `127.0.0.1:${port}`
    }),
  )
}

function total(usages: readonly Usage[]): Omit<GroupUsage, 'serverCpuUs'> {
  const io = usages.map(({ ioBytes }) => ioBytes)
  return {
    cpuUs: usages.reduce((sum, usage) => sum + usage.cpuUs, 0),
    lockMessages: usages.reduce((sum, usage) => sum + usage.lockMessages, 0),
    ioBytes: io.reduce((sum, each) => (sum === null || each === null ? null : sum + each), 0),
    rssMb: Math.round(largest(usages.map((usage) => usage.rssBytes)) / 2 ** 20),
  }
}
