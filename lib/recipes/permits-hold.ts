/** This file has the hold of a semaphore: permits that a caller has, and that stand or fall together. */
import type { Signal } from '../base/platform.ts'
import { type InspectArguments, inspectAs, inspectKey } from '../base/shown.ts'
import type { Hold, HoldState, ReleaseOutcome } from '../port/hold.ts'
import { JointHold } from './joint-hold.ts'

/** Permits that a caller has. They stand or fall together. */
export interface PermitsHold extends AsyncDisposable {
  /** The name of the semaphore. */
  readonly name: string
  /** How many permits these are. */
  readonly count: number
  /** Aborted, with a LOST error as its reason, when a permit is lost. Not when it is released. */
  readonly signal: Signal
  /** The state of all together. */
  readonly state: HoldState
  /** Throws LOST if a permit is lost, NOT_OWNER if they were released. */
  check(): void
  /** Gives the permits back. For permits that were released or lost before, it says so. Never rejects. */
  release(): Promise<ReleaseOutcome>
  /** What `JSON.stringify` shows of it. */
  toJSON(): PermitsJson
}

/** Permits as plain data. */
export interface PermitsJson {
  /** The name of the semaphore. */
  readonly name: string
  /** How many permits these are. */
  readonly count: number
  /** The state of all together. */
  readonly state: HoldState
}

export class HeldPermits extends JointHold implements PermitsHold {
  readonly name: string
  readonly count: number

  constructor(name: string, parts: readonly Hold[]) {
    super(parts, name)
    this.name = name
    this.count = parts.length
  }

  toJSON(): PermitsJson {
    const { name, count, state } = this
    return { name, count, state }
  }

  [inspectKey](...args: InspectArguments): string {
    return inspectAs('PermitsHold', this.toJSON(), ...args)
  }
}
