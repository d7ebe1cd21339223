/**
 * This file is Lamport's clock (Lamport 1978, "Time, Clocks, and the Ordering of Events in a Distributed System"). Its number
 * rises with every event, and is never below a number that the node has received.
 */
import type { NodeId } from '../base/ids.ts'
import type { Stamp, StampClock } from './stamp.ts'

export class LamportClock implements StampClock {
  private readonly id: NodeId
  private time = 0

  constructor(id: NodeId) {
    this.id = id
  }

  next(): Stamp {
    this.time++
    return { time: this.time, count: 0, id: this.id }
  }

  merge(stamp: Stamp): void {
    if (stamp.time > this.time) this.time = stamp.time
  }
}
