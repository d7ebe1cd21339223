/**
 * How far this node trusts itself (Lifeguard §IV-A, "LHA-Probe"): 0 when all is well, up to 8. A node that misses
 * answers which it had every reason to expect, that is accused, or whose event loop runs late, gives the others more
 * time before it accuses them: its interval and its deadlines are `health + 1` times as long.
 */
export const healthMax = 8

/** Plain data. */
export interface Health {
  /** INV-M4: from 0 to `healthMax`. */
  score: number
}

/** Raises the score for what went wrong on this side, or lowers it after a success. */
export function adjustHealth(health: Health, by: number): void {
  health.score = Math.min(healthMax, Math.max(0, health.score + by))
}

/** A duration, stretched by the doubt in oneself. */
export function stretchedMs(health: Health, ms: number): number {
  return ms * (health.score + 1)
}
