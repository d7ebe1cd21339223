/** This file declares the options of `acquire`, `tryAcquire` and `withLock`, and checks them for every engine. */
import { type Duration, parseWait } from '../base/duration.ts'
import { BadOptionError } from '../base/errors.ts'
import { type Mode, type ModeOption, parseMode } from '../base/mode.ts'
import { checkKeys, unreadable } from '../base/options.ts'
import { checkSignal } from '../base/option-checks.ts'
import type { Signal } from '../base/platform.ts'

/** Options of `acquire`, `tryAcquire` and `withLock`. */
export interface AcquireOptions {
  /**
   * How long to wait, longer than 0; then TIMEOUT, or NO_QUORUM if the node was in no active view. Default: for ever. 0 is
   * BAD_OPTION: it would time out even on a free lock. `tryAcquire` takes a lock only if it is free.
   */
  readonly wait?: Duration
  /** Ends the wait (ABORTED). After the grant it has no effect. */
  readonly signal?: Signal
  /** `exclusive` (default), `shared`, or `{ permits: k }`: one of k permits. A number k says the same. */
  readonly mode?: ModeOption
  /** Orders the waiters of this node: higher first. Between nodes only the order of requests counts. */
  readonly priority?: number
  /** Plain data of at most 1,024 bytes, shown to a caller that asks who holds the lock. It is copied at the call. */
  readonly meta?: unknown
}

/** Options of one request, checked. */
export interface AcquireSettings {
  readonly waitMs: number | undefined
  readonly signal: Signal | undefined
  readonly mode: Mode
  readonly priority: number
  /** A frozen copy. */
  readonly meta: unknown
}

const known = ['wait', 'signal', 'mode', 'priority', 'meta'] as const

/**
 * Reads each option once.
 *
 * @param freeze gives the frozen copy of a `meta` that is given, or throws BAD_OPTION
 * @throws BAD_OPTION that names the option.
 */
export function parseAcquireOptions(
  options: AcquireOptions,
  defaultMode: Mode,
  call: string,
  freeze: (meta: unknown) => unknown,
): AcquireSettings {
  checkKeys(options, known, call)
  let wait: unknown
  let signal: unknown
  let mode: unknown
  let priority: unknown
  let meta: unknown
  try {
    ;({ wait, signal, mode, priority, meta } = options)
  } catch (cause) {
    throw unreadable(call, cause)
  }
  if (priority !== undefined && !Number.isFinite(priority)) {
    throw new BadOptionError('priority must be a finite number', { option: 'priority' })
  }
  return {
    waitMs: wait === undefined ? undefined : parseWait(wait as Duration, insteadOfZero(call)),
    signal: signal === undefined ? undefined : checkSignal(signal),
    mode: mode === undefined ? defaultMode : parseMode(mode),
    priority: (priority as number | undefined) ?? 0,
    meta: meta === undefined ? undefined : freeze(meta),
  }
}

function insteadOfZero(call: string): string {
  return call === 'tryAcquire'
    ? 'leave it out, or give the time in which the other members can answer; tryAcquire does not queue in any case'
    : 'call tryAcquire to take the lock only if it is free; it does not queue'
}
