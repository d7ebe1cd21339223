/** Mistakes with the token of the ring (Le Lann 1977): two of them, none of them, or one that is believed in twice. */
import type { NodeId } from '../../base/ids.ts'
import type { Stamp } from '../../clock/stamp.ts'
import { LockSite } from '../../lock/site.ts'
import { TokenRing } from '../../mutex/token-ring.ts'
import type { LockBody } from '../../wire/bodies.ts'
import type { Bug } from './bug.ts'
import { replaceGetter, replaceMethod, together } from './replace.ts'

interface Ring {
  readonly site: { readonly self: NodeId; readonly peers: readonly NodeId[] }
  readonly pending: { readonly stamp: Stamp; readonly ifFree: boolean } | null
  readonly inside: boolean
  hasToken: boolean
  demanded: boolean
  /** The mutation's own note. */
  hasWithdrawn?: boolean
  enter(): void
  cancel(): void
  receiveToken(starter: NodeId, hops: number, homing: boolean): void
  receiveChase(stamp: Stamp, ifFree: boolean): void
  passOn(hops: number, homing: boolean): void
  sendOn(message: LockBody): void
}

export const tokenBugs: readonly Bug[] = [
  {
    name: 'token-made-anew',
    breaks:
      'only a new view makes a new token; a waiter whose chase came round in vain, and who makes one itself, has the second',
    apply: () =>
      replaceMethod<Ring>()(
        TokenRing,
        'receiveChase',
        (original) =>
          function (stamp, ifFree) {
            if (stamp.id !== this.site.self || this.pending === null || this.hasToken) return original.call(this, stamp, ifFree)
            this.hasToken = true
            this.enter()
          },
      ),
  },
  {
    name: 'token-at-every-place',
    breaks:
      'a token begins at one place that all draw alike; where each takes itself for that place, there are as many tokens as sites',
    apply: () =>
      replaceGetter<LockSite>()(
        LockSite,
        'firstPlace',
        () =>
          function () {
            return this.self
          },
      ),
  },
  {
    name: 'token-lost-when-unwanted',
    breaks: 'a token that arrives for a withdrawn request goes on or stays; one that is dropped is lost until the next view',
    apply: () => {
      const replace = replaceMethod<Ring>()
      return together(
        replace(
          TokenRing,
          'cancel',
          (original) =>
            function () {
              if (this.pending !== null && !this.hasToken) this.hasWithdrawn = true
              original.call(this)
            },
        ),
        replace(
          TokenRing,
          'receiveToken',
          (original) =>
            function (starter, hops, homing) {
              const isForNobody = this.hasWithdrawn === true && this.pending === null && !this.demanded
              this.hasWithdrawn = false
              if (!isForNobody) original.call(this, starter, hops, homing)
            },
        ),
      )
    },
  },
  {
    name: 'token-kept-after-passing',
    breaks: 'a site that passes the token on has it no more; one that goes on believing in it enters again beside the next',
    apply: () =>
      replaceMethod<Ring>()(
        TokenRing,
        'passOn',
        (original) =>
          function (hops, homing) {
            original.call(this, hops, homing)
            if (!homing && this.site.peers.length > 1) this.hasToken = true
          },
      ),
  },
  {
    name: 'token-passed-while-inside',
    breaks: 'a holder keeps the token until it leaves; one that passes it to each site that asks lets the next in beside it',
    apply: () =>
      replaceMethod<Ring & { startLap(): void }>()(
        TokenRing,
        'receiveChase',
        (original) =>
          function (stamp, ifFree) {
            if (this.inside && this.hasToken && !ifFree) this.startLap()
            else original.call(this, stamp, ifFree)
          },
      ),
  },
  {
    name: 'chase-swallowed',
    breaks: 'a chase that ends at a site that waits or is inside is remembered there; forgotten, its sender waits for ever',
    apply: () =>
      replaceMethod<Ring>()(
        TokenRing,
        'receiveChase',
        (original) =>
          function (stamp, ifFree) {
            const demanded = this.demanded
            original.call(this, stamp, ifFree)
            if (!demanded) this.demanded = false
          },
      ),
  },
]
