/** This file is the bug that every simulation must notice: nodes that do not exclude each other at all. */
import { LockSite } from '../../lock/site.ts'
import { Pending } from '../../mutex/permission.ts'
import type { Bug } from './bug.ts'
import { replaceGetter, replaceMethod, together } from './replace.ts'

/**
 * Nodes that do not exclude each other at all. If a simulation does not notice even this, it looks at nothing: whoever
 * trusts a clean run lets this one fail first.
 */
export const canary: Bug = {
  name: 'canary',
  breaks: 'nobody waits for anybody; a simulator that survives this sees nothing',
  apply: () =>
    together(
      replaceMethod<Pending>()(Pending, 'mayEnter', () => () => true),
      replaceGetter<LockSite>()(
        LockSite,
        'firstPlace',
        () =>
          function () {
            return this.self
          },
      ),
    ),
}
