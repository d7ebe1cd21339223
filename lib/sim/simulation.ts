import { invariant } from '../base/assert.ts'
import { hash53 } from '../base/hash.ts'
import { type Random, seededRandom } from '../base/random.ts'
import { PromiseWatch } from './promise-watch.ts'
import { SimHost } from './host.ts'
import { type NetworkOptions, SimNetwork } from './network.ts'
import { Trace } from './trace.ts'
import { VirtualTime } from './virtual-time.ts'
import { SimWorld } from './world.ts'

/** What a simulation begins with. The same options give the same run. */
export interface SimulationOptions {
  /** From which everything random is drawn. */
  readonly seed: number
  readonly network?: Partial<NetworkOptions>
  /** How many of the latest trace entries are kept for reading; the hash covers all. Default 2,000. */
  readonly traceMax?: number
  /**
   * Yields to promises only after what made or settled one. Faster by a tenth; for code that queues microtasks by promises
   * alone, never by `queueMicrotask`. The run is the same. Default false.
   */
  readonly quickTurns?: boolean
}

/**
 * A world in a box: hosts with clocks of their own, a network that carries real bytes, and time that passes only when
 * told to. Whole nodes run in it, unchanged, and one seed always gives the same run.
 *
 * Nodes speak in promises, so time is driven asynchronously: after each thing that happens, every promise that can
 * settle does, before the next thing happens. Nothing in a simulated node may wait for anything real.
 *
 * @example
 * const simulation = new Simulation({ seed: 7 })
 * const a = simulation.world('a')
 * const b = simulation.world('b')
 * const transport = await a.openTransport(identity, handler)
 * transport.dial('b:1')
 * await simulation.runFor(100)
 * simulation.network.faults.partition(['a'], ['b'])
 */
export class Simulation {
  readonly seed: number
  readonly time = new VirtualTime()
  /** For the driver of the simulation; hosts, processes and network draw from streams of their own. */
  readonly random: Random
  readonly trace: Trace
  readonly network: SimNetwork
  private readonly hosts = new Map<string, SimHost>()
  private readonly watch: PromiseWatch | null
  private isDriven = false

  constructor(options: SimulationOptions) {
    this.seed = options.seed
    this.random = seededRandom(hash53(`${options.seed}/driver`))
    this.watch = options.quickTurns === true ? new PromiseWatch() : null
    this.trace = new Trace(options.traceMax ?? 2_000)
    this.network = new SimNetwork(this.time, seededRandom(hash53(`${options.seed}/network`)), this.trace, options.network)
  }

  /** The machine of that name, which begins when it is first spoken of. */
  host(name: string): SimHost {
    let host = this.hosts.get(name)
    if (host === undefined) {
      host = new SimHost(name, this.seed, this.time)
      this.hosts.set(name, host)
    }
    return host
  }

  /**
   * The world of a new process on that host. It listens at `HOST:PORT`; without a port, at the lowest that is free
   * there when it opens its transport, so a lone process is at `HOST:1`, and so is the one that follows it.
   */
  world(hostName: string, options: { readonly port?: number } = {}): SimWorld {
    return new SimWorld(this, this.host(hostName), options.port)
  }

  /** Lets virtual time pass, with all that happens in it. */
  async runFor(durationMs: number): Promise<void> {
    const untilMs = this.time.nowMs + durationMs
    await this.drive(() => false, untilMs)
    this.time.advanceTo(untilMs)
  }

  /** Runs until `done` holds; false when `limitMs` of virtual time passed, or nothing was left to happen, before it did. */
  runUntil(done: () => boolean, limitMs: number): Promise<boolean> {
    return this.drive(done, this.time.nowMs + limitMs)
  }

  /**
   * Lets time pass until the promise settles, and settles likewise.
   *
   * @throws Error when it does not settle within `limitMs` of virtual time; the message names the seed.
   * @example const hold = await simulation.outcome(node.acquire('invoice/42'))
   */
  async outcome<T>(promise: Promise<T>, limitMs = 60_000): Promise<T> {
    let settled = false
    const settle = (): void => {
      settled = true
    }
    promise.then(settle, settle)
    if (await this.runUntil(() => settled, limitMs)) return promise
    throw new Error(`no outcome within ${limitMs} ms of virtual time (seed ${this.seed})`)
  }

  private async drive(done: () => boolean, untilMs: number): Promise<boolean> {
    invariant(!this.isDriven, 'one driver lets time pass')
    this.isDriven = true
    try {
      // From here on this runs as a reaction of a promise, as `promisesSettled` has to.
      await null
      this.watch?.begin()
      await this.settle()
      this.watch?.calm()
      while (!done()) {
        const nextAtMs = this.time.nextAtMs
        if (nextAtMs === undefined || nextAtMs > untilMs) return false
        this.time.step()
        if (this.watch?.hasStirred === false) continue
        await this.settle()
        this.watch?.calm()
      }
      return true
    } finally {
      this.watch?.end()
      this.isDriven = false
    }
  }

  /** Ends the turn: deferred tasks and promises, in turns, until neither is left. */
  private async settle(): Promise<void> {
    do {
      this.time.endTurn()
      await promisesSettled()
    } while (this.time.hasDeferred)
  }
}

/** After so many turns others in this process may run: signals, workers, whoever writes output. */
const turnsInARow = 4096
let turns = 0

/**
 * Resolves when every promise that waits for nothing but promises has settled. Called within a promise's reaction: a
 * tick runs once the queue of those reactions is empty, however long the chains in it, and costs a tenth of a trip
 * through the event loop.
 */
function promisesSettled(): Promise<void> {
  if (++turns % turnsInARow === 0) return new Promise((resolve) => setImmediate(resolve))
  return new Promise((resolve) => process.nextTick(resolve))
}
