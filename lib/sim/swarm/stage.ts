/** This file starts, restarts and closes the processes of one swarm run. */
import { Mode } from '../../base/mode.ts'
import type { Random } from '../../base/random.ts'
import type { Node } from '../../node/node.ts'
import { algorithmKind } from '../../mutex/algorithms.ts'
import type { NodeOptions } from '../../node/options.ts'
import type { Event } from '../../observe/events.ts'
import { viewId } from '../../view/view.ts'
import type { HistoryEvent } from '../history/events.ts'
import { simulatedNode } from '../node.ts'
import { Simulation } from '../simulation.ts'
import type { NetworkPlan, Plan, Trigger } from './plan.ts'
import { isThere, type Process, pausedMsOf } from './process.ts'
import { HistoryWriter } from './recorder.ts'

/** A problem that no history shows: a node that threw, would not close, or turned away what a peer of its kind had sent. */
export interface Problem {
  /** The promise that is broken. */
  readonly property: string
  /** A sentence that says how. */
  readonly text: string
}

/** The processes of one run, from their start to their end, and the history that is written meanwhile. */
export class Stage {
  readonly plan: Plan
  readonly simulation: Simulation
  readonly recorder: HistoryWriter
  readonly processes: Process[] = []
  readonly problems: Problem[] = []
  phase: 'faults' | 'calm' | 'closing' = 'faults'
  /** Called when a process's node is a member for the first time. */
  onJoined: (process: Process) => void = () => undefined
  /** Called when an event happens that a fault may wait for. */
  onTrigger: (trigger: Trigger, process: Process) => void = () => undefined
  /** How often a process has stood still in the middle of a call: no promise settles meanwhile. */
  standstills = 0
  private readonly suspended = new Set<string>()

  constructor(plan: Plan, listener: (event: HistoryEvent) => void) {
    this.plan = plan
    const { network, sessionMs, seed } = plan
    this.simulation = new Simulation({
      seed,
      traceMax: 0,
      quickTurns: true,
      network: { delayMs: delayLaw(network), noticeMsMax: network.noticeMsMax, silenceMs: 4 * sessionMs },
    })
    this.recorder = new HistoryWriter(() => this.nowMs, listener)
    for (const { host, rate } of plan.places) if (rate !== 1) this.simulation.host(host).clock.drift(rate)
  }

  get nowMs(): number {
    return this.simulation.time.nowMs
  }

  get living(): Process[] {
    return this.processes.filter(isThere)
  }

  /** The process that is alive at a place, on its way out or not. */
  at(place: number): Process | undefined {
    return this.processes.find((each) => each.place === place && each.world.isAlive && each.state !== 'gone')
  }

  problem(property: string, text: string): void {
    this.problems.push({ property, text })
  }

  later(delayMs: number, run: () => void): void {
    this.simulation.time.schedule(delayMs, run)
  }

  /** An act of a process's own code: late while it is paused, never once it is dead. */
  laterIn(process: Process, delayMs: number, run: () => void): void {
    this.later(delayMs, () => process.world.deliver(run))
  }

  /** A new process at a place, unless there is one or its host sleeps. */
  start(place: number): void {
    const { plan, simulation, processes } = this
    const { host } = plan.places[place] as Plan['places'][number]
    if (this.at(place) !== undefined || this.suspended.has(host)) return
    const isQuorum = plan.register === 'quorum'
    const process: Process = {
      name: `${host}#${processes.length + 1}`,
      place,
      world: simulation.world(host, isQuorum ? { port: 7000 } : {}),
      node: null,
      state: 'starting',
      pausedMs: 0,
      pausedAtMs: null,
      isCutOff: false,
      hearsLate: false,
      waiting: new Map(),
      inside: new Map(),
    }
    processes.push(process)
    this.recorder.add({ type: 'started', process: process.name })
    const listed = plan.places.filter((each) => each.listed).map((each) => `${each.host}:7000`)
    const options: NodeOptions = {
      profile: { base: isQuorum ? 'lan' : 'local', session: plan.sessionMs },
      algorithm: plan.algorithm,
      clock: plan.clock,
      // Clocks that drift and jump for a while are what this is about, not that they are refused.
      maxClockOffset: 60_000,
      ...(isQuorum ? { join: listed } : {}),
      ...dataDirOf(plan),
      ...permitsOf(plan),
    }
    simulatedNode(process.world, options).then(
      (node) => {
        if (process.world.isAlive) this.joined(process, node)
      },
      (error: Error) => {
        if (process.world.isAlive) this.problem('starts', `${process.name} could not start: ${error.stack}`)
      },
    )
  }

  crash(process: Process, silently: boolean): void {
    process.world.crash({ silently })
    process.state = 'gone'
    this.recorder.died(process.name)
  }

