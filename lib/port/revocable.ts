/** This file is the side of the holder when a hold is asked back: what a request declares, whom it tells, and when its grace is over. */
import { runOutside } from '../base/async-context.ts'
import type { Duration } from '../base/duration.ts'
import { waitFrom } from '../base/duration.ts'
import { BadOptionError, type HoldfastError } from '../base/errors.ts'
import type { Loss, LossReason } from '../base/loss.ts'
import type { HoldEnd } from './hold-end.ts'
import { checkFunction, checkSwitch } from '../base/option-checks.ts'
import { type OptionTable, takeParts } from '../base/options.ts'
import { TimeLimit, type Timing } from '../base/time-limit.ts'
import { onRejection } from '../base/user-result.ts'

/** How a hold can be asked back. */
export interface RevocableOptions {
  /** How long the holder has to release the lock once it was asked. Longer than 0. Default 10 s. */
  readonly grace?: Duration
}

/** That a hold is asked back. */
export interface Revocation {
  /** The id of the client that asks: a node of the mesh, or a client of the memory engine. */
  readonly by: string
  /** Why, as that caller said; empty if it did not. */
  readonly reason: string
  /** How long the hold still lasts from this moment, in milliseconds. Then it is lost with the reason `revoked`. */
  readonly leftMs: number
}

/** Is told that a hold is asked back. Its error, or the rejection of its promise, ends nothing. */
export type RevokeListener = (revocation: Revocation) => unknown

const defaultGraceMs = 10_000
/** How many orders may wait for the end of one hold. */
const endingsMax = 1000

const graceTable = {
  grace: waitFrom('leave `revocable` out for a hold that nobody can ask back'),
} satisfies OptionTable<RevocableOptions>

/** The option with its grace in milliseconds; false if the hold cannot be asked back. @throws BAD_OPTION */
export function parseRevocable(value: unknown, option: string): false | { readonly grace: number } {
  if (typeof value !== 'object' || value === null) return checkSwitch(value, option) && { grace: defaultGraceMs }
  return { grace: defaultGraceMs, ...takeParts(value as RevocableOptions, graceTable, option) }
}

/** The grace of a request, in milliseconds; undefined if its hold cannot be asked back. @throws BAD_OPTION */
export function graceOf(value: unknown): number | undefined {
  const parsed = parseRevocable(value, 'revocable')
  return parsed === false ? undefined : parsed.grace
}

/** The error of `onRevoke` on a hold that nobody can ask back: its listener would wait for ever. */
export function notRevocable(lock: string): HoldfastError {
  return new BadOptionError(`nobody can ask the hold of '${lock}' back: give its request the option revocable`, {
    option: 'revocable',
  })
}

/** The loss of a hold that its owner kept beyond the grace. */
export function lossByRevoke(by: string, reason: string, graceMs: number): Loss {
  return { reason: 'revoked', message: `${by} asked it back${because(reason)}, and its grace of ${graceMs} ms is over` }
}

/** The loss of a hold that was ended by force. */
export function lossByForce(by: string, reason: string): Loss {
  return { reason: 'forced', message: `${by} ended it by force${because(reason)}` }
}

/** How a hold ended that was lost for that reason. */
export function endBy(reason: LossReason): HoldEnd {
  return reason === 'revoked' || reason === 'forced' ? reason : 'lost'
}

function because(reason: string): string {
  return reason === '' ? '' : ` (${reason})`
}

/** What a revocable hold has of its engine. */
export interface RevocableHost {
  readonly timing: Timing
  readonly graceMs: number
  /** Ends the hold. Its owner is told first. */
  forfeit(loss: Loss): void
  /** A listener threw, or its promise was rejected. */
  failed(error: unknown): void
}

/** What a revocable hold knows: whether it is asked back, by whom, until when, and who wants to know how it ends. */
export class Revocable {
  private readonly host: RevocableHost
  private readonly listeners = new Set<RevokeListener>()
  private readonly endings: ((end: HoldEnd) => void)[] = []
  private asked: { readonly by: string; readonly reason: string; readonly limit: TimeLimit } | null = null
  private isOver = false

  constructor(host: RevocableHost) {
    this.host = host
  }

  /** What is left of the grace; undefined as long as the hold was not asked back. */
  get limit(): TimeLimit | undefined {
    return this.asked?.limit
  }

  get graceMs(): number {
    return this.host.graceMs
  }

  /** Whether as many as may wait for its end. */
  get isFull(): boolean {
    return this.endings.length >= endingsMax
  }

  /**
   * Asks the hold back. The first one that asks begins the grace, and a later one does not change it. Returns whether this was the
   * first. `tell` tells the owner.
   */
  ask(by: string, reason: string, ended: (end: HoldEnd) => void): boolean {
    this.endings.push(ended)
    if (this.asked !== null) return false
    const { timing, graceMs } = this.host
    const limit = new TimeLimit(timing, graceMs, () => this.host.forfeit(lossByRevoke(by, reason, graceMs)))
    this.asked = { by, reason, limit }
    return true
  }

  /** Tells the listeners that were not told yet. */
  tell(): void {
    const listeners = [...this.listeners]
    this.listeners.clear()
    for (const listener of listeners) this.call(listener)
  }

  /** Tells the listener once, at this call if the hold was asked back already. The returned function takes it away. */
  onRevoke(listener: RevokeListener): () => void {
    checkFunction(listener, 'listener')
    if (this.isOver) return () => {}
    if (this.asked !== null) {
      this.call(listener)
      return () => {}
    }
    // An entry of its own, so that one function given twice is told twice.
    const entry: RevokeListener = (revocation) => listener(revocation)
    this.listeners.add(entry)
    return () => void this.listeners.delete(entry)
  }

  /** Ends the hold if its grace is over and the timer is late. */
  look(): void {
    this.asked?.limit.look()
  }

  /** The hold is over. */
  end(end: HoldEnd): void {
    if (this.isOver) return
    this.isOver = true
    this.asked?.limit.stop()
    this.listeners.clear()
    for (const ended of this.endings.splice(0)) ended(end)
  }

  private call(listener: RevokeListener): void {
    const { asked } = this
    // A listener before this one may have released the hold.
    if (asked === null || this.isOver) return
    const { by, reason, limit } = asked
    const { failed } = this.host
    try {
      onRejection(runOutside(listener, Object.freeze({ by, reason, leftMs: limit.remainingMs })), failed)
    } catch (error) {
      failed(error)
    }
  }
}
