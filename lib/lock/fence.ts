/**
 * This file makes fencing numbers (Kleppmann 2016, "How to do distributed locking"; sequencers in Burrows 2006, §2.4):
 * `epoch · 2²⁸ + counter`, below 2⁶³. The counter is one Lamport clock for each lock and epoch: every message of the lock carries
 * the sender's, receivers take the larger, an entry takes one more. A later holder has received a message, directly or through
 * others, from every earlier one, so within an epoch the fence rises. From epoch to epoch it rises with the epoch, also after
 * crashed holders.
 */
import { invariant } from '../base/assert.ts'
import { BadOptionError } from '../base/errors.ts'
import { withShape } from '../base/shown.ts'

const counterBits = 28n

/** At this counter no lock is granted until the next epoch. */
export const counterMax = 2 ** 28 - 1

/** The fence of an entry. */
export function fenceOf(epoch: number, counter: number): bigint {
  invariant(counter > 0 && counter <= counterMax, 'a counter within its 28 bits')
  return (BigInt(epoch) << counterBits) | BigInt(counter)
}

/** The parts of a fence. */
export interface FenceParts {
  /** The number of the view in which the lock was granted. */
  readonly epoch: number
  /** The number of the grant in that view, which rises and may skip numbers. */
  readonly counter: number
}

/** The epoch and the counter of a fence. */
export function fenceParts(fence: bigint): FenceParts {
  return { epoch: Number(fence >> counterBits), counter: Number(fence & ((1n << counterBits) - 1n)) }
}

/**
 * The marks of a resource, which it checks before it reads or writes for a holder.
 *
 * Two valid shared holds have different fences, and their readers arrive in any order. So a reader is compared with the highest
 * *exclusive* fence, and a writer with the highest fence of any mode.
 */
export interface FenceGuard {
  /** The highest fence admitted so far, of either mode: a writer below it is stale. */
  readonly highest: bigint
  /** The highest fence of an exclusive hold admitted so far: a reader below it is stale. Never above `highest`. */
  readonly highestExclusive: bigint
  /**
   * Admits a fence that is not stale, and remembers it.
   *
   * - `'exclusive'`, the default: admits a fence that is not below `highest`, and raises both marks to it.
   * - `'shared'`: admits a fence that is not below `highestExclusive`, and raises `highest` alone. The reader may only read.
   *
   * Call it *before reading*: after a later holder has read, also a shared one, an earlier writer's delayed write must not be
   * admitted.
   *
   * @returns false when the fence is stale: a later holder that excludes this one has been here. Both marks are as before.
   * @throws BAD_OPTION when `fence` is no bigint (option `fence`) or `mode` is another one, such as a number of permits, whose
   * fences are not ordered (option `mode`). Both marks are as before.
   * @example if (!guard.admit(hold.fence, 'shared')) throw new Error('a later writer has been here')
   */
  admit(fence: bigint, mode?: 'exclusive' | 'shared'): boolean
}

/**
 * The check at the resource, in memory. A resource that outlives its process stores both marks together with what it guards,
 * compares and stores in one step, and gives them back here when it starts.
 *
 * @param highest the highest fence admitted before, of either mode. Default: none.
 * @param highestExclusive the highest exclusive fence admitted before. Default: `highest`, which may refuse a valid reader and
 * never admits a stale one.
 * @throws BAD_OPTION when a mark is no bigint, or `highestExclusive` is above `highest`.
 * @example
 * const guard = fenceGuard()
 * if (!guard.admit(hold.fence)) throw new Error('stale')
 * @example
 * const guard = fenceGuard(BigInt(row.fence), BigInt(row.exclusive_fence))
 */
export function fenceGuard(highest = 0n, highestExclusive = highest): FenceGuard {
  checkFence(highest, 'highest')
  checkFence(highestExclusive, 'highestExclusive')
  if (highestExclusive > highest) {
    throw new BadOptionError(`highestExclusive must not be above highest: got ${highestExclusive} and ${highest}`, {
      option: 'highestExclusive',
    })
  }
  const guard: FenceGuard = {
    get highest() {
      return highest
    },
    get highestExclusive() {
      return highestExclusive
    },
    admit(fence, mode = 'exclusive') {
      checkFence(fence, 'fence')
      if (mode !== 'exclusive' && mode !== 'shared') {
        throw new BadOptionError(
          `mode must be 'exclusive' or 'shared', got '${String(mode)}': fences of permits are not ordered`,
          {
            option: 'mode',
          },
        )
      }
      if (fence < (mode === 'shared' ? highestExclusive : highest)) return false
      if (fence > highest) highest = fence
      if (mode === 'exclusive') highestExclusive = fence
      return true
    },
  }
  return withShape('FenceGuard', guard, () => ({ highest, highestExclusive }))
}

/** As a fence, `undefined` would compare as neither lower nor higher, and from then on every stale fence would be admitted. */
function checkFence(fence: unknown, option: string): void {
  if (typeof fence !== 'bigint')
    throw new BadOptionError(`${option} must be a bigint, such as hold.fence or BigInt('…'), got a ${typeof fence}`, { option })
}
