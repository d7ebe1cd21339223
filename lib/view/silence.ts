/**
 * This file measures how long an answer has been missed, without the time in which this node's own loop stood still: messages of
 * that time are not read yet, so it does not count as a peer's silence.
 */
export class Silence {
  private readonly lookMs: number
  private lookedAtMs: number | null = null
  private countedMs = 0

  /** `lookMs`: how often `look` is called as long as the loop is on time. */
  constructor(lookMs: number) {
    this.lookMs = lookMs
  }

  /** Counts from the first call on; returns how long the silence has lasted, in milliseconds of this node's waking time. */
  look(nowMs: number): number {
    // A late look shows how long this loop stood still; an ordinary delay does not count.
    if (this.lookedAtMs !== null) this.countedMs += Math.min(nowMs - this.lookedAtMs, 2 * this.lookMs)
    this.lookedAtMs = nowMs
    return this.countedMs
  }

  /** An answer came: the next silence begins with the next look. */
  broken(): void {
    this.lookedAtMs = null
    this.countedMs = 0
  }
}
