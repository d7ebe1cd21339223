import type { Event } from '../../lib/observe/events.ts'
import type { NodeOptions } from '../../lib/node/options.ts'
import type { Node } from '../../lib/node/node.ts'
import { simulatedNode } from '../../lib/sim/node.ts'
import { Simulation } from '../../lib/sim/simulation.ts'
import type { SimWorld } from '../../lib/sim/world.ts'

/** A simulated process with its node. */
export interface Worker {
  readonly world: SimWorld
  readonly node: Node
  readonly events: Event[]
}

/** Simulated processes, on one host with a local directory unless told otherwise. */
export class Pool {
  readonly simulation: Simulation
  readonly workers: Worker[] = []

  constructor(seed: number) {
    this.simulation = new Simulation({ seed })
  }

  /** Starts a process with a node, and lets time pass until it is a member. */
  async start(options: NodeOptions = {}, host = 'host'): Promise<Worker> {
    return (await this.startAll(1, options, () => host))[0] as Worker
  }

  /** Starts several at the same moment. */
  async startAll(count: number, options: NodeOptions = {}, hostOf: (index: number) => string = () => 'host'): Promise<Worker[]> {
    const starting = Array.from({ length: count }, async (_, index) => {
      const world = this.world(hostOf(index))
      const node = await simulatedNode(world, options)
      const worker: Worker = { world, node, events: [] }
      node.on('*', (event) => worker.events.push(event))
      return worker
    })
    const workers = await this.simulation.outcome(Promise.all(starting))
    this.workers.push(...workers)
    await this.agree()
    return workers
  }

  world(host: string): SimWorld {
    return this.simulation.world(host, host === 'host' ? {} : { port: 7000 })
  }

  /** Lets time pass until every node that lives has the same active view of all of them. */
  async agree(limitMs = 30_000): Promise<void> {
    const agreed = await this.simulation.runUntil(() => {
      const living = this.workers.filter(({ world, node }) => world.isAlive && node.state !== 'closed')
      const ids = living
        .map(({ node }) => node.id)
        .sort()
        .join()
      return living.every(
        ({ node }) =>
          node.state === 'active' &&
          node.members
            .map(({ id }) => id)
            .sort()
            .join() === ids,
      )
    }, limitMs)
    if (!agreed) {
      throw new Error(
        `no agreement: ${this.workers.map(({ node }) => `${node.id} ${node.state} [${node.members.map((m) => m.id)}]`).join('; ')}`,
      )
    }
  }

  /** Lets time pass until the promise settles. */
  outcome<T>(promise: Promise<T>, limitMs?: number): Promise<T> {
    return this.simulation.outcome(promise, limitMs)
  }

  async closeAll(): Promise<void> {
    await this.simulation.outcome(Promise.all(this.workers.filter(({ world }) => world.isAlive).map(({ node }) => node.close())))
  }
}

/** What a promise was rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<Error & { code?: string }> {
  try {
    await promise
  } catch (error) {
    return error as Error & { code?: string }
  }
  throw new Error('expected a rejection')
}
