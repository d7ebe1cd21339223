/** This file takes the options of a recipe's call that requests locks, and makes of them the options of each single request. */
import { waitFrom } from '../base/duration.ts'
import type { Signal } from '../base/platform.ts'
import { type OptionTable, takeOptions } from '../base/options.ts'
import { type AcquireOptions, acquireTable } from '../port/acquire-options.ts'
import type { Locks } from '../port/locks.ts'
import { WaitLimit, timeOf } from './time.ts'

/** Options of a recipe's call that waits for locks: those of `acquire`, without `mode`, `reentrant` and `revocable`. `wait` and `signal` are for the whole call. */
export type RequestOptions = Omit<AcquireOptions, 'mode' | 'reentrant' | 'revocable'>

const { mode: _, reentrant: __, revocable: ___, ...forAny } = acquireTable
/** The check of each option of such a call. */
export const requestTable = {
  ...forAny,
  wait: waitFrom('leave it out to wait for ever'),
} satisfies OptionTable<RequestOptions>

/** The options of one call, checked, with the time that it began. */
export interface JointRequest {
  /** How long the whole call may wait; undefined for ever. */
  readonly waitMs: number | undefined
  readonly deadline: WaitLimit
  readonly signal: Signal | undefined
  /** What each single request is given as it stands. */
  readonly each: Omit<RequestOptions, 'wait' | 'signal'>
}

/**
 * Reads the options of a call, and begins its deadline.
 *
 * @throws BAD_OPTION that names the option.
 */
export function takeRequest(locks: Locks, options: RequestOptions | undefined, call: string): JointRequest {
  const { wait, signal, ...each } = takeOptions<RequestOptions, typeof requestTable>(
    options === undefined ? {} : options,
    requestTable,
    call,
  )
  return { waitMs: wait, deadline: new WaitLimit(timeOf(locks), wait), signal, each }
}

/** A request with no deadline and no signal of the caller. */
export function endlessRequest(locks: Locks): JointRequest {
  return { waitMs: undefined, deadline: new WaitLimit(timeOf(locks), undefined), signal: undefined, each: {} }
}
