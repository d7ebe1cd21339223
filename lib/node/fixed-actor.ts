/** An actor of the user's own, read once when it is spawned. */
import { BadOptionError } from '../base/errors.ts'
import type { UserActor } from './actor.ts'
import { readingOptions } from './option-checks.ts'

/**
 * Fixes the functions of an actor, so that what becomes of its object later changes nothing. They are called on that object.
 *
 * @throws BAD_OPTION when this is no actor.
 */
export function fixActor<State, Body>(actor: UserActor<State, Body>): UserActor<State, Body> {
  const isObject = actor !== null && (typeof actor === 'object' || typeof actor === 'function')
  const { init, receive, timer, stopped, restart, mailboxMax } = readingOptions('spawn', () => {
    const { init, receive, timer, stopped, restart, mailboxMax } = isObject ? actor : ({} as Partial<UserActor<State, Body>>)
    return { init, receive, timer, stopped, restart, mailboxMax }
  })
  if (typeof init !== 'function' || typeof receive !== 'function')
    throw new BadOptionError('an actor has the functions init and receive', { option: 'actor' })
  for (const [name, value] of Object.entries({ timer, stopped })) {
    if (value !== undefined && typeof value !== 'function')
      throw new BadOptionError(`${name} of an actor must be a function`, { option: name })
  }
  return {
    init: init.bind(actor),
    receive: receive.bind(actor),
    ...(timer === undefined ? {} : { timer: timer.bind(actor) }),
    ...(stopped === undefined ? {} : { stopped: stopped.bind(actor) }),
    ...(restart === undefined ? {} : { restart }),
    ...(mailboxMax === undefined ? {} : { mailboxMax }),
  }
}
