/** This file says how much time is left of a hold, and checks what a caller asks of it, for every engine. */
import { parseDuration } from '../base/duration.ts'
import { BadOptionError, ExpiringError, type HoldfastError } from '../base/errors.ts'
import type { TimeLimit } from '../base/time-limit.ts'

/** What bounds the time of holds. */
export interface TimeBound {
  /** So much no hold has left, even right after a renewal. */
  readonly ms: number
  /** What lasts so long, in the words of the user's options. */
  readonly what: string
}

/** Nothing bounds the time of holds. */
export const endless: TimeBound = { ms: Number.POSITIVE_INFINITY, what: '' }

/** The time of one hold at this moment. */
export interface TimeLeft {
  /** So much is certain to be left, by the holder's own clock. */
  readonly remainingMs: number
  /** So much a renewal at this moment would leave. */
  readonly renewedMs: number
  readonly bound: TimeBound
}

/** The time of a hold that has a limit beside what the engine gives it; `what` names the limit for a caller that asks for more. */
export function limitedTime(left: TimeLeft, limit: TimeLimit | undefined, what = 'the maxHold of this hold'): TimeLeft {
  if (limit === undefined) return left
  const { remainingMs, lengthMs } = limit
  return {
    remainingMs: Math.min(left.remainingMs, remainingMs),
    renewedMs: Math.min(left.renewedMs, remainingMs),
    bound: left.bound.ms <= lengthMs ? left.bound : { ms: lengthMs, what },
  }
}

/** The time that a caller asks for, in milliseconds. @throws BAD_OPTION that names the option, also if no hold has so much left. */
export function parseTimeLeft(value: unknown, option: string, { ms: mostMs, what }: TimeBound): number {
  const ms = parseDuration(value, option)
  if (ms < mostMs) return ms
  throw new BadOptionError(`${option} must be shorter than ${mostMs} ms, the length of ${what}, got ${ms} ms`, { option })
}

/** @throws EXPIRING if less is left of a hold than its caller asks for, and BAD_OPTION as `parseTimeLeft`. */
export function checkMargin(lock: string, left: TimeLeft, margin: unknown): void {
  const ms = parseTimeLeft(margin, 'margin', left.bound)
  if (left.remainingMs < ms) throw expiringError(lock, left.remainingMs, ms)
}

/** The error for a hold that has too little time left. */
export function expiringError(lock: string, remainingMs: number, askedMs: number): HoldfastError {
  const left = Math.floor(remainingMs)
  return new ExpiringError(`${left} ms of the hold of '${lock}' are certain to be left, and ${askedMs} ms were asked for`)
}
