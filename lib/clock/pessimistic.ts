/**
 * The clock that sessions are measured by. A holder counts its own session by whichever of three clocks has gone furthest, so
 * that neither a suspended machine nor a paused virtual one believes in a session that others have waited out; a node that waits
 * for another node's session counts by the slower of the two clocks that cannot be set.
 */

/** One moment on the three clocks, in milliseconds, each from an origin of its own. */
export interface Instant {
  readonly monotonicMs: number
  readonly wallMs: number
  readonly bootMs: number
}

/** How much of one's own session has gone by: the largest of the three. A wall clock set back counts for nothing. */
export function elapsedForOwnMs(start: Instant, now: Instant): number {
  return Math.max(now.monotonicMs - start.monotonicMs, now.wallMs - start.wallMs, now.bootMs - start.bootMs, 0)
}

/** How long one has waited for others: the smaller of monotonic and boot time, never the wall clock. */
export function elapsedForOthersMs(start: Instant, now: Instant): number {
  return Math.max(Math.min(now.monotonicMs - start.monotonicMs, now.bootMs - start.bootMs), 0)
}

/** Each clock's rate is trusted to be within 1 ± this. */
export const clockRateTolerance = 0.01

/** How long to wait by one's own clock until `durationMs` have gone by on any other clock within the tolerance. */
export function waitOutMs(durationMs: number): number {
  return (durationMs * (1 + clockRateTolerance)) / (1 - clockRateTolerance)
}
