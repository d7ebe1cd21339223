/** This file has the mistakes in the local queue: waiters that stay, wake-ups that are lost, grants that are none. */
import type { Stamp } from '../../clock/stamp.ts'
import { Holds } from '../../lock/holds.ts'
import { Lock } from '../../lock/lock.ts'
import { NodeLocks } from '../../lock/locks.ts'
import { LockSite } from '../../lock/site.ts'
import { Waiting } from '../../lock/waiting.ts'
import { Pending } from '../../mutex/permission.ts'
import { Requests } from '../../node/requests.ts'
import { Wait } from '../../node/wait.ts'
import { SimWorld } from '../world.ts'
import type { Bug } from './bug.ts'
import { replaceGetter, replaceMethod, CallSpan, together } from './replace.ts'

export const lockBugs: readonly Bug[] = [
  {
    name: 'ghost-waiter',
    property: 'liveness',
    breaks: 'A waiter that gives up is withdrawn. If it stays, it is granted the lock when no caller is there to release it.',
    apply: () => replaceMethod(Requests, 'withdraw', () => undefined),
  },
  {
    name: 'deadline-outlives-grant',
    property: 'quiescence',
    breaks: 'A grant ends its deadline. If the deadline goes on, its timer is left behind when the node closes.',
    apply: () => {
      const granting = new CallSpan()
      return together(
        replaceMethod(Wait, 'granted', (_wait, original, hold) => granting.over(() => original(hold))),
        replaceMethod(SimWorld, 'clearTimer', (_world, original, timer) => {
          if (!granting.isOpen) original(timer)
        }),
      )
    },
  },
  {
    name: 'release-without-wake-up',
    property: 'lost wake-up',
    breaks:
      'A release looks for waiters of this node. If it does not, no site asks on behalf of a waiter that came while the lock was held here.',
    apply: () => {
      const releasing = new CallSpan()
      return together(
        replaceMethod(Lock, 'release', (_lock, original, waiter) => releasing.over(() => original(waiter))),
        replaceGetter(Waiting, 'first', (_waiting, original) => (releasing.isOpen ? undefined : original())),
      )
    },
  },
  {
    name: 'sharers-beside-any-holder',
    property: 'exclusion',
    breaks:
      'A shared waiter joins shared holders of its node only. If it joins an exclusive one, two holders of one node exclude each other in vain.',
    source: 'Courtois, Heymans and Parnas 1971',
    apply: () => {
      const sharing = new CallSpan()
      return together(
        replaceMethod(Lock, 'acquire', (_lock, original, waiter) =>
          waiter.mode.isOneEntry ? sharing.over(() => original(waiter)) : original(waiter),
        ),
        replaceMethod(Holds, 'of', (holds, original, mode) => (sharing.isOpen && holds.isAlone ? 1 : original(mode))),
        replaceMethod(Holds, 'exclude', (holds, original, mode) => !(sharing.isOpen && holds.isAlone) && original(mode)),
      )
    },
  },
  {
    name: 'stamp-of-the-last-request',
    property: 'exclusion',
    breaks:
      'The stamp of a request lies above all stamps that its node has seen. A request with the stamp of the one before it overtakes a request that this site gave way to.',
    source: 'Lamport 1978',
    apply: () => {
      const last = new WeakMap<NodeLocks, Stamp>()
      return replaceMethod(NodeLocks, 'nextStamp', (locks, original) => {
        const stamp = original()
        const before = last.get(locks)
        last.set(locks, stamp)
        return before === undefined ? stamp : { ...before, count: before.count + 1 }
      })
    },
  },
  {
    name: 'refusal-taken-for-grant',
    property: 'exclusion',
    breaks: '`busy` ends a request made by `tryAcquire`. A site that takes it for a reply holds what another site has.',
    apply: () => replaceMethod(LockSite, 'refused', (site) => site.granted()),
  },
  {
    name: 'permits-miscounted',
    property: 'exclusion',
    breaks: 'An entrant counts its own permits as well. If it forgets them, one more enters than there are permits.',
    apply: () =>
      replaceMethod(Pending, 'mayEnter', ({ mode }, original, ownEntries) => original(mode.isCounted ? 0 : ownEntries)),
  },
]
