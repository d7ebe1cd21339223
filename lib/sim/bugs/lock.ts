/** Mistakes in the local queue: waiters that are left over, wake-ups that are lost, releases of the wrong hold. */
import type { Mode } from '../../base/mode.ts'
import type { Stamp } from '../../clock/stamp.ts'
import { Lock } from '../../lock/lock.ts'
import type { Holds, LockHold } from '../../lock/holds.ts'
import { NodeLocks } from '../../lock/locks.ts'
import type { Waiter } from '../../lock/waiter.ts'
import type { Waiting } from '../../lock/waiting.ts'
import { Pending } from '../../mutex/permission.ts'
import { Requests } from '../../node/requests.ts'
import { Wait } from '../../node/wait.ts'
import type { Bug } from './bug.ts'
import { replaceMethod } from './replace.ts'

interface LockParts {
  readonly waiting: Waiting
  readonly holds: Holds
  requested: { readonly stamp: Stamp; readonly mode: Mode; readonly ifFree: boolean } | null
  release(hold: LockHold): boolean
  refused(): void
  afterRelease(mode: Mode): void
  mayRide(waiter: Waiter, isFirst?: boolean): boolean
  pump(): void
}

export const lockBugs: readonly Bug[] = [
  {
    name: 'ghost-waiter',
    breaks: 'a waiter that gives up is withdrawn; one that stays is granted the lock when no caller is there to release it',
    apply: () => replaceMethod<Requests>()(Requests, 'withdraw', () => () => undefined),
  },
  {
    name: 'deadline-outlives-grant',
    breaks: 'a grant ends its deadline; one that goes on running takes the lock away from its holder',
    apply: () => replaceMethod<{ end(): void }>()(Wait, 'end', () => () => undefined),
  },
  {
    name: 'release-without-wake-up',
    breaks: 'a release looks who waits; where a waiter came while the lock was held here, nobody asks on its behalf any more',
    apply: () =>
      replaceMethod<LockParts & { readonly algorithm: { release(): void } | null }>()(
        Lock,
        'afterRelease',
        () =>
          function (mode) {
            if (!mode.isOneEntry || this.holds.size === 0) this.algorithm?.release()
          },
      ),
  },
  {
    name: 'sharers-beside-any-holder',
    breaks: 'a shared waiter rides beside shared holders only; beside an exclusive one it breaks exclusion on one node',
    apply: () =>
      replaceMethod<LockParts>()(
        Lock,
        'mayRide',
        (original) =>
          function (waiter, isFirst) {
            const isBeside = waiter.mode.isOneEntry && this.requested === null && this.holds.mode?.isAlone === true
            return isBeside || original.call(this, waiter, isFirst)
          },
      ),
  },
  {
    name: 'stamp-of-the-last-request',
    breaks:
      'every request has a stamp above all merged; a waiter that goes by the stamp of the one before it overtakes whom this site gave way to',
    apply: () => {
      const last = new WeakMap<object, Stamp>()
      return replaceMethod<NodeLocks>()(
        NodeLocks,
        'nextStamp',
        (original) =>
          function () {
            const stamp = original.call(this)
            const before = last.get(this)
            last.set(this, stamp)
            return before === undefined ? stamp : { ...before, count: before.count + 1 }
          },
      )
    },
  },
  {
    name: 'refusal-taken-for-grant',
    breaks: '`busy` ends a request made by `tryAcquire`; a site that takes it for a reply holds what somebody else has',
    apply: () =>
      replaceMethod<LockParts & { entered(): void }>()(
        Lock,
        'refused',
        () =>
          function () {
            this.entered()
          },
      ),
  },
  {
    name: 'permits-miscounted',
    breaks: 'an entrant counts its own permits as well; one that forgets them lets one more in than there are',
    apply: () =>
      replaceMethod<Pending>()(
        Pending,
        'mayEnter',
        (original) =>
          function (ownEntries) {
            return original.call(this, this.mode.isCounted ? 0 : ownEntries)
          },
      ),
  },
]
