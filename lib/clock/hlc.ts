/**
 * This file is the hybrid logical clock (Kulkarni, Demirbas, Madappa, Avva, Leone 2014, §3, both rules). Its time is as close to
 * physical time as the clocks allow, and never contradicts causality. `time` is the 48-bit millisecond part l, `count` the
 * 16-bit counter c.
 *
 * Deviation: a counter that is full carries into the milliseconds instead of wrapping, so the order holds under any load.
 */
import type { NodeId } from '../base/ids.ts'
import type { Stamp, StampClock } from './stamp.ts'

const countMax = 2 ** 16 - 1

export class HybridClock implements StampClock {
  private readonly id: NodeId
  private readonly wallMs: () => number
  private time = 0
  private count = 0

  constructor(id: NodeId, wallMs: () => number) {
    this.id = id
    this.wallMs = wallMs
  }

  /** The rule for a local or send event. */
  next(): Stamp {
    const nowMs = this.physicalMs()
    if (nowMs > this.time) this.set(nowMs, 0)
    else this.set(this.time, this.count + 1)
    return { time: this.time, count: this.count, id: this.id }
  }

  /** The rule for a receive event. */
  merge(stamp: Stamp): void {
    const nowMs = this.physicalMs()
    if (nowMs > this.time && nowMs > stamp.time) this.set(nowMs, 0)
    else if (stamp.time > this.time) this.set(stamp.time, stamp.count + 1)
    else if (stamp.time === this.time) this.set(this.time, Math.max(this.count, stamp.count) + 1)
    else this.set(this.time, this.count + 1)
  }

  /** How far a stamp is ahead of this node's physical clock, in milliseconds; negative when it is behind. */
  skewMs(stamp: Stamp): number {
    return stamp.time - this.physicalMs()
  }

  private set(time: number, count: number): void {
    const carries = count > countMax
    this.time = carries ? time + 1 : time
    this.count = carries ? 0 : count
  }

  private physicalMs(): number {
    return Math.floor(this.wallMs())
  }
}
