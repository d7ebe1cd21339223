import { type Random, seededRandom } from '../../lib/base/random.ts'
import type { Node } from '../../lib/node/node.ts'
import type { NodeOptions } from '../../lib/node/options.ts'
import type { Event } from '../../lib/observe/events.ts'
import { simulatedNode } from '../../lib/sim/node.ts'
import { Simulation } from '../../lib/sim/simulation.ts'
import type { SimWorld } from '../../lib/sim/world.ts'
import { isQuorum } from '../../lib/view/successor.ts'
import { Judge } from './judge.ts'
import { drawPlan, type Plan } from './swarm-plan.ts'

/** A simulated process of the swarm, and the node in it once that is a member. */
export interface Process {
  readonly name: string
  readonly world: SimWorld
  /** What its users draw from. */
  readonly random: Random
  node: Node | null
  state: 'starting' | 'running' | 'closing' | 'gone'
  /** How long it was paused altogether, and since when it is. */
  pausedMs: number
  pausedAtMs: number | null
}

/** Alive, and not on its way out. */
export function isThere({ world, state }: Process): boolean {
  return world.isAlive && (state === 'running' || state === 'starting')
}

/** The processes of one seeded run, what is done to them, and the story that is written down meanwhile. */
export class Stage {
  readonly judge = new Judge()
  readonly plan: Plan
  readonly random: Random
  readonly simulation: Simulation
  readonly story: string[] = []
  readonly counts: Record<string, number> = {}
  readonly processes: Process[] = []
  phase: 'faults' | 'calm' | 'last call' = 'faults'
  /** Called when a process's node is a member for the first time. */
  onJoined: (process: Process) => void = () => undefined
  private readonly suspended = new Set<string>()

  constructor(seed: number) {
    this.random = seededRandom(seed)
    this.plan = drawPlan(seed, this.random)
    const { delayMsMax, slowFrames, sessionMs, hosts, drifts } = this.plan
    this.simulation = new Simulation({
      seed,
      traceMax: 200,
      network: {
        delayMs: (random) => (slowFrames && random.below(40) === 0 ? random.below(200) : 0.1 + delayMsMax * random.next()),
        silenceMs: 4 * sessionMs,
      },
    })
    this.tell('*', `plan ${JSON.stringify(this.plan)}`)
    const rates = [0.99, 1, 1.01] as const
    for (const host of hosts) if (drifts) this.simulation.host(host).clock.drift(rates[this.random.below(3)] as number)
  }

  get nowMs(): number {
    return this.simulation.time.nowMs
  }

  get living(): Process[] {
    return this.processes.filter(isThere)
  }

  tell(place: string, what: string): void {
    this.story.push(`${this.nowMs.toFixed(1)} ${place} ${what}`)
  }

