/** This file declares and checks the options of `close`, and words the loss of a hold that outlasts the drain. */
import { type Duration, parseDuration } from '../base/duration.ts'
import type { Loss } from '../base/loss.ts'
import { takeOptions } from '../base/options.ts'

/** Options of `close`. */
export interface CloseOptions {
  /**
   * How long to wait for holds that are not released yet (default 5 s); then they are lost. 0 means no wait. A later call with a
   * `drain` that ends sooner shortens the wait; no call prolongs it.
   */
  readonly drain?: Duration
}

/** How long `close` waits for holds by default. */
export const defaultDrainMs = 5_000

/**
 * The `drain` of a call of `close`, in milliseconds; undefined without one.
 *
 * @throws BAD_OPTION that names the option.
 */
export function parseCloseOptions(options: CloseOptions | undefined): number | undefined {
  return options === undefined ? undefined : takeOptions(options, { drain: parseDuration }, 'close').drain
}

/** The loss of a hold that was not released within the drain of `close`. `what` was closed. */
export function lossAfter(drainMs: number, what = 'the node'): Loss {
  const message = drainMs === 0 ? `${what} was closed` : `${what} was closed, and ${Math.round(drainMs)} ms of drain passed`
  return { reason: 'closed', message }
}
