/** This file runs a simulation: it makes hosts, processes and the network from a seed, and lets virtual time pass. */
import { invariant } from '../base/assert.ts'
import { type Duration, parseDuration } from '../base/duration.ts'
import { hash53 } from '../base/hash.ts'
import { type Random, seededRandom } from '../base/random.ts'
import { shapeClass } from '../base/shown.ts'
import { boundFrom, checkFunction, checkSwitch, wholeNumberFrom } from '../base/option-checks.ts'
import { type OptionTable, takeOptions } from '../base/options.ts'
import { checkHost, checkSeed } from './argument-checks.ts'
import { PromiseWatch } from './promise-watch.ts'
import { SimHost } from './host.ts'
import { type NetworkOptions, SimNetwork } from './network.ts'
import { Trace } from './trace.ts'
import { VirtualTime } from './virtual-time.ts'
import { SimWorld } from './world.ts'

/** What a simulation begins with. The same options give the same run. */
export interface SimulationOptions {
  /** From which everything random is drawn: a whole number from 0 to 2³²−1. */
  readonly seed: number
  /** How the network behaves when nothing fails. Default: `networkDefaults`. */
  readonly network?: Partial<NetworkOptions>
  /** How many of the latest trace entries are kept for reading; the hash covers all. Default 2,000. */
  readonly traceMax?: number
  /**
   * Yields to promises only after what made or settled one. Faster by a tenth; for code that queues microtasks by promises
   * alone, never by `queueMicrotask`. The run is the same. Default false.
   */
  readonly quickTurns?: boolean
}

const table = {
  seed: checkSeed,
  network: null,
  traceMax: boundFrom(0),
  quickTurns: checkSwitch,
} satisfies OptionTable<SimulationOptions>

/**
 * A world in a box: hosts with clocks of their own, a network that carries real bytes, and time that passes only when
 * told to. Whole nodes run in it, unchanged, and one seed always gives the same run.
 *
 * Nodes speak in promises, so time is driven asynchronously: after each event, every promise that can
 * settle does, before the next event. Nothing in a simulated node may wait for anything real.
 *
 * @example
 * const simulation = new Simulation({ seed: 7 })
 * const join = ['a:7000', 'b:7000', 'c:7000']
 * const worlds = ['a', 'b', 'c'].map((host) => simulation.world(host, { port: 7000 }))
 * const nodes = await simulation.outcome(Promise.all(worlds.map((world) => simulatedNode(world, { join }))))
 * const hold = await simulation.outcome(nodes[0].acquire('invoice/42'))
 * simulation.network.faults.partition(['a'], ['b', 'c'])
 * await simulation.runFor('5s')
 * console.log(hold.state) // lost
 */
export class Simulation {
  /** The seed that this run is drawn from. */
  readonly seed: number
  /** The virtual time. */
  readonly time = new VirtualTime()
  /** For the driver of the simulation; hosts, processes and network draw from streams of their own. */
  readonly random: Random
  /** What happened, and its hash. */
  readonly trace: Trace
  /** The network between the processes, with its faults. */
  readonly network: SimNetwork
  /** A process stands still in the middle of a call; what happens meanwhile happens within that call. */
  isInCall = false
  private readonly hosts = new Map<string, SimHost>()
  private readonly watch: PromiseWatch | null
  private isDriven = false

  /** @throws BAD_OPTION */
  constructor(options: SimulationOptions) {
    const { seed, network, traceMax = 2_000, quickTurns = false } = takeOptions(options, table, 'Simulation')
    this.seed = checkSeed(seed)
    this.random = seededRandom(hash53(`${this.seed}/driver`))
    this.watch = quickTurns ? new PromiseWatch() : null
    this.trace = new Trace(traceMax)
    const random = seededRandom(hash53(`${this.seed}/network`))
    this.network = new SimNetwork(this.time, random, this.trace, this.hosts, network)
  }

  /**
   * The machine of that name, which begins when it is first spoken of.
   *
   * @throws BAD_OPTION when the name could not stand in an address.
   */
  host(name: string): SimHost {
    let host = this.hosts.get(name)
    if (host === undefined) {
      host = new SimHost(checkHost(name), this.seed, this.time)
      this.hosts.set(name, host)
    }
    return host
  }

  /** The machines that were spoken of so far. */
  get hostNames(): readonly string[] {
    return [...this.hosts.keys()]
  }

  /**
   * The world of a new process on that host. It listens at `HOST:PORT`; without a port, at the lowest that is free there when it
   * opens its transport. So a lone process is at `HOST:1`, and so is its successor after a restart.
   *
   * @throws BAD_OPTION when the name could not stand in an address, or the port is not from 1 to 65535.
   */
  world(
    hostName: string,
    options: {
      /** The port to listen at. Default: the lowest that is free. */
      readonly port?: number
    } = {},
  ): SimWorld {
    const { port } = takeOptions(options, { port: wholeNumberFrom(1, 65_535) }, 'world')
    return new SimWorld(this, this.host(hostName), port)
  }

  /**
   * Lets virtual time pass, with all that happens in it.
   *
   * @throws BAD_OPTION when that is no duration.
   * @example await simulation.runFor('5s')
   */
  async runFor(duration: Duration): Promise<void> {
    const untilMs = this.time.nowMs + parseDuration(duration, 'duration')
    await this.drive(() => false, untilMs)
    this.time.advanceTo(untilMs)
  }

  /**
   * Runs until `done` holds; false when `limit` of virtual time passed, or nothing was left to happen, before it did.
   *
   * @throws BAD_OPTION when `done` is no function, or the limit no duration.
   * @example const agreed = await simulation.runUntil(() => nodes.every(({ state }) => state === 'active'), '30s')
   */
  async runUntil(done: () => boolean, limit: Duration): Promise<boolean> {
    checkFunction(done, 'done')
    return this.drive(done, this.time.nowMs + parseDuration(limit, 'limit'))
  }

  /**
   * Lets time pass until the promise settles, and settles likewise.
   *
   * @param limit of virtual time. Default: a minute.
   * @throws Error when it does not settle within the limit; the message names the seed. BAD_OPTION when that is no duration.
   * @example const hold = await simulation.outcome(node.acquire('invoice/42'))
   */
  async outcome<T>(promise: Promise<T>, limit: Duration = 60_000): Promise<T> {
    const limitMs = parseDuration(limit, 'limit')
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

/** After so many turns others in this process may run: signals, workers, writers of output. */
const turnsInARow = 4096
let turns = 0

/**
 * Resolves when every promise that waits for nothing but promises has settled. Called within a promise's reaction. The tick runs
 * when the queue of those reactions is empty, even after long chains, and costs a tenth of a trip through the event loop.
 */
function promisesSettled(): Promise<void> {
  if (++turns % turnsInARow === 0) return new Promise((resolve) => setImmediate(resolve))
  return new Promise((resolve) => process.nextTick(resolve))
}

shapeClass(Simulation, ({ seed, time, hostNames }) => ({ seed, nowMs: time.nowMs, hosts: hostNames }))
