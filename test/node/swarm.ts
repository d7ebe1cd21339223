import { type Random, seededRandom } from '../../lib/base/random.ts'
import type { Hold } from '../../lib/node/hold.ts'
import type { Node } from '../../lib/node/node.ts'
import type { NodeOptions } from '../../lib/node/options.ts'
import { simulatedNode } from '../../lib/sim/node.ts'
import { Simulation } from '../../lib/sim/simulation.ts'
import type { SimWorld } from '../../lib/sim/world.ts'
import { Judge, modeText } from './judge.ts'
import { type Ask, drawPlan, type Plan } from './swarm-plan.ts'

export interface SwarmResult {
  readonly problems: readonly string[]
  /** What happened, a line each. */
  readonly story: readonly string[]
  readonly plan: Plan
  readonly hash: number
  readonly grants: number
  /** How often each interesting thing happened. */
  readonly counts: Readonly<Record<string, number>>
}

interface Process {
  readonly name: string
  readonly world: SimWorld
  readonly random: Random
  node: Node | null
  state: 'starting' | 'running' | 'closing' | 'gone'
  pausedMs: number
  pausedAtMs: number | null
}

/** A call of `acquire` or `tryAcquire` that has not been answered. */
interface Waiting {
  readonly process: Process
  readonly what: string
  readonly sinceMs: number
  readonly waitMs: number | undefined
  readonly pausedBeforeMs: number
}

/**
 * One seeded run of whole nodes. First a safety phase, in which users contend while the faults that this seed drew happen;
 * then everything heals and every listed host has a process again; then whoever waits must be answered, all must agree
 * on one view, every lock must be free for everybody in turn, and after closing nothing may be left.
 */
export async function swarm(seed: number): Promise<SwarmResult> {
  const run = new Swarm(seed)
  try {
    await run.tellStory()
  } catch (error) {
    if (run.judge.problems.length === 0) run.judge.problem(`threw: ${(error as Error).stack}`)
  }
  return run.result()
}

class Swarm {
  readonly judge = new Judge()
  private readonly plan: Plan
  private readonly random: Random
  private readonly simulation: Simulation
  private readonly story: string[] = []
  private readonly counts: Record<string, number> = {}
  private readonly processes: Process[] = []
  private readonly waiting = new Set<Waiting>()
  private phase: 'faults' | 'calm' | 'last call' = 'faults'
  private readonly suspended = new Set<string>()
  private processesStarted = 0

  constructor(seed: number) {
    this.random = seededRandom(seed)
    this.plan = drawPlan(seed, this.random)
    const { delayMsMax, slowFrames } = this.plan
    this.simulation = new Simulation({
      seed,
      traceMax: 200,
      network: {
        delayMs: (random) => (slowFrames && random.below(40) === 0 ? random.below(200) : 0.1 + delayMsMax * random.next()),
        silenceMs: 4 * this.plan.sessionMs,
      },
    })
  }

  result(): SwarmResult {
    const { plan, story, counts } = this
    return { problems: this.judge.problems, story, plan, hash: this.simulation.trace.hash, grants: this.judge.grants, counts }
  }

  async tellStory(): Promise<void> {
    const { plan, simulation } = this
    this.tell('*', `plan ${JSON.stringify(plan)}`)
    for (const host of plan.hosts) {
      if (plan.faults.drift) simulation.host(host).clock.drift([0.99, 1, 1.01][this.random.below(3)] as number)
    }
    for (const host of plan.hosts) this.later(this.random.below(plan.startSpreadMs), () => this.start(host))
    const inspect = (): void => {
      this.judge.checkAllExclusion()
      this.later(50, inspect)
    }
    this.later(0, inspect)
    const fault = (): void => {
      if (this.phase !== 'faults') return
      this.oneFault()
      this.later(1 + this.random.below(2 * plan.faultEveryMs), fault)
    }
    this.later(this.random.below(2 * plan.faultEveryMs), fault)
    await this.pass(plan.faultsMs)

    this.phase = 'calm'
    this.tell('*', 'calm')
    this.healAll()
    const waiters = new Set(this.waiting)
    await this.pass(plan.calmMs)
    for (const each of waiters)
      if (this.waiting.has(each) && isThere(each.process)) this.judge.problem(`still waits: ${describe(each)}`)
    this.checkAgreement()

    this.phase = 'last call'
    this.tell('*', 'last call')
    await this.pass(2 * plan.sessionMs + 5000)
    for (const each of this.waiting) if (isThere(each.process)) this.judge.problem(`waits for ever: ${describe(each)}`)
    if (this.judge.problems.length > 0) return
    await this.checkNothingStuck()
    await this.closeAll()
  }

  // Time.

