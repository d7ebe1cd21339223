/**
 * This file simulates the three clocks of one host on virtual time, with wrong rates, set wall clocks, and suspended machines.
 */
import type { Time } from '../world/world.ts'
import { BadOptionError } from '../base/errors.ts'
import { shownShortly } from '../base/message-of.ts'
import { shapeClass } from '../base/shown.ts'
import { checkSwitch } from '../base/option-checks.ts'
import { takeOptions } from '../base/options.ts'
import type { VirtualTime } from './virtual-time.ts'

/** Where a host's clocks begin: each has an origin of its own, so that comparing two hosts' clocks shows as a bug. */
export interface ClockOrigins {
  /** Stands still while the machine sleeps. */
  readonly monotonicMs: number
  /** Since 1970, as the machine believes; it may be set. */
  readonly wallMs: number
  /** Since the machine started, its sleep included. */
  readonly bootMs: number
}

/** How a simulated machine sleeps. */
export interface SuspendOptions {
  /** Boot time stands still as well, as in a virtual machine that was paused. Default false. */
  readonly bootStill?: boolean
}

/**
 * The three clocks of one host, made from virtual time. All of them run at `rate` (1 is true time: a cheap quartz stays within 1
 * ± 0.0002), and the wall clock can be set. While a host is suspended its monotonic clock stands still and the others go on, as
 * on Linux. While a virtual machine is paused its boot clock stands still too; only the wall clock, which is corrected, shows the
 * pause.
 */
export class SimClock implements Time {
  private readonly virtual: VirtualTime
  private readonly listeners = new Set<() => void>()
  private monotonicBase: number
  private wallBase: number
  private bootBase: number
  private baseAtMs: number
  private rate = 1
  private isSuspended = false
  private isBootStill = false

  constructor(virtual: VirtualTime, origins: ClockOrigins) {
    this.virtual = virtual
    this.monotonicBase = origins.monotonicMs
    this.wallBase = origins.wallMs
    this.bootBase = origins.bootMs
    this.baseAtMs = virtual.nowMs
  }

  /** What the monotonic clock shows. */
  monotonicMs(): number {
    return this.isSuspended ? this.monotonicBase : this.monotonicBase + this.elapsedMs()
  }

  /** What the wall clock shows. */
  wallMs(): number {
    return this.wallBase + this.elapsedMs()
  }

  /** What the boot clock shows. */
  bootMs(): number {
    return this.isBootStill ? this.bootBase : this.bootBase + this.elapsedMs()
  }

  /** Whether monotonic time stands still. */
  get standsStill(): boolean {
    return this.isSuspended
  }

  /**
   * The clocks run at this rate from now on: 1.01 gains a hundredth, 0 stands still.
   *
   * @throws BAD_OPTION when that is no number from 0.
   */
  drift(rate: number): void {
    if (!Number.isFinite(rate) || rate < 0) {
      throw new BadOptionError(`rate must be a number from 0, for a clock never runs backwards; got ${shownShortly(rate)}`, {
        option: 'rate',
      })
    }
    this.rebase()
    this.rate = rate
    this.changed()
  }

  /**
   * The wall clock is set, forward or (below zero) back.
   *
   * @throws BAD_OPTION when that is no number of milliseconds.
   */
  jumpWall(byMs: number): void {
    if (!Number.isFinite(byMs)) {
      throw new BadOptionError(`byMs must be a number of milliseconds, forward or back, got ${shownShortly(byMs)}`, {
        option: 'byMs',
      })
    }
    this.wallBase += byMs
  }

  /** The machine sleeps: monotonic time stands still, wall time goes on, and boot time too unless `bootStill`. */
  suspend(options: SuspendOptions = {}): void {
    const { bootStill = false } = takeOptions(options, { bootStill: checkSwitch }, 'suspend')
    this.rebase()
    this.isSuspended = true
    this.isBootStill = bootStill
    this.changed()
  }

  /** The machine is awake again. */
  wake(): void {
    this.rebase()
    this.isSuspended = false
    this.isBootStill = false
    this.changed()
  }

  /** How much virtual time passes until the monotonic clock shows `dueMs`; null when it stands still. */
  virtualMsUntil(dueMs: number): number | null {
    const rate = this.isSuspended ? 0 : this.rate
    const missingMs = Math.max(0, dueMs - this.monotonicMs())
    if (missingMs === 0) return 0
    return rate === 0 ? null : missingMs / rate
  }

  /** A timer that was due at `dueMs` fires: rounding must not make the clock show less. */
  reached(dueMs: number): void {
    const shortMs = dueMs - this.monotonicMs()
    if (shortMs > 0 && shortMs < 0.001) this.monotonicBase += shortMs
  }

  /** Calls back whenever the rate changed, so that timers can be set anew; returns how to stop. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  private elapsedMs(): number {
    return (this.virtual.nowMs - this.baseAtMs) * this.rate
  }

  private rebase(): void {
    const monotonicMs = this.monotonicMs()
    const wallMs = this.wallMs()
    const bootMs = this.bootMs()
    this.baseAtMs = this.virtual.nowMs
    this.monotonicBase = monotonicMs
    this.wallBase = wallMs
    this.bootBase = bootMs
  }

  private changed(): void {
    for (const listener of this.listeners) listener()
  }
}

shapeClass(SimClock, (clock) => ({
  monotonicMs: clock.monotonicMs(),
  wallMs: clock.wallMs(),
  bootMs: clock.bootMs(),
  standsStill: clock.standsStill,
}))
