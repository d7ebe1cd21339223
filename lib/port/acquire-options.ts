/** This file declares the options of `acquire`, `tryAcquire` and `withLock`, and checks them for every engine. */
import { type Duration, waitFrom } from '../base/duration.ts'
import { type Mode, type ModeOption, parseMode } from '../base/mode.ts'
import { checkFinite, checkSignal, checkSwitch } from '../base/option-checks.ts'
import { checkKeys, type OptionCheck, type OptionTable, unreadable } from '../base/options.ts'
import type { Signal } from '../base/platform.ts'
import { graceOf, parseRevocable, type RevocableOptions } from './revocable.ts'

/** Options of `acquire`, `tryAcquire` and `withLock`. */
export interface AcquireOptions {
  /**
   * How long to wait, longer than 0; then TIMEOUT, or NO_QUORUM if the node was in no active view. Default: for ever. 0 is
   * BAD_OPTION: it would time out even on a free lock. `tryAcquire` takes a lock only if it is free.
   */
  readonly wait?: Duration
  /** Ends the wait (ABORTED). After the grant it has no effect. */
  readonly signal?: Signal
  /**
   * `exclusive` (default), `shared`, `upgradable`, an intention mode, or `{ permits: k }`: one of k permits. A number k says the same.
   * BAD_OPTION if the algorithm or the engine does not have it.
   */
  readonly mode?: ModeOption
  /**
   * Orders the waiters of this node: higher first. A waiter rises by one step with 100 grants, so that none waits for ever. Between nodes
   * it counts with `algorithm: 'mueller'`; with any other only the order of requests does. Default: 0.
   */
  readonly priority?: number
  /**
   * How long the hold may last at most, longer than 0. Then it is lost with the reason `maxHold`, its signal aborts, and the next
   * waiter is granted the lock. Default: until it is released. The former holder may still be at work: give `signal` and `fence` on.
   */
  readonly maxHold?: Duration
  /**
   * `true`: the request belongs to the owner in whose `withLock` function it is made, and passes at once if that owner has the lock (default false).
   * The function of a `withLock` with `reentrant: true`, and what it calls and awaits, is such an owner. The lock is free when the outermost level ends.
   */
  readonly reentrant?: boolean
  /**
   * Whether others may ask for the hold (`admin.revoke`), and the grace in which its owner then releases it; `true` means 10 s. After the grace it is lost with
   * the reason `revoked`. Default: only `admin.force` ends it early. BAD_OPTION if the engine cannot carry it.
   */
  readonly revocable?: boolean | RevocableOptions
  /** Plain data of at most 1,024 bytes, shown to a caller that asks who holds the lock. It is copied at the call. */
  readonly meta?: unknown
}

/** Options of one request, checked. */
export interface AcquireSettings {
  readonly waitMs: number | undefined
  readonly signal: Signal | undefined
  readonly mode: Mode
  readonly priority: number
  /** Undefined: until the hold is released. */
  readonly maxHoldMs: number | undefined
  readonly isReentrant: boolean
  /** Undefined: it cannot be asked back. */
  readonly graceMs: number | undefined
  /** A frozen copy. */
  readonly meta: unknown
}

/** The calls that request a lock. */
export type AcquireCall = 'acquire' | 'tryAcquire' | 'withLock'

/** The check of each option; `wait` is checked for each call. */
export const acquireTable = {
  wait: null,
  signal: checkSignal,
  mode: parseMode,
  priority: checkFinite,
  maxHold: waitFrom('leave it out for a hold that lasts until it is released'),
  reentrant: checkSwitch,
  revocable: parseRevocable,
  meta: null,
} satisfies OptionTable<AcquireOptions>
const known = Object.keys(acquireTable)

const orTry = waitFrom('call tryAcquire to take the lock only if it is free; it does not queue')
const waits: { readonly [Call in AcquireCall]: OptionCheck<number> } = {
  acquire: orTry,
  withLock: orTry,
  tryAcquire: waitFrom(
    'leave it out, or give the time in which the other members can answer; tryAcquire does not queue in any case',
  ),
}

/**
 * Reads each option once, by name: the loop of `takeOptions` would make the acquire of a lock that rests here a tenth slower.
 *
 * @param freeze gives the frozen copy of a `meta` that is given, or throws BAD_OPTION
 * @throws BAD_OPTION that names the option.
 */
export function parseAcquireOptions(
  options: AcquireOptions,
  defaultMode: Mode,
  call: AcquireCall,
  freeze: (meta: unknown) => unknown,
): AcquireSettings {
  checkKeys(options, known, call)
  let given: AcquireOptions
  try {
    const { wait, signal, mode, priority, maxHold, reentrant, revocable, meta } = options
    given = { wait, signal, mode, priority, maxHold, reentrant, revocable, meta } as AcquireOptions
  } catch (cause) {
    throw unreadable(call, cause)
  }
  const { wait, signal, mode, priority, maxHold, reentrant, revocable, meta } = given
  return {
    waitMs: wait === undefined ? undefined : waits[call](wait, 'wait'),
    signal: signal === undefined ? undefined : acquireTable.signal(signal, 'signal'),
    mode: mode === undefined ? defaultMode : acquireTable.mode(mode),
    priority: priority === undefined ? 0 : acquireTable.priority(priority, 'priority'),
    maxHoldMs: maxHold === undefined ? undefined : acquireTable.maxHold(maxHold, 'maxHold'),
    isReentrant: reentrant === undefined ? false : acquireTable.reentrant(reentrant, 'reentrant'),
    graceMs: revocable === undefined ? undefined : graceOf(revocable),
    meta: meta === undefined ? undefined : freeze(meta),
  }
}
