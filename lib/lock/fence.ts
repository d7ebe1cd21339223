/**
 * Fencing numbers (Kleppmann 2016, "How to do distributed locking"; sequencers in Burrows 2006, §2.4): `epoch · 2²⁸ +
 * counter`, below 2⁶³. The counter is one Lamport clock for each lock and epoch: every message of the lock carries the
 * sender's, receivers take the larger, an entry takes one more. Whoever enters later has heard, directly or by a chain,
 * from whoever entered earlier, so within an epoch it rises; across epochs it rises with the epoch, crashed holders included.
 */
import { invariant } from '../base/assert.ts'

const counterBits = 28n

/** At this counter nothing is granted any more until the next epoch. */
export const counterMax = 2 ** 28 - 1

/** The fence of an entry. */
export function fenceOf(epoch: number, counter: number): bigint {
  invariant(counter > 0 && counter <= counterMax, 'a counter within its 28 bits')
  return (BigInt(epoch) << counterBits) | BigInt(counter)
}

/** The epoch and the counter of a fence. */
export function fenceParts(fence: bigint): { readonly epoch: number; readonly counter: number } {
  return { epoch: Number(fence >> counterBits), counter: Number(fence & ((1n << counterBits) - 1n)) }
}

/** What a resource remembers, and checks before it reads or writes on behalf of a holder. */
export interface FenceGuard {
  /** The highest fence admitted so far. */
  readonly highest: bigint
  /**
   * Admits a fence that is not below the highest, and remembers it. Call it *before reading*: a later holder that has
   * read must never be overtaken by an earlier holder's delayed write.
   *
   * @returns false when the fence is stale: a later holder has been here.
   */
  admit(fence: bigint): boolean
}

/**
 * The check at the resource, in memory. A resource that outlives its process stores `highest` together with what it
 * guards, and compares and stores in one step.
 *
 * @example
 * const guard = fenceGuard()
 * if (!guard.admit(hold.fence)) throw new Error('stale')
 */
export function fenceGuard(highest = 0n): FenceGuard {
  return {
    get highest() {
      return highest
    },
    admit(fence) {
      if (fence < highest) return false
      highest = fence
      return true
    },
  }
}
