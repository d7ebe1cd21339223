/** This file lists every seeded bug by family, and finds one by its name. */
import { BadOptionError } from '../../base/errors.ts'
import type { Bug } from './bug.ts'
import { canary } from './canary.ts'
import { linkBugs } from './link.ts'
import { lockBugs } from './lock.ts'
import { permissionBugs } from './permission.ts'
import { registerBugs } from './register.ts'
import { resourceBugs } from './resource.ts'
import { sessionBugs } from './session.ts'
import { subtleBugs } from './subtle.ts'
import { tokenBugs } from './token.ts'
import { viewBugs } from './view.ts'

export type { Bug } from './bug.ts'

/**
 * Every seeded bug, by family. The simulator must catch each of them: what it does not catch when it is put in on purpose
 * it would not catch when it is made by mistake either.
 */
export const bugs: readonly Bug[] = [
  canary,
  ...permissionBugs,
  ...tokenBugs,
  ...lockBugs,
  ...sessionBugs,
  ...viewBugs,
  ...registerBugs,
  ...resourceBugs,
  ...linkBugs,
]

/**
 * The seeded bug of that name. Knows those of `subtle.ts` too, which the simulator is not expected to catch and `bugs` does
 * not list.
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
