/** This file implements `World` for one simulated process, which a test can pause, suspend and kill. */
import { EnteredEpochs } from '../world/entered-epochs.ts'
import type { Directory, Identity, TimerHandle, Transport, TransportHandler, State, World } from '../world/world.ts'
import { invariant } from '../base/assert.ts'
import { type Duration, durationMaxMs, parseDuration } from '../base/duration.ts'
import { BadOptionError } from '../base/errors.ts'
import { hash53 } from '../base/hash.ts'
import type { NodeId } from '../base/ids.ts'
import { type Random, seededRandom } from '../base/random.ts'
import { shapeClass } from '../base/shown.ts'
import { takeOptions } from '../base/options.ts'
import { checkSwitch, checkWhole } from '../base/option-checks.ts'
import type { SimClock } from './clock.ts'
import { SimEndpoint } from './endpoint.ts'
import type { SimHost } from './host.ts'
import { DiedInCall, Interruptions } from './interruption.ts'
import type { Simulation } from './simulation.ts'
import { SimTimers } from './timers.ts'

/** Where simulated processes keep what must outlive them, unless `dataDir` says otherwise. */
const stateFolder = '/state'

/**
 * The world of one simulated process: timers on its host's clock, a share of the seed's randomness, the simulated
 * network, the host's local directory. The process can be paused (everything comes late) and killed (nothing comes).
 */
export class SimWorld implements World {
  /** The machine that it runs on. */
  readonly host: SimHost
  /** The clock of that machine. */
  readonly time: SimClock
  readonly epochs = new EnteredEpochs()
  /** This process's share of the seed's randomness. */
  readonly random: Random
  /** Tests that make handlers throw set this to false, to see what a real process would do. */
  failsFast = true
  private readonly simulation: Simulation
  /** The process's number on its host, from 1; stands for the pid, and for the port unless one was given. */
  private readonly number: number
  private readonly port: number | undefined
  private readonly timers: SimTimers
  private readonly endpoints: SimEndpoint[] = []
  /** What arrived while the process was paused. */
  private readonly backlog: (() => void)[] = []
  private readonly place: string
  /** Between one arrival and the next. */
  private slowMs = 0
  private isDraining = false
  private idsDrawn = 0
  private state: 'running' | 'paused' | 'dead' = 'running'
  private readonly interruptions = new Interruptions()
  /** It stands still between two steps of a call: the code that made the call has not come back. */
  private isInCall = false
  private diedInCall = false
  /** What it deferred before it stood still in a call. */
  private readonly heldBack: (() => void)[] = []

  constructor(simulation: Simulation, host: SimHost, port: number | undefined) {
    this.simulation = simulation
    this.host = host
    this.port = port
    this.time = host.clock
    this.number = host.worlds.push(this)
    this.place = `${host.name}.${this.number}`
    this.random = seededRandom(hash53(`${simulation.seed}/process/${host.name}/${this.number}`))
    this.timers = new SimTimers(simulation, host.clock, this.place, (fire) => this.deliver(fire))
  }

  /** Whether it has not been killed. */
  get isAlive(): boolean {
    return this.state !== 'dead'
  }

  /** Whether it stands still at present. */
  get isPaused(): boolean {
    return this.state === 'paused'
  }

  /** Timers that wait: none are left of a process that closed everything. */
  get timerCount(): number {
    return this.timers.size
  }

  setTimer(delayMs: number, fire: () => void): TimerHandle {
    invariant(delayMs <= durationMaxMs, `a timer of at most ${durationMaxMs} ms: a longer one fires at once in reality`)
    return this.isAlive ? this.timers.set(delayMs, fire) : undefined
  }

  /** Takes a timer away; no effect if it fired. */
  clearTimer(handle: TimerHandle): void {
    this.timers.clear(handle)
  }

  defer(task: () => void): void {
    this.simulation.time.defer(() => {
      if (this.isInCall) this.heldBack.push(task)
      else if (this.isAlive) this.enter(task)
    })
  }

  nextTurn(task: () => void): void {
    this.setTimer(0, task)
  }

  newId(): NodeId {
    this.idsDrawn++
    return this.idsDrawn === 1 ? `${this.host.name}.${this.number}` : `${this.host.name}.${this.number}.${this.idsDrawn}`
  }

  /** Rejects with BAD_OPTION (`listen`) when the port is taken. */
  openTransport(identity: Identity, handler: TransportHandler): Promise<Transport> {
    // What a dead process's code still asks for is never answered.
    if (!this.isAlive) return new Promise(() => undefined)
    const { network } = this.simulation
    const address = identity.role === 'observer' ? '' : this.freeAddress()
    if (address === null) {
      return Promise.reject(
        new BadOptionError(`cannot listen at ${this.host.name}:${this.port}: it is in use`, { option: 'listen' }),
      )
    }
    const endpoint = new SimEndpoint(network, this, address, identity, handler)
    this.endpoints.push(endpoint)
    network.listen(endpoint)
    return Promise.resolve(endpoint)
  }

  openDirectory(cluster: string): Promise<Directory> {
    if (!this.isAlive) return new Promise(() => undefined)
    return Promise.resolve(this.host.directories.open(cluster, this.number, () => this.callStep()))
  }

  findDirectory(cluster: string): Promise<Directory | null> {
    return this.openDirectory(cluster)
  }

  openState(folder: string | undefined, cluster: string): State {
    return this.host.vaults.state(folder ?? stateFolder, cluster, this.number, () => this.callStep())
  }

