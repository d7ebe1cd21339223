/** This file declares and checks the options of `query`. */
import { type Duration, waitFrom } from '../base/duration.ts'
import { checkSignal, checkSwitch } from '../base/option-checks.ts'
import { type OptionTable, takeOptions } from '../base/options.ts'
import type { Signal } from '../base/platform.ts'

/** Options of `query`. */
export interface QueryOptions {
  /**
   * `true`: the report has the answer of each member of the newest view, and is waited for as long as that takes (default false: members that do
   * not answer within 2 s are named in `unanswered`). An engine that one client can answer for is always fresh.
   */
  readonly fresh?: boolean
  /** How long to wait for a fresh report; then TIMEOUT. Default: for ever. */
  readonly wait?: Duration
  /** Ends the wait (ABORTED). */
  readonly signal?: Signal
}

const queryTable = {
  fresh: checkSwitch,
  wait: waitFrom('leave it out to wait for ever'),
  signal: checkSignal,
} satisfies OptionTable<QueryOptions>

/** @throws BAD_OPTION that names the option. */
export function parseQueryOptions(options: QueryOptions | undefined): {
  readonly fresh?: boolean
  readonly wait?: number
  readonly signal?: Signal
} {
  return options === undefined ? {} : takeOptions<QueryOptions, typeof queryTable>(options, queryTable, 'query')
}
