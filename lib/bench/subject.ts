/** This file is what one process of the bench measures: a node, with the floor and the bare `ws` beside it. */
import { setTimeout as pause } from 'node:timers/promises'
import { invariant } from '../base/assert.ts'
import { createNode, type Hold, type Node } from '../index.ts'
import type { CallHandlers } from '../children/calls.ts'
import { sharedNowMs } from '../mesh/shared-clock.ts'
import { BareWs, listenWs } from './bare-ws.ts'
import { FloorPeers, listenFloor } from './floor.ts'
import type { BenchCalls, ContentionLog, Reacquired } from './protocol.ts'

/** The measured process: a node, with the floor and bare `ws` beside it. */
export class Subject {
  private node: Node | undefined
  private floor: FloorPeers | undefined
  private ws: BareWs | undefined
  private names = 0
  private taken: Hold | undefined

  readonly handlers: CallHandlers<BenchCalls> = {
    open: async ({ cluster, directory, algorithm }) => {
      this.node = await createNode({ cluster, directory, algorithm, wait: '20s' })
    },
    memberCount: () => this.theNode.members.length,
    listen: async () => {
      const [floor, ws] = await Promise.all([listenFloor(), listenWs()])
      return { floorPort: floor.port, wsPort: ws.port }
    },
    connect: async (floorPorts, wsPort) => {
      this.floor = await FloorPeers.connect(floorPorts)
      this.ws = await BareWs.connect(wsPort)
    },
    wsRounds: (count) => timed(count, () => this.ws?.round()),
    floorRounds: (count) => timed(count, (i) => this.floor?.round(i)),
    firstRounds: (count, prefix) => this.firstRounds(count, prefix),
    reacquire: (name, forMs, batch) => this.reacquire(name, forMs, batch),
    contend: (name, fromMs, untilMs) => this.contend(name, fromMs, untilMs),
    take: async (name) => {
      this.taken = await this.theNode.acquire(name)
      return sharedNowMs()
    },
    give: async () => {
      await this.taken?.release()
    },
    usage: () => {
      const { user, system } = process.cpuUsage()
      return { cpuUs: user + system, rssBytes: process.memoryUsage.rss(), lockMessages: lockMessages(this.theNode) }
    },
  }

  private async firstRounds(count: number, prefix: string): Promise<Float64Array> {
    const node = this.theNode
    const ms = new Float64Array(count)
    for (let i = 0; i < count; i++) {
      const name = `${prefix}${++this.names}`
      const askedMs = sharedNowMs()
      const hold = await node.acquire(name)
      ms[i] = sharedNowMs() - askedMs
      await hold.release()
    }
    return ms
  }

  private async reacquire(name: string, forMs: number, batch: number): Promise<Reacquired> {
    const node = this.theNode
    const startMs = sharedNowMs()
    const batches: number[] = []
    for (let beganMs = startMs; beganMs < startMs + forMs; beganMs = sharedNowMs()) {
      for (let i = 0; i < batch; i++) {
        const hold = await node.acquire(name)
        await hold.release()
      }
      batches.push(sharedNowMs() - beganMs)
    }
    return { batchMs: Float64Array.from(batches), wallMs: sharedNowMs() - startMs }
  }

  private async contend(name: string, fromMs: number, untilMs: number): Promise<ContentionLog> {
    const node = this.theNode
    const asked: number[] = []
    const granted: number[] = []
    const released: number[] = []
    await pause(Math.max(0, fromMs - sharedNowMs()))
    for (let askedMs = sharedNowMs(); askedMs < untilMs; askedMs = sharedNowMs()) {
      const hold = await node.acquire(name)
      const grantedMs = sharedNowMs()
      const releasedMs = sharedNowMs()
      const outcome = hold.release()
      asked.push(askedMs)
      granted.push(grantedMs)
      released.push(releasedMs)
      await outcome
    }
    return { askedMs: Float64Array.from(asked), grantedMs: Float64Array.from(granted), releasedMs: Float64Array.from(released) }
  }

  private get theNode(): Node {
    invariant(this.node !== undefined, 'the node is opened first')
    return this.node
  }
}

/** Messages of locks that a node has sent, of all kinds. */
function lockMessages(node: Node): number {
  return Object.entries(node.counters.messagesSent)
    .filter(([type]) => type === 'lock' || type.startsWith('lock.'))
    .reduce((sum, [, count]) => sum + count, 0)
}

/** How long each of that many rounds takes, one after another. */
async function timed(count: number, round: (i: number) => Promise<void> | undefined): Promise<Float64Array> {
  const ms = new Float64Array(count)
  for (let i = 0; i < count; i++) {
    const beganMs = sharedNowMs()
    await round(i)
    ms[i] = sharedNowMs() - beganMs
  }
  return ms
}
