/** This file lists which errors every engine may give, and makes those that all engines give alike. */
import { reasonOf } from '../base/abort-watch.ts'
import { AbortedError, ClosedError, type ErrorCode, type HoldfastError, LostError, NotOwnerError } from '../base/errors.ts'
import type { Loss } from '../base/loss.ts'
import type { Signal } from '../base/platform.ts'

/** The codes of the errors that the calls of a `Locks` and of its holds may give. NO_QUORUM: the engine cannot decide now. */
export type LocksErrorCode = Extract<
  ErrorCode,
  | 'TIMEOUT'
  | 'ABORTED'
  | 'LOST'
  | 'EXPIRING'
  | 'NO_QUORUM'
  | 'NOT_OWNER'
  | 'DEADLOCK'
  | 'UPGRADE_CONFLICT'
  | 'OVERLOADED'
  | 'CLOSED'
  | 'BAD_OPTION'
>

/** The error of a call whose signal was aborted. `what` is what it waited for. */
export function abortedError(what: string, signal: Signal | undefined): HoldfastError {
  return new AbortedError(`waiting for '${what}' was aborted`, { cause: reasonOf(signal) })
}

/** The error of a call on a closed node or engine. */
export function closedError(what = 'the node is closed'): HoldfastError {
  return new ClosedError(what)
}

/** The error of `check` on a hold that its owner released. */
export function releasedError(lock: string): HoldfastError {
  return new NotOwnerError(`the hold of '${lock}' was released`)
}

/** The error that all calls on a lost hold give. */
export function lostError(lock: string, fence: bigint, { reason, message }: Loss): LostError {
  return new LostError(`the hold of '${lock}' with fence ${fence} was lost: ${message}`, { reason })
}

/** The loss of a hold that lasted as long as its request allows. */
export function lossAfterMaxHold(maxHoldMs: number): Loss {
  return { reason: 'maxHold', message: `its maxHold of ${maxHoldMs} ms is over` }
}

/** The message for a request whose `wait` is over. */
export function notGranted(lock: string, waitMs: number): string {
  return `the lock '${lock}' was not granted within ${waitMs} ms`
}
