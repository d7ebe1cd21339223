/** This file has the mistakes with orders to end a hold. The plans of seeds give no orders, so a storm of them shows these. */
import { NodeLocks } from '../../lock/locks.ts'
import { NodeHold } from '../../node/hold.ts'
import type { Bug } from './bug.ts'
import { replaceMethod } from './replace.ts'

const shownBy = 'a storm of orders'

export const revokeBugs: readonly Bug[] = [
  {
    name: 'force-by-name-only',
    property: 'errors',
    breaks: 'An order to end a hold names the fence. By the name alone it ends a later hold, which its giver has never seen.',
    shownBy,
    apply: () => replaceMethod(NodeLocks, 'holdOf', (locks, _original, name) => locks['locks'].get(name)?.holds.all()[0]),
  },
  {
    name: 'granted-before-it-is-told',
    property: 'exclusion',
    breaks:
      'The owner of a hold that is revoked or forced is told before the lock goes on. If it is not, it takes the lock for its own beside the next holder.',
    shownBy,
    apply: () =>
      replaceMethod(NodeHold, 'lost', (_hold, original, error) =>
        error.reason === 'revoked' || error.reason === 'forced' ? true : original(error),
      ),
  },
]
