/** This file declares how any client ends the hold of another, by name and fence, for every engine that can carry it. */
import { type Duration, waitFrom } from '../base/duration.ts'
import { AbortedError, BadOptionError, type HoldfastError, OverloadedError, RefusedError, TimeoutError } from '../base/errors.ts'
import { reasonOf, unwatchAbort, watchAbort } from '../base/abort-watch.ts'
import { checkName, utf8Length } from '../base/names.ts'
import { checkSignal } from '../base/option-checks.ts'
import { type OptionTable, takeOptions } from '../base/options.ts'
import { shownShortly } from '../base/message-of.ts'
import type { Signal } from '../base/platform.ts'
import type { Timing } from '../base/time-limit.ts'
import type { RevokeOutcome } from './hold-end.ts'

/** Options of `admin.revoke` and `admin.force`. */
export interface RevokeOptions {
  /** Why, for the holder, the events and the logs: one line of at most 256 bytes. Default: empty. */
  readonly reason?: string
  /** How long the call waits for the end of the hold, longer than 0; then TIMEOUT. Default 30 s. */
  readonly wait?: Duration
  /** Ends the wait (ABORTED). The order stands. */
  readonly signal?: Signal
}

/**
 * Ends the holds of others, by name and fence. The fence, which `query` tells, makes sure that a later hold of the lock is not ended in the place of the
 * one that was meant. Exclusive holds have fences of their own. Several shared holders, or holders of permits, may have one fence: the order is for all of them.
 */
export interface Admin {
  /**
   * Asks the holder to release the lock (`Hold.onRevoke`). Resolves when the hold has ended: at the latest, when the grace that the holder declared is over, it
   * is lost with the reason `revoked`, and the next waiter is granted the lock.
   *
   * Rejects with REFUSED (`not-revocable`) if the holder did not declare `revocable`, and then the hold stands. TIMEOUT, ABORTED, NO_QUORUM and CLOSED: the call waits no
   * longer, and the holder may have been asked all the same. OVERLOADED: too many orders wait at the holder. BAD_OPTION names the argument.
   *
   * @example
   * const { held } = await node.query('deploy')
   * for (const { name, fence } of held) await node.admin.revoke(name, fence, { reason: 'a hotfix goes first' })
   */
  revoke(name: string, fence: bigint, options?: RevokeOptions): Promise<RevokeOutcome>
  /**
   * Ends the hold at once, revocable or not: at its holder it is lost with the reason `forced`, its signal aborts, and the next waiter is granted the lock. The
   * former holder may still be at work, so the resource must check the fence. A holder that cannot be reached keeps the lock until its session is over and the others
   * go on without it. The call waits for that, and resolves to `lost`.
   *
   * Rejects as `revoke` does, without REFUSED.
   */
  force(name: string, fence: bigint, options?: RevokeOptions): Promise<RevokeOutcome>
}

/** One order, checked. */
export interface AdminOrder {
  readonly lock: string
  readonly fence: bigint
  readonly isForced: boolean
  readonly reason: string
  readonly waitMs: number
  readonly signal: Signal | undefined
}

/** How long an order waits if its caller does not say. */
const defaultWaitMs = 30_000
const reasonBytesMax = 256
const fenceLimit = 2n ** 63n

const table = {
  reason: checkReason,
  wait: waitFrom('leave it out to wait 30 s'),
  signal: checkSignal,
} satisfies OptionTable<RevokeOptions>

/** @throws BAD_OPTION that names the argument. ABORTED if the signal is. */
export function parseOrder(name: unknown, fence: unknown, options: RevokeOptions | undefined, isForced: boolean): AdminOrder {
  const lock = checkName(name, 'lock name')
  if (typeof fence !== 'bigint' || fence < 1n || fence >= fenceLimit)
    throw new BadOptionError(
      `fence must be a bigint from 1n to 2n ** 63n - 1n, as query() tells it; got ${shownShortly(fence)}`,
      {
        option: 'fence',
      },
    )
  const call = isForced ? 'admin.force' : 'admin.revoke'
  const { reason = '', wait = defaultWaitMs, signal } = takeOptions(options === undefined ? {} : options, table, call)
  const order = { lock, fence, isForced, reason, waitMs: wait, signal }
  if (signal?.aborted === true) throw abortedOrder(order, true)
  return order
}

/** The error for a hold whose holder did not declare that it can be asked. */
export function refusedOrder({ lock, fence }: AdminOrder, holder: string): HoldfastError {
  return new RefusedError(
    `${holder} holds '${lock}' with fence ${fence} and cannot be asked for it: its request did not have the option revocable. admin.force ends the hold in any case`,
    { reason: 'not-revocable' },
  )
}

/** The error for an order that its holder could not take. */
export function overloadedOrder({ lock }: AdminOrder, holder: string): HoldfastError {
  return new OverloadedError(`${holder} has too many orders that wait for the end of a hold; the last one was for '${lock}'`)
}

function abortedOrder({ lock, signal }: AdminOrder, definite: boolean): HoldfastError {
  return new AbortedError(`waiting for the end of the hold of '${lock}' was aborted`, { cause: reasonOf(signal), definite })
}

/** Accepts one line: it is written to logs. */
function checkReason(value: unknown, option: string): string {
  if (typeof value === 'string' && isLine(value)) return value
  throw new BadOptionError(`${option} must be one line of at most ${reasonBytesMax} bytes of UTF-8, got ${shownShortly(value)}`, {
    option,
  })
}

/** A reason that another client sent, as one line. */
export function oneLine(reason: string): string {
  return reason.replace(/[\p{Cc}\u2028\u2029]/gu, ' ')
}

function isLine(text: string): boolean {
  return text.length <= reasonBytesMax && !/[\p{Cc}\p{Surrogate}\u2028\u2029]/u.test(text) && utf8Length(text) <= reasonBytesMax
}

/** The caller of an order: its promise, its deadline and its signal. */
export class OrderWait {
  /** Resolves with the outcome; rejects with the reason of any other end. */
  readonly over: Promise<RevokeOutcome>
  private readonly order: AdminOrder
  private readonly timing: Timing
  private readonly timer: unknown
  private readonly onAbort: () => void
  private resolve: (outcome: RevokeOutcome) => void = () => {}
  private reject: (error: HoldfastError) => void = () => {}

  /**
   * @param openFor what the order still waits for, for the error at the deadline
   * @param gaveUp is called when the deadline or the signal ended the wait
   */
  constructor(timing: Timing, order: AdminOrder, openFor: () => string, gaveUp: () => void) {
    const { lock, fence, waitMs, signal } = order
    this.order = order
    this.timing = timing
    this.over = new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
    const giveUp = (error: HoldfastError): void => {
      this.fail(error)
      gaveUp()
    }
    this.timer = timing.setTimer(waitMs, () => {
      const message = `the hold of '${lock}' with fence ${fence} did not end within ${waitMs} ms: ${openFor()}. The order stands`
      giveUp(new TimeoutError(message, { definite: false }))
    })
    this.onAbort = () => giveUp(abortedOrder(order, false))
    if (signal !== undefined) watchAbort(signal, this.onAbort)
  }

  settle(outcome: RevokeOutcome): void {
    this.end()
    this.resolve(outcome)
  }

  fail(error: HoldfastError): void {
    this.end()
    this.reject(error)
  }

  private end(): void {
    this.timing.clearTimer(this.timer)
    const { signal } = this.order
    if (signal !== undefined) unwatchAbort(signal, this.onAbort)
  }
}