  pause(process: Process): void {
    if (!process.world.isAlive || process.pausedAtMs !== null) return
    process.pausedAtMs = this.nowMs
    process.world.pause()
    this.recorder.add({ type: 'paused', process: process.name })
  }

  /** In one of its calls, which comes back once it is resumed. */
  pauseInCall(process: Process): void {
    this.standstills++
    this.pause(process)
  }

  resume(process: Process): void {
    if (process.pausedAtMs === null || this.suspended.has(process.world.host.name)) return
    process.pausedMs = pausedMsOf(process, this.nowMs)
    process.pausedAtMs = null
    if (process.world.isAlive) this.recorder.add({ type: 'resumed', process: process.name })
    process.world.resume()
  }

  isSuspended(host: string): boolean {
    return this.suspended.has(host)
  }

  /** The whole machine sleeps. */
  suspend(host: string, bootStill: boolean): void {
    this.suspended.add(host)
    for (const each of this.processes) if (each.world.host.name === host) this.pause(each)
    this.simulation.host(host).suspend({ bootStill })
  }

  wake(host: string): void {
    if (!this.suspended.delete(host)) return
    this.simulation.host(host).wake()
    for (const process of this.processes) if (process.world.host.name === host) this.resume(process)
  }

  async close(process: Process, node: Node, drainMs: number): Promise<void> {
    process.state = 'closing'
    // The holds of a node that drains stand: they are told to be lost, or released, one by one.
    const isOpen = drainMs > 0 && process.inside.size > 0
    this.recorder.add({ type: isOpen ? 'draining' : 'closing', process: process.name })
    const isCalm = this.phase !== 'faults'
    const sinceMs = this.nowMs
    await node.close({ drain: drainMs }).catch((error: Error) => {
      if (process.world.isAlive) throw error
    })
    if (!process.world.isAlive) return
    process.state = 'gone'
    this.recorder.add({ type: 'closed', process: process.name })
    const tookMs = this.nowMs - sinceMs
    if (isCalm && tookMs > drainMs + 1.05 * this.plan.sessionMs + 2500)
      this.problem('closing', `${process.name} took ${tookMs.toFixed(0)} ms to close`)
    const { timerCount } = process.world
    this.recorder.add({ type: 'quiet', process: process.name, timers: timerCount, waiters: process.waiting.size })
  }

  private joined(process: Process, node: Node): void {
    process.node = node
    process.state = 'running'
    this.recorder.add({ type: 'joined', process: process.name, node: node.id })
    this.sawView(process, node)
    node.on('*', (event) => this.heard(process, node, event))
    this.onJoined(process)
  }

  private heard(process: Process, node: Node, event: Event): void {
    if (!process.world.isAlive) return
    switch (event.type) {
      case 'viewInstalled':
      case 'viewActivated':
        this.sawView(process, node)
        return this.onTrigger('viewInstalled', process)
      case 'viewDecided':
        return this.onTrigger('viewDecided', process)
      case 'lockLost':
        return process.inside.get(`${event.lock} ${event.fence}`)?.()
      case 'peerDown':
        return this.onTrigger('died', process)
      case 'peerSuspected':
        return this.onTrigger('suspected', process)
      case 'messageRejected':
        return this.problem('messages', `${process.name} rejected a message: ${event.message}`)
      default:
        // The rest would drown the history.
        return
    }
  }

  private sawView(process: Process, node: Node): void {
    if (node.view === null) return
    const { epoch, digest } = viewId(node.view)
    const members = node.members.map(({ id }) => id)
    this.recorder.add({ type: 'view', process: process.name, node: node.id, epoch, digest, members })
  }
}

/** Some algorithms must know from the start how many permits a lock has. */
function permitsOf({ algorithm, users }: Plan): Pick<NodeOptions, 'permits'> {
  if (algorithmKind(algorithm).fixedPermits !== true) return {}
  const mode = users.flatMap(({ asks }) => asks.map((ask) => Mode.of(ask.mode))).find(({ isCounted }) => isCounted)
  return mode === undefined ? {} : { permits: { '*': mode.limit } }
}

/** By default a host remembers on its disk; a folder that is named is one that must be written to. */
function dataDirOf({ register, keepsVotes, seed }: Plan): Pick<NodeOptions, 'dataDir'> {
  if (register === 'local') return {}
  if (!keepsVotes) return { dataDir: false }
  return seed % 2 === 0 ? {} : { dataDir: '/votes' }
}

/** Draws how long a frame takes. */
function delayLaw({ law, meanMs }: NetworkPlan): (random: Random) => number {
  switch (law) {
    case 'uniform':
      return (random) => 2 * meanMs * random.next()
    case 'exponential':
      return (random) => -meanMs * Math.log(1 - random.next())
    case 'heavy':
      return (random) => meanMs * (random.below(40) === 0 ? 40 * random.next() : random.next())
  }
}
