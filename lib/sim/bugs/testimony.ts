/** This file has the mistakes in what survivors say of an evicted node: which locks it may still hold. */
import { NodeLocks } from '../../lock/locks.ts'
import { Witness } from '../../lock/witness.ts'
import type { View } from '../../view/view.ts'
import type { Bug } from './bug.ts'
import { replaceMethod, together, type Undo } from './replace.ts'

/** Members that testify about all who are waited out, as if each had been in the last view that this member activated. */
function testifyOfAll(forgetFirst: boolean): Undo {
  const epochs = new WeakMap<Witness, number>()
  return together(
    replaceMethod(Witness, 'activated', (witness, original, view) => {
      epochs.set(witness, view.id.epoch)
      original(view)
    }),
    replaceMethod(Witness, 'testimonies', (witness, original, view, ...rest) => {
      const lastEpoch = epochs.get(witness) ?? 0
      const shown: View = { ...view, quarantine: view.quarantine.map((each) => ({ ...each, lastEpoch })) }
      // What was found of a node is forgotten in a view that waits for none.
      if (forgetFirst) original({ ...view, quarantine: [] }, ...rest)
      return original(shown, ...rest)
    }),
  )
}

export const testimonyBugs: readonly Bug[] = [
  {
    name: 'doubts-read-anew',
    property: 'errors',
    breaks:
      'A member keeps what it knew of an evicted node when their last view together stopped. If it looks again later, it asks instances that never met that node.',
    apply: () => testifyOfAll(true),
  },
  {
    name: 'uninformed-testifies',
    property: 'errors',
    breaks:
      'Only a member of the last view with an evicted node can say what that node held. A member that was not there knows of nothing, and frees its locks.',
    apply: () => testifyOfAll(false),
  },
  {
    name: 'nobody-informed-frees-all',
    property: 'exclusion',
    breaks:
      'Where no survivor can testify, every lock is in doubt. If it counts as free, it is granted beside a holder that is cut off.',
    apply: () =>
      replaceMethod(NodeLocks, 'activate', (_locks, original, view, id, carried, findings, waits) => {
        const known = waits.filter((wait) => findings.some(({ about }) => about === wait.id))
        original(view, id, carried, findings, known)
      }),
  },
]
