/** This file has the mistakes with the clocks that stamp requests (Lamport 1978): they do not learn, or do not rise. */
import { HybridClock } from '../../clock/hlc.ts'
import { LamportClock } from '../../clock/lamport.ts'
import type { Stamp } from '../../clock/stamp.ts'
import type { Bug } from './bug.ts'
import { replaceMethod, together } from './replace.ts'

export const stampBugs: readonly Bug[] = [
  {
    name: 'clock-not-merged',
    property: 'exclusion',
    breaks:
      'A stamp lies above every stamp that its site has heard of. A site that does not learn from messages asks with an older stamp after it has replied.',
    source: 'Lamport 1978',
    apply: () =>
      together(
        replaceMethod(HybridClock, 'merge', () => undefined),
        replaceMethod(LamportClock, 'merge', () => undefined),
      ),
  },
  {
    name: 'clock-not-raised',
    property: 'exclusion',
    breaks:
      'Every request has a stamp of its own. If the clock does not rise between two requests, the second looks like the first.',
    source: 'Lamport 1978',
    apply: () => {
      const last = new WeakMap<object, Stamp>()
      // Every other request comes with the stamp of the one before it.
      const next = (clock: object, original: () => Stamp): Stamp => {
        const before = last.get(clock)
        last.delete(clock)
        if (before !== undefined) return before
        const stamp = original()
        last.set(clock, stamp)
        return stamp
      }
      return together(replaceMethod(HybridClock, 'next', next), replaceMethod(LamportClock, 'next', next))
    },
  },
]
