/** Mistakes with fencing numbers: they rise with every exclusive grant, through crashes and full restarts, or are worth nothing. */
import type { NodeId } from '../../base/ids.ts'
import type { Lock } from '../../lock/lock.ts'
import { NodeLocks } from '../../lock/locks.ts'
import type { MessageOf } from '../../wire/messages.ts'
import type { Bug } from './bug.ts'
import { replaceMethod } from './replace.ts'

interface LocksParts {
  counterFloor: number
  readonly locks: ReadonlyMap<string, Lock>
  nextFence(lock: Lock): bigint | null
  receive(from: NodeId, message: MessageOf<'lock'>): void
  forget(lock: Lock): void
}

export const resourceBugs: readonly Bug[] = [
  {
    name: 'fence-not-raised',
    breaks: 'an entry takes one more than the largest counter it heard of; without that two owners have one fence',
    apply: () =>
      replaceMethod<LocksParts>()(
        NodeLocks,
        'nextFence',
        (original) =>
          function (lock) {
            const { counter } = lock
            const fence = original.call(this, lock)
            if (counter > 0) lock.counter = counter
            return fence === null || counter === 0 ? fence : fence - 1n
          },
      ),
  },
  {
    name: 'counter-not-learned',
    breaks:
      'the receiver of a message of a lock takes its counter if that is larger; an entrant that does not has a fence below the last one',
    apply: () =>
      replaceMethod<LocksParts>()(
        NodeLocks,
        'receive',
        (original) =>
          function (from, message) {
            original.call(this, from, { ...message, counter: 0 })
          },
      ),
  },
  {
    name: 'counter-compared-as-text',
    breaks: 'counters are numbers; compared as text 9 is above 10, and a fence falls at the tenth entry',
    apply: () =>
      replaceMethod<LocksParts>()(
        NodeLocks,
        'receive',
        (original) =>
          function (from, message) {
            const lock = this.locks.get(message.lock)
            if (lock !== undefined && String(message.counter) > String(lock.counter)) lock.counter = message.counter
            original.call(this, from, { ...message, counter: 0 })
          },
      ),
  },
  {
    name: 'counter-forgotten-with-lock',
    breaks: 'an instance that is forgotten leaves its counter behind; without it the lock begins again below what it granted',
    apply: () =>
      replaceMethod<LocksParts>()(
        NodeLocks,
        'forget',
        (original) =>
          function (lock) {
            const { counterFloor } = this
            original.call(this, lock)
            this.counterFloor = counterFloor
          },
      ),
  },
]
