/**
 * Mutations that break nothing: a node may do each of these things differently and stay correct. A simulator that catches
 * one of them accuses the innocent.
 */
import type { NodeId } from '../../lib/base/ids.ts'
import { Resting } from '../../lib/lock/resting.ts'
import { LockSite } from '../../lib/lock/site.ts'
import { ProbeOrder } from '../../lib/membership/probe-order.ts'
import type { Bug } from '../../lib/sim/bugs/index.ts'
import { replaceGetter, replaceMethod, together } from '../../lib/sim/bugs/replace.ts'
import type { Context } from '../../lib/world/context.ts'
import { SimWorld } from '../../lib/sim/world.ts'
import { Flush } from '../../lib/view/flush.ts'
import { LocalRegister } from '../../lib/view/local-register.ts'
import { QuorumRegister } from '../../lib/view/quorum-register.ts'
import type { View } from '../../lib/view/view.ts'

interface Renewing {
  renew(current: View): void
}

/** Renews twice whenever it renews once. */
const twice = (original: (this: Renewing, current: View) => void) =>
  function (this: Renewing, current: View): void {
    original.call(this, current)
    original.call(this, current)
  }

export const harmless: readonly Bug[] = [
  {
    name: 'timers-a-millisecond-late',
    breaks: 'nothing: no timer is promised to the millisecond',
    apply: () =>
      replaceMethod<SimWorld>()(
        SimWorld,
        'setTimer',
        (original) =>
          function (delayMs, fire) {
            return original.call(this, delayMs === 0 ? 0 : delayMs + 1, fire)
          },
      ),
  },
  {
    name: 'renewing-twice',
    breaks: 'nothing: a renewal may be repeated',
    apply: () =>
      together(
        replaceMethod<Renewing>()(LocalRegister, 'renew', twice),
        replaceMethod<Renewing>()(QuorumRegister, 'renew', twice),
      ),
  },
  {
    name: 'peers-the-other-way-round',
    breaks: 'nothing: every ring has two directions',
    apply: () =>
      replaceGetter<LockSite>()(
        LockSite,
        'peers',
        (original) =>
          function () {
            return [...original.call(this)].reverse()
          },
      ),
  },
  {
    name: 'done-twice',
    breaks: 'nothing: whoever was told that a permission is done with may be told again',
    apply: () =>
      replaceMethod<LockSite>()(
        LockSite,
        'send',
        (original) =>
          function (to, body) {
            original.call(this, to, body)
            if (body.kind === 'done') original.call(this, to, body)
          },
      ),
  },
  {
    name: 'claiming-twice',
    breaks: 'nothing: a claim is frozen, so it may come as often as it likes',
    apply: () =>
      replaceMethod<{ claim(): void }>()(
        Flush,
        'claim',
        (original) =>
          function () {
            original.call(this)
            original.call(this)
          },
      ),
  },
  {
    name: 'probing-in-another-order',
    breaks: 'nothing: whom gossip asks first is left to chance',
    apply: () =>
      replaceMethod<{
        readonly ahead: NodeId[]
        next(mayProbe: (id: NodeId) => boolean, all: () => readonly NodeId[]): NodeId | undefined
      }>()(
        ProbeOrder,
        'next',
        (original) =>
          function (mayProbe, all) {
            this.ahead.reverse()
            return original.call(this, mayProbe, all)
          },
      ),
  },
  {
    name: 'resting-sooner',
    breaks: "nothing: when an idle lock gives back what it keeps is nobody else's concern",
    apply: () =>
      replaceMethod<{ context: Context<never>; sweep(): void }>()(
        Resting,
        'sweep',
        (original) =>
          function () {
            const { context } = this
            this.context = { ...context, nowMs: () => context.nowMs() + 8000 }
            original.call(this)
            this.context = context
          },
      ),
  },
]
