/**
 * This file measures how far this node trusts itself (Lifeguard §IV-A, "LHA-Probe"): 0 if all is well, up to 8. A node that
 * misses expected answers, that is suspected, or whose event loop runs late gives the others more time before it suspects them:
 * its interval and its deadlines are `health + 1` times as long.
 */
export const healthMax = 8

/** Plain data. */
export interface Health {
  /** INV-M4: from 0 to `healthMax`. */
  score: number
}

/** Raises the score after a fault on this side, or lowers it after a success. */
export function adjustHealth(health: Health, by: number): void {
  health.score = Math.min(healthMax, Math.max(0, health.score + by))
}

/** A duration, stretched by the doubt in oneself. */
export function stretchedMs(health: Health, ms: number): number {
  return ms * (health.score + 1)
}