  /** Kills the process, as `kill -9`: peers' connections are reset. `silently`: as when the machine loses its power. */
  crash(
    options: {
      /** As when the machine loses its power: peers are not told. Default false. */
      readonly silently?: boolean
    } = {},
  ): void {
    const { silently = false } = takeOptions(options, { silently: checkSwitch }, 'crash')
    if (!this.isAlive) return
    this.note('crash')
    this.state = 'dead'
    this.backlog.length = 0
    this.interruptions.clear()
    this.timers.end()
    for (const endpoint of this.endpoints) this.simulation.network.abandon(endpoint, silently)
  }

  /** Nothing of the process runs until `resume`; what is due or arrives meanwhile comes late. */
  pause(): void {
    if (this.state !== 'running') return
    this.note('pause')
    this.state = 'paused'
  }

  /** The process goes on, and finds everything that came while it was away. */
  resume(): void {
    if (this.state !== 'paused') return
    this.note('resume')
    this.state = 'running'
    this.drainBacklog()
  }

  /**
   * Kills the process in the middle of one of its calls of the local directory or the state folder: at the so-manieth step
   * from now on. Each such call has a step before its effect and one after it.
   *
   * @throws BAD_OPTION when that is no whole number from 1.
   */
  crashInCall(steps: number): void {
    this.interrupt(steps, () => this.crash())
  }

  /**
   * Stops the process in the middle of such a call, for so long of virtual time; then the call goes on. Meanwhile the others go
   * on, but their promises do not settle: JavaScript has one stack, and the call is on it.
   *
   * @throws BAD_OPTION when one of the two is wrong.
   */
  pauseInCall(steps: number, duration: Duration): void {
    const durationMs = parseDuration(duration, 'duration')
    this.interrupt(steps, () => {
      this.pause()
      this.simulation.time.schedule(durationMs, () => this.resume())
    })
  }

  /** Interrupts the process at the so-manieth step of its calls from now on; what pauses it there stops the call. */
  interrupt(steps: number, strike: () => void): void {
    checkWhole(steps, 'steps', 1)
    if (this.isAlive) this.interruptions.add(steps, strike)
  }

  /**
   * From now on every timer that is set fires late, by up to this much (an event loop with much to do); 0 ends it.
   *
   * @throws BAD_OPTION when that is no duration.
   */
  lateTimers(lateMax: Duration): void {
    const lateMsMax = parseDuration(lateMax, 'lateMax')
    this.note(`timers up to ${lateMsMax} late`)
    this.timers.lateMsMax = lateMsMax
  }

  /**
   * From now on the process takes this long for each task that arrives or falls due, one after the other; 0 ends it.
   *
   * @throws BAD_OPTION when that is no duration.
   */
  slow(each: Duration): void {
    const eachMs = parseDuration(each, 'each')
    this.note(`slow by ${eachMs}`)
    this.slowMs = eachMs
  }

  /** Runs what arrives at this process as a turn of its own: at once, after a pause, or never. */
  deliver(arrive: () => void): void {
    if (this.state === 'dead') return
    if (this.runs && this.slowMs === 0 && this.backlog.length === 0) return this.enter(arrive)
    this.backlog.push(arrive)
    this.drainBacklog()
  }

  /** Whether it could take what arrives at this moment. */
  private get runs(): boolean {
    return this.state === 'running' && !this.isInCall
  }

  /** Runs code of the process, up to its end or its death. */
  private enter(run: () => void): void {
    try {
      run()
    } catch (error) {
      if (!(error instanceof DiedInCall && error.victim === this)) throw error
    }
  }

  /** Between two effects of the process's calls. */
  private callStep(): void {
    const { simulation } = this
    // One process at a time: a second that stood still would keep the first from coming back.
    if (this.runs && !simulation.isInCall) {
      this.interruptions.step()
      if (this.isPaused) this.standInCall()
      if (!this.isAlive) this.diedInCall = true
    }
    if (this.diedInCall) throw new DiedInCall(this, this.place)
  }

  /** The call does not come back until the process goes on or is dead: everything that happens does so meanwhile. */
  private standInCall(): void {
    const { simulation, heldBack } = this
    simulation.isInCall = true
    this.isInCall = true
    try {
      while (this.isPaused && simulation.time.step()) {
        // Until it is resumed.
      }
    } catch (error) {
      // Of another process: thrown from here, the code that made the call could take it for an error of the call.
      simulation.time.schedule(0, () => {
        throw error
      })
    } finally {
      this.isInCall = false
      simulation.isInCall = false
    }
    for (const task of heldBack.splice(0)) this.defer(task)
    this.drainBacklog()
  }

  private drainBacklog(): void {
    if (this.isDraining || this.backlog.length === 0) return
    this.isDraining = true
    this.simulation.time.schedule(this.slowMs, () => {
      this.isDraining = false
      const [first] = this.backlog
      if (!this.runs || first === undefined) return
      // Stays in front while it runs, so that nothing overtakes it.
      this.enter(first)
      this.backlog.shift()
      this.drainBacklog()
    })
  }

  private freeAddress(): string | null {
    const { network } = this.simulation
    if (this.port !== undefined) {
      const address = `${this.host.name}:${this.port}`
      return network.isListening(address) ? null : address
    }
    let port = 1
    while (network.isListening(`${this.host.name}:${port}`)) port++
    return `${this.host.name}:${port}`
  }

  private note(what: string): void {
    this.simulation.trace.add(this.simulation.time.nowMs, this.place, what)
  }
}

shapeClass(SimWorld, ({ host, isAlive, isPaused, timerCount: timers }) => ({
  host: host.name,
  state: isPaused ? 'paused' : isAlive ? 'running' : 'dead',
  timers,
}))
