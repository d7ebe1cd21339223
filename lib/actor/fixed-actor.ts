/** This file reads a user's actor once, when it is spawned, so that later changes to the user's object have no effect. */
import { BadOptionError } from '../base/errors.ts'
import { adviceFor, synonymIn } from '../base/option-advice.ts'
import { readingOptions } from '../base/options.ts'
import type { UserActor } from './actor.ts'

const known = ['init', 'receive', 'timer', 'stopped', 'restart', 'mailboxMax']

/**
 * Reads the functions of an actor once, so that later changes of its object have no effect. They are called on that object.
 *
 * @throws BAD_OPTION if it is not an actor.
 */
export function fixActor<State, Body>(actor: UserActor<State, Body>): UserActor<State, Body> {
  const isObject = actor !== null && (typeof actor === 'object' || typeof actor === 'function')
  const { init, receive, timer, stopped, restart, mailboxMax } = readingOptions('spawn', () => {
    const { init, receive, timer, stopped, restart, mailboxMax } = isObject ? actor : ({} as Partial<UserActor<State, Body>>)
    return { init, receive, timer, stopped, restart, mailboxMax }
  })
  if (isObject) checkActorKeys(actor)
  if (typeof init !== 'function' || typeof receive !== 'function')
    throw new BadOptionError(`an actor has the functions init and receive${misspelt(actor)}`, { option: 'actor' })
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

/** An actor may have further members, so only a misspelt known name is refused. */
function checkActorKeys(actor: object): void {
  for (const key of readingOptions('spawn', () => Object.keys(actor))) {
    const meant = known.includes(key) ? null : synonymIn(key, known)
    if (meant !== null) throw new BadOptionError(`an actor has no '${key}'. Did you mean '${meant}'?`, { option: key })
  }
}

/** Which member was probably meant to be one of the two, for the message. */
function misspelt(actor: unknown): string {
  const keys = actor !== null && typeof actor === 'object' ? readingOptions('spawn', () => Object.keys(actor)) : []
  const advice = keys.filter((key) => !known.includes(key)).map((key) => [key, adviceFor(key, ['init', 'receive'])] as const)
  const [key, meant] = advice.find(([, each]) => each !== '') ?? []
  return key === undefined ? '' : `, and this one has '${key}'. ${meant}`
}
