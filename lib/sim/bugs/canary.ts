/** This file is the bug that every simulation must notice: nodes that do not exclude each other at all. */
import { LockSite } from '../../lock/site.ts'
import { Pending } from '../../mutex/permission.ts'
import type { Bug } from './bug.ts'
import { replaceGetter, replaceMethod, together } from './replace.ts'

/** Nodes that do not exclude each other at all. A simulation that does not notice even this sees nothing. */
export const canary: Bug = {
  name: 'canary',
  property: 'exclusion',
  breaks: 'A request waits for those before it. Here no request waits; a simulator in which this survives sees nothing.',
  apply: () =>
    together(
      replaceMethod(Pending, 'mayEnter', () => true),
      replaceGetter(LockSite, 'firstPlace', ({ self }) => self),
    ),
}
