/** This file keeps the timers of one simulated process: on its host's clock, late when that is the fault. */
import type { TimerHandle } from '../world/world.ts'
import type { SimClock } from './clock.ts'
import { quantised } from './network.ts'
import type { Simulation } from './simulation.ts'

/** A timer that was set. */
interface SimTimer {
  readonly number: number
  /** By the host's monotonic clock. */
  readonly dueMs: number
  readonly fire: () => void
  scheduled: TimerHandle
  state: 'waiting' | 'ended'
}

/** The timers of one process. */
export class SimTimers {
  /** Timers fire up to so much too late. */
  lateMsMax = 0
  private readonly simulation: Simulation
  private readonly clock: SimClock
  private readonly place: string
  private readonly deliver: (fire: () => void) => void
  private readonly waiting = new Set<SimTimer>()
  private readonly stopClock: () => void
  private setSoFar = 0

  /** @param deliver runs what falls due as a turn of the process. */
  constructor(simulation: Simulation, clock: SimClock, place: string, deliver: (fire: () => void) => void) {
    this.simulation = simulation
    this.clock = clock
    this.place = place
    this.deliver = deliver
    this.stopClock = clock.onChange(() => this.rearm())
  }

  /** How many wait. */
  get size(): number {
    return this.waiting.size
  }

  /** Sets a timer. */
  set(delayMs: number, fire: () => void): TimerHandle {
    const dueMs = this.clock.monotonicMs() + quantised(Math.max(0, delayMs))
    const timer: SimTimer = { number: ++this.setSoFar, dueMs, fire, scheduled: undefined, state: 'waiting' }
    this.waiting.add(timer)
    this.arm(timer)
    return timer
  }

  /** Takes a timer away; no effect if it fired. */
  clear(handle: TimerHandle): void {
    if (handle === undefined) return
    const timer = handle as SimTimer
    timer.state = 'ended'
    this.waiting.delete(timer)
    this.simulation.time.cancel(timer.scheduled)
  }

  /** The process is dead: no timer fires any more. */
  end(): void {
    this.stopClock()
    for (const timer of [...this.waiting]) this.clear(timer)
  }

  private arm(timer: SimTimer): void {
    const delayMs = this.clock.virtualMsUntil(timer.dueMs)
    timer.scheduled =
      delayMs === null
        ? undefined
        : this.simulation.time.schedule(delayMs + this.lateness(), () => this.deliver(() => this.fire(timer)))
  }

  private lateness(): number {
    return this.lateMsMax === 0 ? 0 : quantised(this.lateMsMax * this.simulation.random.next() ** 2)
  }

  private fire(timer: SimTimer): void {
    if (timer.state === 'ended') return
    timer.state = 'ended'
    this.waiting.delete(timer)
    this.clock.reached(timer.dueMs)
    this.simulation.trace.add(this.simulation.time.nowMs, this.place, 'timer', timer.number)
    timer.fire()
  }

  /** The clock's rate changed: pending timers are due sooner or later than they seemed. */
  private rearm(): void {
    for (const timer of this.waiting) {
      this.simulation.time.cancel(timer.scheduled)
      this.arm(timer)
    }
  }
}