  count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1
  }

  later(delayMs: number, run: () => void): void {
    this.simulation.time.schedule(delayMs, run)
  }

  /** Something that a process's own code does: late while it is paused, never once it is dead. */
  laterIn(process: Process, delayMs: number, run: () => void): void {
    this.later(delayMs, () => process.world.deliver(run))
  }

  /** Lets time pass; throws at the first problem that the judge has. */
  async pass(ms: number): Promise<void> {
    const untilMs = this.nowMs + ms
    while (this.judge.problems.length === 0 && this.nowMs < untilMs)
      await this.simulation.runFor(Math.min(250, untilMs - this.nowMs))
    if (this.judge.problems.length > 0) throw new Error('stopped at the first problem')
  }

  /** How faults name the place of a process; empty when it has none yet. */
  placeOf({ world, node }: Process): string {
    return this.plan.listed.length > 0 ? world.host.name : (node?.address ?? '')
  }

  /** A new process, unless its host sleeps, or has one already: a host of a join list has one port to listen at. */
  start(host: string): void {
    const { plan, simulation, processes } = this
    const isListed = plan.listed.length > 0
    // One that is closing listens still.
    const isTaken = isListed && processes.some(({ state, world }) => state !== 'gone' && world.host.name === host)
    if (isTaken || this.suspended.has(host)) return
    const number = processes.length + 1
    const process: Process = {
      name: `${host}#${number}`,
      world: simulation.world(host, isListed ? { port: 7000 } : {}),
      random: seededRandom(plan.seed * 1000 + number),
      node: null,
      state: 'starting',
      pausedMs: 0,
      pausedAtMs: null,
    }
    processes.push(process)
    this.tell(process.name, 'starts')
    const options: NodeOptions = {
      profile: { base: isListed ? 'lan' : 'local', session: plan.sessionMs },
      algorithm: plan.algorithm,
      clock: plan.clock,
      // Clocks that drift and jump for a while are what this is about, not that they are refused.
      maxClockOffset: 60_000,
      ...(isListed ? { join: plan.listed.map((each) => `${each}:7000`) } : {}),
    }
    simulatedNode(process.world, options).then(
      (node) => this.joined(process, node),
      (error: Error) => this.judge.problem(`${process.name} could not start: ${error.stack}`),
    )
  }

  crash(process: Process, silently: boolean): void {
    this.tell(process.name, silently ? 'dies without a word' : 'is killed')
    process.world.crash({ silently })
    process.state = 'gone'
  }

  pause(process: Process): void {
    process.pausedAtMs = this.nowMs
    process.world.pause()
  }

  resume(process: Process): void {
    if (process.pausedAtMs === null || this.suspended.has(process.world.host.name)) return
    process.pausedMs += this.nowMs - process.pausedAtMs
    process.pausedAtMs = null
    if (process.world.isAlive) this.tell(process.name, 'resumes')
    process.world.resume()
  }

  /** The whole machine sleeps. */
  suspend(host: string): void {
    this.suspended.add(host)
    for (const each of this.processes) if (each.world.host.name === host) each.pausedAtMs ??= this.nowMs
    this.simulation.host(host).suspend()
  }

  wake(host: string): void {
    if (!this.suspended.delete(host)) return
    this.tell(host, 'wakes')
    this.simulation.host(host).wake()
    for (const process of this.processes) if (process.world.host.name === host) this.resume(process)
  }

  /** Nothing fails any more, and there is somebody everywhere. */
  heal(): void {
    const { plan, simulation } = this
    simulation.network.faults.heal()
    simulation.network.faults.resume()
    for (const host of plan.hosts) this.wake(host)
    for (const process of this.processes) this.resume(process)
    this.setClocks()
    if (plan.listed.length > 0) for (const host of plan.hosts) this.start(host)
    else if (this.living.length === 0) this.start(plan.hosts[0] as string)
  }

  /** A founding needs a host whose wall clock is within a session of a majority's; if there is none, somebody sets them. */
  private setClocks(): void {
    const { listed, sessionMs } = this.plan
    const wallOf = (host: string): number => this.simulation.host(host).clock.wallMs()
    const isNear = (a: string, b: string): boolean => Math.abs(wallOf(a) - wallOf(b)) < 0.8 * sessionMs
    if (listed.length === 0 || listed.some((a) => isQuorum(listed, (i) => isNear(a, listed[i] as string)))) return
    const latestMs = Math.max(...listed.map(wallOf))
    this.tell('*', 'somebody sets the wall clocks')
    // Forward only: epochs rise with them.
    for (const host of listed) this.simulation.host(host).clock.jumpWall(latestMs - wallOf(host))
  }

  async close(process: Process, node: Node): Promise<void> {
    this.tell(process.name, 'closes')
    process.state = 'closing'
    const sinceMs = this.nowMs
    const pausedBeforeMs = process.pausedMs
    await node.close()
    if (!process.world.isAlive) return
    process.state = 'gone'
    const tookMs = this.nowMs - sinceMs - (process.pausedMs - pausedBeforeMs)
    this.tell(process.name, `has closed, after ${tookMs.toFixed(0)} ms`)
    if (this.phase === 'calm' && this.plan.listed.length > 0) this.start(process.world.host.name)
    if (tookMs > 1.05 * this.plan.sessionMs + 2500) this.judge.problem(`${process.name} took ${tookMs.toFixed(0)} ms to close`)
    if (process.world.timerCount > 0) this.judge.problem(`${process.name} closed and left ${process.world.timerCount} timers`)
  }

  private joined(process: Process, node: Node): void {
    process.node = node
    process.state = 'running'
    if (node.view !== null) this.judge.sawView(node.view, process.name)
    this.tell(process.name, `is in as ${node.id}, ${viewText(node)}`)
    node.on('*', (event) => this.heard(process, node, event))
    this.onJoined(process)
  }

  private heard({ name }: Process, node: Node, event: Event): void {
    switch (event.type) {
      case 'viewInstalled':
      case 'viewActivated':
        if (node.view !== null) this.judge.sawView(node.view, name)
        return this.tell(name, `${event.type} ${viewText(node)}`)
      case 'messageRejected':
        return this.judge.problem(`${name} rejected a message: ${event.message}`)
      case 'sessionEnded':
      case 'lockLost':
      case 'peerDown':
        this.count(event.type)
        return this.tell(name, textOf(event))
      default:
        // The rest would drown the story.
        return
    }
  }
}

function viewText({ view, members }: Node): string {
  const quarantine = view?.quarantine.map(({ id }) => id) ?? []
  return `view ${view?.epoch} [${members.map(({ id }) => id)}]${quarantine.length > 0 ? ` without [${quarantine}]` : ''}`
}

/** Anything as text, numbers of any size too. */
export function textOf(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? String(each) : each))
}
