/**
 * This file has mutations that break nothing: a node may do each of these steps differently and stay correct. A simulator that
 * catches one of them is wrong.
 */
import { Resting } from '../../lib/lock/resting.ts'
import { LockSite } from '../../lib/lock/site.ts'
import { ProbeOrder } from '../../lib/membership/probe-order.ts'
import type { Bug } from '../../lib/sim/bugs/index.ts'
import { replaceGetter, replaceMethod, together } from '../../lib/sim/bugs/replace.ts'
import { SimWorld } from '../../lib/sim/world.ts'
import { Flush } from '../../lib/view/flush.ts'
import { LocalRegister } from '../../lib/view/local-register.ts'
import { QuorumRegister } from '../../lib/view/quorum-register.ts'
import type { View } from '../../lib/view/view.ts'

/** Renews twice whenever it renews once. */
function twice(_register: object, original: (current: View) => void, current: View): void {
  original(current)
  original(current)
}

export const harmless: readonly Pick<Bug, 'name' | 'breaks' | 'apply'>[] = [
  {
    name: 'timers-a-millisecond-late',
    breaks: 'nothing: no timer is promised to the millisecond',
    apply: () =>
      replaceMethod(SimWorld, 'setTimer', (_world, original, delayMs, fire) => original(delayMs === 0 ? 0 : delayMs + 1, fire)),
  },
  {
    name: 'renewing-twice',
    breaks: 'nothing: a renewal may be repeated',
    apply: () => together(replaceMethod(LocalRegister, 'renew', twice), replaceMethod(QuorumRegister, 'renew', twice)),
  },
  {
    name: 'peers-the-other-way-round',
    breaks: 'nothing: every ring has two directions',
    apply: () => replaceGetter(LockSite, 'peers', (_site, original) => [...original()].reverse()),
  },
  {
    name: 'done-twice',
    breaks: 'nothing: a peer that was told that a permission is done with may be told again',
    apply: () =>
      replaceMethod(LockSite, 'send', (_site, original, to, body) => {
        original(to, body)
        if (body.kind === 'done') original(to, body)
      }),
  },
  {
    name: 'claiming-twice',
    breaks: 'nothing: a claim is frozen, so it may come twice',
    apply: () =>
      replaceMethod(Flush, 'start', (flush, original, isTold) => {
        original(isTold)
        flush.timer()
      }),
  },
  {
    name: 'probing-in-another-order',
    breaks: 'nothing: gossip may probe the members in any order',
    apply: () =>
      replaceMethod(ProbeOrder, 'next', (order, original, mayProbe, all) => {
        order.ahead.reverse()
        return original(mayProbe, all)
      }),
  },
  {
    name: 'resting-sooner',
    breaks: 'nothing: an idle lock may give back at any time what it keeps',
    apply: () =>
      replaceMethod(Resting, 'sweep', (resting, original) => {
        const { nowMs } = resting['context']
        Object.assign(resting['context'], { nowMs: () => nowMs() + 8000 })
        original()
        Object.assign(resting['context'], { nowMs })
      }),
  },
]
