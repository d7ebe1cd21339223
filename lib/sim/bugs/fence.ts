/** This file has the mistakes with fencing numbers: they do not rise with every exclusive grant. */
import { Lock } from '../../lock/lock.ts'
import { NodeLocks } from '../../lock/locks.ts'
import type { Bug } from './bug.ts'
import { replaceMethod, together } from './replace.ts'

const kleppmann = 'Kleppmann 2016'
const lamport = 'Lamport 1978'

export const fenceBugs: readonly Bug[] = [
  {
    name: 'fence-not-raised',
    property: 'fences',
    breaks:
      'An entry takes one more than the largest counter that its node has heard of. Without that two owners have one fence.',
    source: kleppmann,
    apply: () =>
      replaceMethod(NodeLocks, 'nextFence', (_locks, original, lock) => {
        const { counter } = lock
        const fence = original(lock)
        if (counter > 0) lock.counter = counter
        return fence === null || counter === 0 ? fence : fence - 1n
      }),
  },
  {
    name: 'counter-not-learned',
    property: 'fences',
    breaks:
      'The receiver of a message takes its counter if that is larger. An entrant that does not has a fence below the last one.',
    source: lamport,
    apply: () =>
      replaceMethod(NodeLocks, 'receive', (_locks, original, from, message) => original(from, { ...message, counter: 0 })),
  },
  {
    name: 'counter-compared-as-text',
    property: 'fences',
    breaks: 'Counters are numbers. Compared as strings 9 is above 10, and a fence falls at the tenth entry.',
    apply: () => {
      let told = 0
      return together(
        replaceMethod(NodeLocks, 'receive', (_locks, original, from, message) => {
          told = message.counter
          original(from, { ...message, counter: 0 })
        }),
        replaceMethod(Lock, 'receive', (lock, original, from, body) => {
          if (String(told) > String(lock.counter)) lock.counter = told
          original(from, body)
        }),
      )
    },
  },
  {
    name: 'counter-forgotten-with-lock',
    property: 'fences',
    breaks: 'A lock that is forgotten leaves its counter behind. Without that the lock begins again below what it granted.',
    apply: () =>
      replaceMethod(NodeLocks, 'forgetIfIdle', (_locks, original, lock) => {
        if (lock.isForgettable) lock.counter = 0
        original(lock)
      }),
  },
]
