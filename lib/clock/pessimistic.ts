/**
 * This file has the clock that measures sessions. A holder takes the largest elapsed time of three clocks. So a suspended machine
 * or a paused virtual machine does not believe in a session whose end others have waited for. A node that waits for another
 * node's session takes the slower of the two clocks that cannot be set.
 */

/** One moment on the three clocks, in milliseconds, each from an origin of its own. */
export interface Instant {
  readonly monotonicMs: number
  readonly wallMs: number
  readonly bootMs: number
}

/** The elapsed time of the node's own session: the largest of the three. A wall clock that was set back does not count. */
export function elapsedForOwnMs(start: Instant, now: Instant): number {
  return Math.max(now.monotonicMs - start.monotonicMs, now.wallMs - start.wallMs, now.bootMs - start.bootMs, 0)
}

/** How long a node has waited for others: the smaller of monotonic and boot time, never the wall clock. */
export function elapsedForOthersMs(start: Instant, now: Instant): number {
  return Math.max(Math.min(now.monotonicMs - start.monotonicMs, now.bootMs - start.bootMs), 0)
}

/** The rate of each clock is assumed to be within 1 ± this. */
export const clockRateTolerance = 0.01

/** How long to wait by this node's clock until `durationMs` have passed on any other clock within the tolerance. */
export function waitOutMs(durationMs: number): number {
  return (durationMs * (1 + clockRateTolerance)) / (1 - clockRateTolerance)
}