  private async pass(ms: number): Promise<void> {
    const untilMs = this.simulation.time.nowMs + ms
    while (this.judge.problems.length === 0 && this.simulation.time.nowMs < untilMs)
      await this.simulation.runFor(Math.min(250, untilMs - this.simulation.time.nowMs))
    if (this.judge.problems.length > 0) throw new Error('stopped at the first problem')
  }

  private later(delayMs: number, run: () => void): void {
    this.simulation.time.schedule(delayMs, run)
  }

  private tell(place: string, what: string): void {
    this.story.push(`${this.simulation.time.nowMs.toFixed(1)} ${place} ${what}`)
  }

  private count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1
  }

  // Processes.

  private start(host: string): void {
    const { plan, simulation } = this
    if (this.suspended.has(host) || (plan.listed.length > 0 && this.isTaken(host))) return
    const isListed = plan.listed.length > 0
    const world = simulation.world(host, isListed ? { port: 7000 } : {})
    const process: Process = {
      name: `${host}#${++this.processesStarted}`,
      world,
      random: seededRandom(plan.seed * 1000 + this.processesStarted),
      node: null,
      state: 'starting',
      pausedMs: 0,
      pausedAtMs: null,
    }
    this.processes.push(process)
    this.tell(process.name, 'starts')
    const options: NodeOptions = {
      profile: { base: isListed ? 'lan' : 'local', session: plan.sessionMs },
      algorithm: plan.algorithm,
      clock: plan.clock,
      maxClockOffset: 60_000,
      ...(isListed ? { join: plan.listed.map((each) => `${each}:7000`) } : {}),
    }
    simulatedNode(world, options).then(
      (node) => this.joined(process, node),
      (error: Error) => this.judge.problem(`${process.name} could not start: ${error.stack}`),
    )
  }

  private joined(process: Process, node: Node): void {
    process.node = node
    process.state = 'running'
    if (node.view !== null) this.judge.sawView(node.view, process.name)
    this.tell(process.name, `is in as ${node.id}, ${viewText(node)}`)
    node.on('*', (event) => {
      if (event.type === 'viewInstalled' || event.type === 'viewActivated') {
        if (node.view !== null) this.judge.sawView(node.view, process.name)
        this.tell(
          process.name,
          `${event.type} ${viewText(node)} quarantine ${JSON.stringify(node.view?.quarantine.map(({ id }) => id))}`,
        )
      } else if (
        event.type === 'sessionEnded' ||
        event.type === 'messageRejected' ||
        event.type === 'lockLost' ||
        event.type === 'peerDown'
      ) {
        this.tell(
          process.name,
          `${event.type} ${JSON.stringify(event, (_, value) => (typeof value === 'bigint' ? String(value) : value))}`,
        )
        if (event.type === 'messageRejected') this.judge.problem(`${process.name} rejected a message: ${event.message}`)
        this.count(event.type)
      }
    })
    for (let user = 0; user < this.plan.usersPerProcess; user++)
      this.userLater(process, this.draw(process, this.plan.thinkMsMax), () => this.use(process))
  }

  /** Something that the process's own code does: late while it is paused, never once it is dead. */
  private userLater(process: Process, delayMs: number, run: () => void): void {
    this.later(delayMs, () => process.world.deliver(run))
  }

  // Users.

  private draw({ random }: Process, max: number): number {
    return Math.exp(random.next() * Math.log(max + 1)) - 1
  }

  private use(process: Process): void {
    const { node } = process
    if (node === null || process.state !== 'running' || this.phase === 'last call') return
    const ask = this.plan.drawAsk(process.random)
    const again = (): void => this.userLater(process, this.draw(process, this.plan.thinkMsMax), () => this.use(process))
    const entry: Waiting = {
      process,
      what: `${ask.how} '${ask.lock}' ${modeText(ask.mode)}`,
      sinceMs: this.simulation.time.nowMs,
      waitMs: ask.waitMs,
      pausedBeforeMs: process.pausedMs,
    }
    this.waiting.add(entry)
    this.tell(process.name, `asks: ${entry.what}`)
    this.call(process, node, ask).then(
      (hold) => {
        this.answered(entry)
        if (hold === null) {
          this.count('null')
          this.tell(process.name, `null for '${ask.lock}'`)
          return again()
        }
        this.tell(process.name, `holds '${ask.lock}' ${modeText(ask.mode)} fence ${hold.fence}`)
        this.judge.granted(hold, process.name, () => process.world.isAlive)
        this.inside(process, hold, again)
      },
      (error: Error & { code?: string }) => {
        this.answered(entry)
        this.count(error.code ?? 'no code')
        this.tell(process.name, `${error.code} for '${ask.lock}'`)
        if (!['TIMEOUT', 'NO_QUORUM', 'ABORTED', 'CLOSED'].includes(error.code ?? ''))
          this.judge.problem(`${process.name}: ${error.stack}`)
        if (error.code === 'CLOSED' && process.state === 'running')
          this.judge.problem(`${process.name} says CLOSED and is not closing`)
        again()
      },
    )
  }

  private call(process: Process, node: Node, { how, lock, mode, waitMs, abortMs }: Ask): Promise<Hold | null> {
    const aborter = new AbortController()
    if (abortMs !== undefined) this.userLater(process, abortMs, () => aborter.abort(new Error('changed my mind')))
    return node[how](lock, { mode, signal: aborter.signal, ...(waitMs === undefined ? {} : { wait: waitMs }) })
  }

  private answered(entry: Waiting): void {
    this.waiting.delete(entry)
    if (entry.waitMs === undefined) return
    const pausedMs = entry.process.pausedMs - entry.pausedBeforeMs
    const lateMs = this.simulation.time.nowMs - entry.sinceMs - pausedMs - entry.waitMs * 1.02
    if (lateMs > 5) this.judge.problem(`answered ${lateMs.toFixed(0)} ms after its deadline: ${describe(entry)}`)
  }

  /** The section: reads at the beginning, writes at the end, whatever happened in between; a zombie writes late. */
  private inside(process: Process, hold: Hold, again: () => void): void {
    const read = hold.mode === 'exclusive' ? this.judge.read(hold) : null
    const holdMsMax = this.phase === 'faults' ? this.plan.holdMsMax : Math.min(300, this.plan.holdMsMax)
    this.userLater(process, this.draw(process, holdMsMax), () => {
      this.judge.checkExclusion(hold.name)
      if (read !== null) this.judge.write(hold, read)
      this.judge.over(hold)
      const wasValid = hold.state !== 'lost'
      void hold.release().then((outcome) => {
        this.count(outcome)
        this.tell(process.name, `${outcome} '${hold.name}' fence ${hold.fence}`)
        if (outcome !== (wasValid ? 'released' : 'lost'))
          this.judge.problem(`${process.name} released '${hold.name}' and heard ${outcome}`)
        again()
      })
    })
  }

  // Faults.

  private oneFault(): void {
    const { plan, random, simulation } = this
    const kind = plan.kinds[random.below(plan.kinds.length)]
    const living = this.processes.filter(isThere)
    // Whoever is inside is worth more trouble than who is not.
    const holders = living.filter(({ name }) => random.below(2) === 0 && this.judge.holders.has(name))
    const one = holders[0] ?? living[random.below(living.length)]
    const durationMs = random.below(2) === 0 ? random.below(4 * plan.sessionMs) : random.below(plan.sessionMs)
    if (kind === undefined) return
    if (kind === 'start') {
      // A host of the list has one process; a local one as many as the plan says.
      if (living.length < plan.hosts.length) this.start(plan.hosts[random.below(plan.hosts.length)] as string)
      return
    }
    if (one === undefined) return
    const { world } = one
    this.count(kind)
    const place = plan.listed.length > 0 ? world.host.name : (one.node?.address ?? '')
    switch (kind) {
      case 'crash':
      case 'silentCrash':
        this.tell(one.name, kind)
        this.resumed(one)
        world.crash({ silently: kind === 'silentCrash' })
        one.state = 'gone'
        return
      case 'pause':
        if (world.isPaused) return
        this.tell(one.name, `pauses for ${durationMs}`)
        one.pausedAtMs = simulation.time.nowMs
        world.pause()
        this.later(durationMs, () => this.resumed(one))
        return
      case 'partition': {
        const places = living
          .map((each) => (plan.listed.length > 0 ? each.world.host.name : (each.node?.address ?? '')))
          .filter((each) => each !== '')
        const side = places.filter(() => random.below(2) === 0)
        const other = places.filter((each) => !side.includes(each))
        this.tell('*', `partition ${side} | ${other} for ${durationMs}`)
        simulation.network.faults.partition(side, other)
        this.later(durationMs, () => {
          this.tell('*', `heal ${side} | ${other}`)
          simulation.network.faults.heal(side, other)
        })
        return
      }
      case 'stall':
      case 'cut': {
        const two = living[random.below(living.length)] as Process
        const otherPlace = plan.listed.length > 0 ? two.world.host.name : (two.node?.address ?? '')
        if (place === '' || otherPlace === '' || place === otherPlace) return
        this.tell('*', `${kind} ${place} ${otherPlace} ${durationMs}`)
        if (kind === 'cut') return simulation.network.faults.cut(place, otherPlace)
        simulation.network.faults.stall(place, otherPlace)
        this.later(durationMs, () => simulation.network.faults.resume(place, otherPlace))
        return
      }
      case 'suspend':
        if (this.suspended.has(world.host.name)) return
        this.tell(world.host.name, `is suspended for ${durationMs}`)
        this.suspended.add(world.host.name)
        for (const each of this.processes) if (each.world.host === world.host) each.pausedAtMs ??= simulation.time.nowMs
        world.host.suspend()
        this.later(durationMs, () => this.wake(world.host.name))
        return
      case 'jump': {
        const byMs = plan.mayJumpBack ? random.below(600) - 300 : random.below(300)
        this.tell('*', `wall clock of ${world.host.name} jumps ${byMs}`)
        world.host.clock.jumpWall(byMs)
        return
      }
      case 'close':
        if (one.node === null || world.isPaused) return
        return void this.close(one, one.node)
    }
  }

  private wake(host: string): void {
    if (!this.suspended.delete(host)) return
    this.tell(host, 'wakes')
    this.simulation.host(host).wake()
    for (const process of this.processes) if (process.world.host.name === host) this.resumed(process)
  }

  private resumed(process: Process): void {
    if (process.pausedAtMs === null || this.suspended.has(process.world.host.name)) return
    process.pausedMs += this.simulation.time.nowMs - process.pausedAtMs
    process.pausedAtMs = null
    this.tell(process.name, 'resumes')
    process.world.resume()
  }

  private healAll(): void {
    const { plan, simulation } = this
    simulation.network.faults.heal()
    simulation.network.faults.resume()
    for (const host of plan.hosts) this.wake(host)
    for (const process of this.processes) this.resumed(process)
    const living = this.processes.filter(isThere)
    if (plan.listed.length === 0) return living.length === 0 ? this.start(plan.hosts[0] as string) : undefined
    for (const host of plan.hosts) this.start(host)
  }

  /** A host of a join list has one process at a time, one that is closing too: it still listens at the port. */
  private isTaken(host: string): boolean {
    return this.processes.some(({ state, world }) => state !== 'gone' && world.host.name === host)
  }

  private async close(process: Process, node: Node): Promise<void> {
    this.tell(process.name, 'closes')
    process.state = 'closing'
    const sinceMs = this.simulation.time.nowMs
    const pausedBeforeMs = process.pausedMs
    await node.close()
    if (!process.world.isAlive) return
    process.state = 'gone'
    const tookMs = this.simulation.time.nowMs - sinceMs - (process.pausedMs - pausedBeforeMs)
    this.tell(process.name, `closed after ${tookMs.toFixed(0)} ms`)
    if (tookMs > 1.05 * this.plan.sessionMs + 2500) this.judge.problem(`${process.name} took ${tookMs.toFixed(0)} ms to close`)
    if (this.phase === 'calm' && this.plan.listed.length > 0) this.start(process.world.host.name)
    if (process.world.timerCount > 0) this.judge.problem(`${process.name} closed and left ${process.world.timerCount} timers`)
  }

  // The end.

  private checkAgreement(): void {
    const living = this.processes.filter(isThere)
    const ids = living
      .map(({ node }) => node?.id)
      .sort()
      .join()
    for (const { name, node } of living) {
      const members = node?.members
        .map(({ id }) => id)
        .sort()
        .join()
      if (node?.state !== 'active' || members !== ids)
        this.judge.problem(`${name} is ${node?.state ?? 'starting'} with members [${members}] and not [${ids}]`)
    }
  }

  /** Everybody is quiet: whoever asks in turn is given each lock, and afterwards nobody holds or waits. */
  private async checkNothingStuck(): Promise<void> {
    const living = this.processes.filter(isThere)
    for (const lock of this.plan.locks) {
      for (const { node, name, world } of living) {
        const hold = await this.simulation
          .outcome((node as Node).acquire(lock, { wait: 2 * this.plan.sessionMs }))
          .catch((error: Error) => {
            this.judge.problem(`${name} finds '${lock}' stuck: ${error.message}`)
            return null
          })
        if (hold === null) return
        this.judge.granted(hold, name, () => world.isAlive)
        this.judge.over(hold)
        await hold.release()
      }
    }
    await this.pass(1000)
    const report = await this.simulation.outcome((living[0] as (typeof living)[number]).node.query('*'))
    if (report.held.length + report.pending.length > 0)
      this.judge.problem(
        `left behind: ${JSON.stringify(report, (_, value) => (typeof value === 'bigint' ? String(value) : value))}`,
      )
  }

  private async closeAll(): Promise<void> {
    const closing = this.processes.filter(isThere).map((process) => this.close(process, process.node as Node))
    await this.simulation.outcome(Promise.all(closing))
    await this.pass(1000)
  }
}

/** Alive, and not on its way out. */
function isThere({ world, state }: Process): boolean {
  return world.isAlive && (state === 'running' || state === 'starting')
}

function describe({ process, what, sinceMs }: Waiting): string {
  return `${process.name} (${process.node?.state}) ${what} since ${sinceMs.toFixed(0)}`
}

function viewText(node: Node): string {
  return `view ${node.view?.epoch} [${node.members.map(({ id }) => id)}]`
}
