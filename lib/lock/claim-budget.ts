/**
 * This file bounds the claim of a member. A claim is sent as one message, and the merged claim of all as one more. So the holds
 * of one node are bounded, and its testimonies about evicted nodes are left out if there is no room: a member that does not
 * testify counts as knowing nothing, and entrants wait for more locks.
 */
import { utf8Length } from '../base/names.ts'

/** Holds of one node. */
export const holdsMax = 50_000
/** Bytes of one node's holds in a claim, and again of its testimonies. */
export const claimBytesMax = 3.5 * 1024 * 1024

/** About how many bytes a hold takes beside the name of its lock: holder, mode, fence. */
const holdBytes = 64
/** About how many bytes of overhead a name takes. */
const nameBytes = 8

/** How many bytes of a claim the holds of a node take. */
export class ClaimBudget {
  /** Holds at present. */
  holds = 0
  private bytes = 0

  /** The node can hold no more. */
  get isSpent(): boolean {
    return this.holds >= holdsMax || this.bytes >= claimBytesMax
  }

  /** Adds a hold of a lock with a name of that many bytes. */
  add(lockNameBytes: number): void {
    this.holds++
    this.bytes += lockNameBytes + holdBytes
  }

  remove(lockNameBytes: number): void {
    this.holds--
    this.bytes -= lockNameBytes + holdBytes
  }
}

/** The testimonies for which there is room, the shortest first: a testimony covers most locks without naming them. */
export function thatFit<T extends { readonly exceptions: readonly string[] }>(testimonies: readonly T[]): T[] {
  let left = claimBytesMax
  const sized = testimonies.map((testimony) => ({ testimony, bytes: bytesOf(testimony.exceptions) }))
  const fitting = new Set(
    sized
      .sort((a, b) => a.bytes - b.bytes)
      .filter(({ bytes }) => {
        left -= bytes
        return left >= 0
      })
      .map(({ testimony }) => testimony),
  )
  return testimonies.filter((testimony) => fitting.has(testimony))
}

function bytesOf(names: readonly string[]): number {
  let bytes = 0
  for (const name of names) bytes += utf8Length(name) + nameBytes
  return bytes
}
