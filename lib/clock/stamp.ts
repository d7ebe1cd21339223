/**
 * This file defines stamps, which order the requests for a lock: by Lamport's or hybrid logical time, and by the node's id where
 * the times are equal.
 */
import { compareIds, type NodeId } from '../base/ids.ts'

/**
 * When a request was made, by Lamport or hybrid logical time, totally ordered by the id of its node.
 * `time` is the Lamport number or the HLC's 48-bit milliseconds; `count` is the HLC's 16-bit counter (0 for Lamport).
 */
export interface Stamp {
  readonly time: number
  readonly count: number
  readonly id: NodeId
}

/** The total order of requests: earlier first, ties by id. Without the id two equal requests would both go first. */
export function compareStamps(a: Stamp, b: Stamp): number {
  return a.time - b.time || a.count - b.count || compareIds(a.id, b.id)
}

/** True when `a` comes before `b`. */
export function isBefore(a: Stamp, b: Stamp): boolean {
  return compareStamps(a, b) < 0
}

/** True when both name the same request. */
export function sameStamp(a: Stamp, b: Stamp): boolean {
  return a.time === b.time && a.count === b.count && a.id === b.id
}

/** A clock that stamps requests: Lamport's or the hybrid one. */
export interface StampClock {
  /** A stamp above everything stamped or merged before. */
  next(): Stamp
  /** Learns a stamp from a message. Always merges: answering a request without merging it breaks Ricart–Agrawala. */
  merge(stamp: Stamp): void
}
