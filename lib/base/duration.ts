/**
 * This file reads durations: numbers of milliseconds, or numbers with a unit such as `'5s'`. Every option that is a time goes
 * through it.
 */
import { BadOptionError } from './errors.ts'
import { shownValue } from './message-of.ts'

/**
 * Milliseconds as a number, or a number with its unit as a string: `'250ms'`, `'5s'`, `'2m'`, `'1.5h'`. The compiler refuses another
 * unit. A string that comes from elsewhere, such as an environment variable, is checked by `duration`.
 */
export type Duration = number | `${number}ms` | `${number}s` | `${number}m` | `${number}h`

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** The longest duration: timers past 2³¹−1 ms would fire at once. */
export const durationMaxMs = 2 ** 31 - 1

/**
 * Checks that a string is a duration, for example the value of an environment variable.
 *
 * @param name what the error calls it, such as the name of the variable
 * @throws BAD_OPTION if it is not a duration; `option` is the name.
 * @example await node.acquire('invoice/42', { wait: duration(process.env.LOCK_WAIT ?? '5s', 'LOCK_WAIT') })
 */
export function duration(text: string, name = 'duration'): Duration {
  parseDuration(text, name)
  return text as Duration
}

/**
 * A duration in milliseconds.
 *
 * @throws BAD_OPTION for anything that is not a finite, non-negative time of at most 24.8 days.
 * @example parseDuration('1.5s', 'wait') // 1500
 */
export function parseDuration(value: unknown, option: string): number {
  const ms = typeof value === 'string' ? parseText(value) : value
  if (typeof ms !== 'number' || !Number.isFinite(ms) || ms < 0 || ms > durationMaxMs) {
    throw new BadOptionError(
      `${option} must be a duration: milliseconds from 0 to ${durationMaxMs}, or a string such as '250ms', '5s', '2m'; got ${describe(value)}`,
      { option },
    )
  }
  return ms
}

/**
 * A check of the option `wait`: a duration that is not 0, in milliseconds. A wait of 0 would time out even when the lock is free,
 * because the answers of other members take a turn of the event loop.
 *
 * @param instead what the caller uses instead of 0, for the message
 */
export function waitFrom(instead: string): (value: unknown, option: string) => number {
  return (value, option) => {
    const ms = parseDuration(value, option)
    if (ms === 0) throw new BadOptionError(`${option} must be longer than 0 ms: ${instead}`, { option })
    return ms
  }
}

function parseText(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text.trim())
  if (match === null) return Number.NaN
  return Number(match[1]) * (unitMs[match[2] as string] as number)
}

function describe(value: unknown): string {
  return typeof value === 'string' ? `'${value.slice(0, 40)}'` : shownValue(value)
}
