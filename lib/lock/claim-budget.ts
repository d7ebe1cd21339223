/**
 * What a member says at a view change travels as one message, with what all others say in one more. So what one node may hold at
 * a time is bounded, and what it knows of those who were evicted is said only as far as there is room: a member that does not
 * testify counts as knowing nothing, and entrants wait for more locks.
 */
import { utf8Length } from '../base/names.ts'

/** Holds of one node. */
export const holdsMax = 50_000
/** Bytes of one node's holds in a claim, and once more of all that it testifies. */
export const claimBytesMax = 3.5 * 1024 * 1024

/** About what a hold takes beside the name of its lock: holder, mode, fence. */
const holdBytes = 64
/** About what a name takes beside itself. */
const nameBytes = 8

/** How much of a claim the holds of a node take. */
export class ClaimBudget {
  /** Holds at present. */
  holds = 0
  private bytes = 0

  /** No more can be held. */
  get isSpent(): boolean {
    return this.holds >= holdsMax || this.bytes >= claimBytesMax
  }

  /** One hold more, of a lock with a name of so many bytes. */
  add(lockNameBytes: number): void {
    this.holds++
    this.bytes += lockNameBytes + holdBytes
  }

  remove(lockNameBytes: number): void {
    this.holds--
    this.bytes -= lockNameBytes + holdBytes
  }
}

/** Of these testimonies those for which there is room, the shortest first: each says most of the locks by saying nothing. */
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
