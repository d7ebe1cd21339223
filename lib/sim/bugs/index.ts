/** This file lists every seeded bug by family, and finds one by its name. */
import { BadOptionError } from '../../base/errors.ts'
import type { Bug } from './bug.ts'
import { canary } from './canary.ts'
import { fenceBugs } from './fence.ts'
import { keptBugs } from './kept.ts'
import { linkBugs } from './link.ts'
import { lockBugs } from './lock.ts'
import { modeBugs } from './modes.ts'
import { priorityBugs } from './priority.ts'
import { queueBugs } from './queue.ts'
import { registerBugs } from './register.ts'
import { requestBugs } from './request.ts'
import { sessionBugs } from './session.ts'
import { stampBugs } from './stamp.ts'
import { subtleBugs } from './subtle.ts'
import { testimonyBugs } from './testimony.ts'
import { tokenBugs } from './token.ts'
import { viewBugs } from './view.ts'

export type { Bug, Mistake } from './bug.ts'

/** Every seeded bug that the simulator must catch, by family. */
export const bugs: readonly Bug[] = [
  canary,
  ...requestBugs,
  ...stampBugs,
  ...keptBugs,
  ...tokenBugs,
  ...queueBugs,
  ...priorityBugs,
  ...modeBugs,
  ...lockBugs,
  ...sessionBugs,
  ...viewBugs,
  ...testimonyBugs,
  ...registerBugs,
  ...fenceBugs,
  ...linkBugs,
]

/**
 * The seeded bug of that name. It also finds those that seeds meet too seldom, which `bugs` does not list.
 *
 * @throws BAD_OPTION (`bug`) that lists the names there are.
 */
export function bugNamed(name: string): Bug {
  const bug = [...bugs, ...subtleBugs].find((each) => each.name === name)
  if (bug === undefined) {
    const names = bugs.map((each) => each.name).join(', ')
    throw new BadOptionError(`there is no bug '${name}'; there are ${names}`, { option: 'bug' })
  }
  return bug
}
