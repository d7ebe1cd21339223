/** This file is what one process of the bench measures: a client of one system, or the floor. */
import { readFileSync } from 'node:fs'
import { invariant } from '../base/assert.ts'
import type { CallHandlers } from '../children/calls.ts'
import { sharedNowMs } from '../mesh/shared-clock.ts'
import { BareWs, connectWs, listenWs } from './bare-ws.ts'
import { FloorPeers, listenFloor } from './floor.ts'
import { floorWork } from './floor-work.ts'
import { CpuProfiler } from './profile/cpu-profiler.ts'
import type { BenchCalls } from './protocol.ts'
import { RingMember } from './ring.ts'
import type { TimedScenario } from './rows.ts'
import { type BenchClient, openClient } from './systems.ts'
import { type BenchHold, type SliceWork, workWith } from './work.ts'

/** The measured process. */
export class Subject {
  private client: BenchClient | undefined
  private work: Readonly<Record<TimedScenario, SliceWork>> | undefined
  private ws: BareWs | undefined
  private taken: BenchHold | undefined
  private ended: Promise<number> | undefined
  private readonly ring = new RingMember()
  private readonly profiler = new CpuProfiler()

  readonly handlers: CallHandlers<BenchCalls> = {
    listen: async () => {
      const [floorPort, wsPort, ringPort] = await Promise.all([listenFloor(), listenWs(), this.ring.listen()])
      return { floorPort, wsPort, ringPort }
    },
    connect: async (ports) => {
      await this.ring.connect(ports.nextRingPort, ports.wsPort !== undefined)
      if (ports.wsPort !== undefined) this.ws = await BareWs.connect(ports.wsPort)
      const beganMs = sharedNowMs()
      const peers = await FloorPeers.connect(ports.floorPorts)
      const connectedMs = sharedNowMs()
      this.work = floorWork(peers, this.ring)
      return connectedMs - beganMs
    },
    open: async (place) => {
      const beganMs = sharedNowMs()
      this.client = await openClient(place)
      const openedMs = sharedNowMs()
      this.work = workWith(this.client.locks)
      return openedMs - beganMs
    },
    leave: async () => {
      await this.client?.close()
    },
    memberCount: () => this.theClient.memberCount(),
    wsRounds: (count) => timed(count, () => this.ws?.round()),
    work: async (scenario, fromMs, untilMs) => {
      invariant(this.work !== undefined, 'the system is opened first')
      return await this.work[scenario](fromMs, untilMs)
    },
    take: async (name) => {
      this.taken = await this.theClient.locks.acquire(name, { wait: 60_000 })
      return sharedNowMs()
    },
    give: async () => {
      await this.taken?.release()
    },
    watch: async (wsPort) => {
      const socket = await connectWs(wsPort)
      this.ended = new Promise((resolve) => socket.once('close', () => resolve(sharedNowMs())))
    },
    watchedEnd: () => this.ended ?? Number.NaN,
    startProfile: () => this.profiler.start(),
    stopProfile: (path) => this.profiler.stop(path),
    usage: () => {
      const { user, system } = process.cpuUsage()
      return {
        cpuUs: user + system,
        rssBytes: process.memoryUsage.rss(),
        lockMessages: this.client?.messagesSent() ?? 0,
        ioBytes: ioBytes(),
      }
    },
  }

  private get theClient(): BenchClient {
    invariant(this.client !== undefined, 'the system is opened first')
    return this.client
  }
}

/** What this process read and wrote by its system calls, on sockets too; null where the kernel does not tell. */
function ioBytes(): number | null {
  try {
    const [read, written] = [...readFileSync('/proc/self/io', 'utf8').matchAll(/^[rw]char: (\d+)$/gm)]
    return Number(read?.[1]) + Number(written?.[1])
  } catch {
    return null
  }
}

/** How long each of that many rounds takes, one after another. */
async function timed(count: number, round: () => Promise<void> | undefined): Promise<Float64Array> {
  const ms = new Float64Array(count)
  for (let i = 0; i < count; i++) {
    const beganMs = sharedNowMs()
    await round()
    ms[i] = sharedNowMs() - beganMs
  }
  return ms
}
