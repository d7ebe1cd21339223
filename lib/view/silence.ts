/**
 * How long an answer has been missed, in time during which this node itself was awake: what was said while its own loop stood
 * still lies unread, so that time does not count as a peer's silence.
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
    // A look that comes late shows how long this loop stood still; an ordinary delay is no standstill.
    if (this.lookedAtMs !== null) this.countedMs += Math.min(nowMs - this.lookedAtMs, 2 * this.lookMs)
    this.lookedAtMs = nowMs
    return this.countedMs
  }

  /** It was heard: the next silence begins with the next look. */
  broken(): void {
    this.lookedAtMs = null
    this.countedMs = 0
  }
}
