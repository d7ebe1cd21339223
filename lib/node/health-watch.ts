/** This file watches the user's own check, the option `health`: while it fails, this node has no holds and its requests wait. */
import { type Duration, parseDuration } from '../base/duration.ts'
import { BadOptionError } from '../base/errors.ts'
import { isPromise } from '../base/foreign.ts'
import { messageOf } from '../base/message-of.ts'
import { checkFunction } from '../base/option-checks.ts'
import { takeParts } from '../base/options.ts'
import type { Signal } from '../base/platform.ts'
import type { TimerHandle, World } from '../world/world.ts'

/**
 * Tells whether this process can do its work: it returns or resolves to anything but `false`. It fails if it returns or resolves to `false`, throws, rejects, or has not settled in time; then its
 * `signal` is aborted.
 */
export type HealthCheck = (signal: Signal) => unknown

/** The option `health` in full. */
export interface HealthOptions {
  /** The check. */
  readonly check: HealthCheck
  /** How long after the end of one check the next one begins, longer than 0. Default: 1 s. */
  readonly every?: Duration
  /** How long a check may take, longer than 0. Default: as long as `every`. */
  readonly within?: Duration
}

/** The option, checked. */
export interface HealthSettings {
  readonly check: HealthCheck
  readonly everyMs: number
  readonly withinMs: number
}

const parts = { check: checkFunction, every: checkTime, within: checkTime }

/** @throws BAD_OPTION */
export function takeHealth(given: unknown, option: string): HealthSettings {
  const {
    check,
    every = 1_000,
    within = every,
  } = takeParts<HealthOptions, typeof parts>(
    typeof given === 'function' ? { check: given as HealthCheck } : (given as HealthOptions),
    parts,
    option,
  )
  if (check === undefined) throw new BadOptionError(`${option} needs check, a function`, { option: `${option}.check` })
  return Object.freeze({ check, everyMs: every, withinMs: within })
}

function checkTime(value: unknown, option: string): number {
  const ms = parseDuration(value, option)
  if (ms > 0) return ms
  throw new BadOptionError(`${option} must be longer than 0`, { option })
}

/** Whom it tells. */
export interface HealthListener {
  /** The check fails, for this reason. Not told again until it has passed. */
  unwell(reason: string): void
  /** The check passes, for the first time or again. */
  well(): void
}

export class HealthWatch {
  /** Why requests wait; null while the check passes. */
  failure: string | null = 'the first health check has not passed yet'
  private readonly world: World
  private readonly settings: HealthSettings
  private readonly listener: HealthListener
  private timer: TimerHandle
  /** The check that runs; its outcome counts only while it is this one. */
  private running: AbortController | null = null
  private isStopped = false

  constructor(world: World, settings: HealthSettings, listener: HealthListener) {
    this.world = world
    this.settings = settings
    this.listener = listener
  }

  /** Checks now, and again and again. */
  start(): void {
    const { check, withinMs } = this.settings
    const running = new AbortController()
    this.running = running
    this.timer = this.world.setTimer(withinMs, () => this.settled(running, `it did not settle within ${withinMs} ms`))
    const passed = (result: unknown): void => this.settled(running, result === false ? 'it gave false' : null)
    const failed = (error: unknown): void => this.settled(running, messageOf(error))
    try {
      const result = check(running.signal)
      if (isPromise(result)) result.then(passed, failed)
      else passed(result)
    } catch (error) {
      failed(error)
    }
  }

  stop(): void {
    this.isStopped = true
    this.world.clearTimer(this.timer)
    this.running?.abort()
    this.running = null
  }

  private settled(check: AbortController, problem: string | null): void {
    if (check !== this.running) return
    this.running = null
    this.world.clearTimer(this.timer)
    const wasWell = this.failure === null
    this.failure = problem === null ? null : `the health check of this node fails: ${problem}`
    this.timer = this.world.setTimer(this.settings.everyMs, () => this.start())
    if (problem !== null) check.abort()
    if (this.failure === null && !wasWell) this.listener.well()
    else if (this.failure !== null && wasWell) this.listener.unwell(this.failure)
    // A listener may have closed the node.
    if (this.isStopped) this.world.clearTimer(this.timer)
  }
}
