/** This file has the recipe `stripes`: any number of keys share a fixed number of locks. */
import { BadOptionError } from '../base/errors.ts'
import { rendezvous } from '../base/hash.ts'
import { shownShortly } from '../base/message-of.ts'
import { checkName } from '../base/names.ts'
import { checkWhole } from '../base/option-checks.ts'

/** The largest number of stripes: a look-up compares all of them. */
const stripesMax = 4096

/** The names of a fixed number of locks, and which key has which of them. */
export interface Stripes {
  /** The name that all stripes begin with. */
  readonly name: string
  /** How many stripes there are. */
  readonly count: number
  /** The names of the locks: `NAME/0` to `NAME/(count - 1)`. */
  readonly names: readonly string[]
  /**
   * The name of the lock that guards a key. A key has the same one in each process that counts the same stripes.
   *
   * @throws BAD_OPTION if the key is no string, or empty.
   */
  nameOf(key: string): string
  /**
   * The names for several keys, for `acquireAll`: each once, since two keys may share a lock.
   *
   * @throws BAD_OPTION if a key is no string, or empty, or `keys` cannot be iterated.
   */
  namesOf(keys: Iterable<string>): string[]
}

/**
 * Maps keys to a fixed number of locks, so that a million keys cost no more than that many locks. Two keys may share a lock, and then exclude
 * each other: correct, but slower than a lock for each key.
 *
 * All processes must give the same `count`: with two counts, two processes may use different locks for one key. When the count grows by one, about
 * one key in `count` moves, all of them to the new lock (rendezvous hashing: Thaler and Ravishankar 1998, "Using Name-Based Mappings to
 * Increase Hit Rates").
 *
 * @param name what the locks' names begin with
 * @param count how many locks, from 1 to 4,096
 * @throws BAD_OPTION that names the argument.
 * @example
 * const accounts = stripes('account', 64)
 * await locks.withLock(accounts.nameOf('alice'), () => pay('alice'))
 */
export function stripes(name: string, count: number): Stripes {
  checkName(name, 'name')
  checkWhole(count, 'count', 1, stripesMax)
  // The longest name, so that no stripe turns out too long later.
  checkName(`${name}/${count - 1}`, 'name')
  const names = Object.freeze(Array.from({ length: count }, (_, i) => `${name}/${i}`))
  const nameOf = (key: string): string => {
    if (typeof key !== 'string' || key === '')
      throw new BadOptionError(`the key of a stripe must be a string that is not empty, got ${shownShortly(key)}`, {
        option: 'key',
      })
    return rendezvous(key, names) as string
  }
  const namesOf = (keys: Iterable<string>): string[] => {
    if (typeof keys === 'string' || typeof (keys as Iterable<string> | null | undefined)?.[Symbol.iterator] !== 'function')
      throw new BadOptionError(`keys must be a list of strings, got ${shownShortly(keys)}`, { option: 'keys' })
    const found = new Set<string>()
    for (const key of keys) found.add(nameOf(key))
    return [...found]
  }
  return Object.freeze({ name, count, names, nameOf, namesOf })
}
