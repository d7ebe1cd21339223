/**
 * Mistakes that whole nodes under drawn faults meet too seldom to be caught by them within reason: they need one order of
 * events among thousands, and a site cut off in the middle of it. The explorer, which tries every order, finds them at once.
 */
import type { NodeId } from '../../base/ids.ts'
import { sameStamp, type Stamp } from '../../clock/stamp.ts'
import { CarvalhoRoucairol } from '../../mutex/carvalho-roucairol.ts'
import type { Given, Pending } from '../../mutex/permission.ts'
import { tokenRing } from '../../mutex/token-ring.ts'
import type { Bug } from './bug.ts'
import { replaceEntry, replaceMethod } from './replace.ts'

interface Keeping {
  readonly pending: Pending | null
  readonly given: Given
  receiveReply(from: NodeId, stamp: Stamp, using: number, keep: boolean): void
}

/** Found by `explore`, and not by drawn faults: so they are in a list of their own. */
export const subtleBugs: readonly Bug[] = [
  {
    name: 'late-reply-clears-note',
    breaks:
      'a reply to a withdrawn request proves nothing; one that clears the note of a permission given frees a lock that its receiver is in',
    apply: () =>
      replaceMethod<Keeping>()(
        CarvalhoRoucairol,
        'receiveReply',
        (original) =>
          function (from, stamp, using, keep) {
            if (this.pending === null || !sameStamp(this.pending.stamp, stamp)) this.given.taken(from)
            original.call(this, from, stamp, using, keep)
          },
      ),
  },
  {
    name: 'ignorance-frees-tokens',
    breaks:
      'who has no instance of a token lock knows nothing of it; one that says nobody is inside frees a lock that a dead node was given',
    apply: () => replaceEntry(tokenRing, 'untouched', () => () => false),
  },
]
