/**
 * This file brings timers together that need no moment of their own. Code that runs a few times a second is cold, and to wake the process costs more
 * than most of it does: an idle node wakes twice a second for all that it looks at.
 */

const beatMs = 500
/** A timer may come a little before its time by a clock of higher resolution. */
const earlyMsMax = 5

/**
 * How long to wait for the last beat of this clock within `delayMs`, which is half a second or longer; a shorter delay is its own. Nodes
 * have clocks that began at different moments, so their beats differ.
 */
export function untilBeatMs(nowMs: number, delayMs: number): number {
  if (delayMs < beatMs) return delayMs
  return Math.floor((nowMs + delayMs + earlyMsMax) / beatMs) * beatMs - nowMs
}
