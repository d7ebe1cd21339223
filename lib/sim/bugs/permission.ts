/**
 * Mistakes in the permission-based algorithms (Ricart–Agrawala 1981, Carvalho–Roucairol 1983): what the papers' proofs
 * rest on, left out one at a time.
 */
import type { NodeId } from '../../base/ids.ts'
import { type Mode, excludes } from '../../base/mode.ts'
import type { LazyMap, LazySet } from '../../base/lazy.ts'
import { HybridClock } from '../../clock/hlc.ts'
import { LamportClock } from '../../clock/lamport.ts'
import { isBefore, type Stamp } from '../../clock/stamp.ts'
import { CarvalhoRoucairol } from '../../mutex/carvalho-roucairol.ts'
import type { Site } from '../../mutex/contract.ts'
import { type Given, Inside, Pending } from '../../mutex/permission.ts'
import { RicartAgrawala } from '../../mutex/ricart-agrawala.ts'
import type { LockBody } from '../../wire/bodies.ts'
import type { Bug } from './bug.ts'
import { replaceMethod, together, type Undo } from './replace.ts'

/** What the two algorithms have in common. */
interface Permission {
  readonly site: Site
  readonly pending: Pending | null
  readonly inside: Inside
  readonly given: Given
  readonly deferred: LazyMap<NodeId, { stamp: Stamp; mode: Mode }>
  mustWait(stamp: Stamp, mode: Mode): boolean
  replyToDeferred(): void
  receive(from: NodeId, message: LockBody): void
}

interface Keeping extends Permission {
  readonly kept: LazyMap<NodeId, Stamp>
  reply(to: NodeId, stamp: Stamp, mode: Mode): void
  receiveReply(from: NodeId, stamp: Stamp, using: number, keep: boolean): void
}

interface PendingParts {
  readonly stamp: Stamp
  readonly mode: Mode
  readonly missing: LazySet<NodeId>
  /** The mutation's own note. */
  count?: { readonly needed: number; got: number }
  replied(from: NodeId, stamp: Stamp, using: number): boolean
  mayEnter(ownEntries: number): boolean
}

type MustWait = (this: Permission, stamp: Stamp, mode: Mode) => boolean

function inBoth(mustWait: (original: MustWait) => MustWait): Undo {
  const replace = replaceMethod<Permission>()
  return together(replace(RicartAgrawala, 'mustWait', mustWait), replace(CarvalhoRoucairol, 'mustWait', mustWait))
}

export const permissionBugs: readonly Bug[] = [
  {
    name: 'no-id-tie-break',
    breaks: 'requests with equal stamps are ordered by id; without it both sites reply to each other, and both enter',
    apply: () =>
      inBoth(
        (original) =>
          function (stamp, mode) {
            const { pending } = this
            const isTie = pending !== null && pending.stamp.time === stamp.time && pending.stamp.count === stamp.count
            return isTie ? this.inside.excludes(mode) : original.call(this, stamp, mode)
          },
      ),
  },
  {
    name: 'clock-not-merged',
    breaks:
      'a stamp lies above everything heard of; a site that does not learn from messages comes with an older request after it replied',
    apply: () =>
      together(
        replaceMethod<HybridClock>()(HybridClock, 'merge', () => () => undefined),
        replaceMethod<LamportClock>()(LamportClock, 'merge', () => () => undefined),
      ),
  },
  {
    name: 'clock-not-raised',
    breaks: 'every request has a stamp of its own; a clock that does not rise between two makes the second look like the first',
    apply: () => {
      const last = new WeakMap<object, Stamp>()
      const again = (clock: object, next: () => Stamp): Stamp => {
        const before = last.get(clock)
        // Every other request comes with the stamp of the one before it.
        if (before !== undefined) {
          last.delete(clock)
          return before
        }
        const stamp = next()
        last.set(clock, stamp)
        return stamp
      }
      return together(
        replaceMethod<HybridClock>()(
          HybridClock,
          'next',
          (original) =>
            function () {
              return again(this, () => original.call(this))
            },
        ),
        replaceMethod<LamportClock>()(
          LamportClock,
          'next',
          (original) =>
            function () {
              return again(this, () => original.call(this))
            },
        ),
      )
    },
  },
  {
    name: 'stamp-changed-while-waiting',
    breaks:
      'a request keeps its stamp until it is served; a site that judges others by a newer one gives way to a site that gave way to it',
    apply: () =>
      inBoth(
        (original) =>
          function (stamp, mode) {
            const isYounger = this.pending !== null && isBefore(this.pending.stamp, stamp)
            return isYounger ? this.inside.excludes(mode) : original.call(this, stamp, mode)
          },
      ),
  },
  {
    name: 'reply-while-inside',
    breaks: 'a site inside the lock defers its reply; one that replies at once lets the next in beside it',
    apply: () =>
      inBoth(
        (original) =>
          function (stamp, mode) {
            return this.inside.excludes(mode) && this.pending === null ? false : original.call(this, stamp, mode)
          },
      ),
  },
  {
    name: 'deferred-overwritten',
    breaks: 'all deferred requests are remembered; where a second one takes the place of the first, the first waits for ever',
    apply: () => {
      const overwrite = (original: (this: Permission, from: NodeId, message: LockBody) => void) =>
        function (this: Permission, from: NodeId, message: LockBody): void {
          original.call(this, from, message)
          if (message.kind !== 'request' || !this.deferred.has(from)) return
          for (const peer of [...this.deferred].map(([id]) => id)) if (peer !== from) this.deferred.delete(peer)
        }
      const replace = replaceMethod<Permission>()
      return together(replace(RicartAgrawala, 'receive', overwrite), replace(CarvalhoRoucairol, 'receive', overwrite))
    },
  },
  {
    name: 'deferred-forgotten-at-release',
    breaks: 'a site that leaves replies to those it kept waiting; one that does not loses their wake-up',
    apply: () => {
      const forget = () =>
        function (this: Permission): void {
          for (const peer of [...this.deferred].map(([id]) => id)) this.deferred.delete(peer)
        }
      const replace = replaceMethod<Permission>()
      return together(replace(RicartAgrawala, 'replyToDeferred', forget), replace(CarvalhoRoucairol, 'replyToDeferred', forget))
    },
  },
  {
    name: 'replies-counted',
    breaks: 'replies are a set; a site that counts them takes the second of one peer for that of another',
    apply: () => {
      const countOf = (pending: PendingParts): { readonly needed: number; got: number } => {
        pending.count ??= { needed: pending.missing.size, got: 0 }
        return pending.count
      }
      const replace = replaceMethod<PendingParts>()
      return together(
        replace(
          Pending,
          'replied',
          (original) =>
            function (from, stamp, using) {
              const count = countOf(this)
              count.got++
              return original.call(this, from, stamp, using)
            },
        ),
        replace(
          Pending,
          'mayEnter',
          (original) =>
            function (ownEntries) {
              const { needed, got } = countOf(this)
              if (typeof this.mode === 'number') return original.call(this, ownEntries)
              return got >= needed && ownEntries === 0
            },
        ),
      )
    },
  },
  {
    name: 'late-reply-counts',
    breaks: 'a reply names its request; one to a withdrawn request that counts for the retry lets the retry in too early',
    apply: () =>
      replaceMethod<PendingParts>()(
        Pending,
        'replied',
        (original) =>
          function (from, _stamp, using) {
            return original.call(this, from, this.stamp, using)
          },
      ),
  },
  {
    name: 'withdrawal-not-told',
    breaks: 'who withdraws tells those that keep it waiting in turn; one that only forgets its request leaves it in their queues',
    apply: () => {
      const forget = (original: (this: Permission, from: NodeId, message: LockBody) => void) =>
        function (this: Permission, from: NodeId, message: LockBody): void {
          if (message.kind === 'request' && this.deferred.has(from)) return
          if (message.kind !== 'withdraw') original.call(this, from, message)
        }
      const replace = replaceMethod<Permission>()
      return together(replace(RicartAgrawala, 'receive', forget), replace(CarvalhoRoucairol, 'receive', forget))
    },
  },
  {
    name: 'permits-not-reported',
    breaks: 'a user of permits says how many it uses; one that says none lets more in than there are permits',
    apply: () => replaceMethod<Inside>()(Inside, 'tell', () => () => 0),
  },
  {
    name: 'permission-kept-after-giving',
    breaks: 'of two sites at most one keeps the permission of the other; who keeps it after giving its own enters without asking',
    apply: () =>
      replaceMethod<Keeping>()(
        CarvalhoRoucairol,
        'reply',
        (original) =>
          function (to, stamp, mode) {
            const kept = this.kept.get(to)
            original.call(this, to, stamp, mode)
            if (kept !== undefined) this.kept.set(to, kept)
          },
      ),
  },
  {
    name: 'permission-not-asked-back',
    breaks:
      'who gives its permission away while it waits asks for it again; one that does not enters on a permission that it gave up',
    apply: () =>
      replaceMethod<Keeping>()(
        CarvalhoRoucairol,
        'reply',
        (original) =>
          function (to, stamp, mode) {
            const isWanted = this.pending?.missing.has(to) === false
            original.call(this, to, stamp, mode)
            if (isWanted) this.pending?.missing.delete(to)
          },
      ),
  },
  {
    name: 'permission-kept-beside-sharers',
    breaks:
      'a permission is given to keep only by who is not inside; one kept beside a sharer lets a writer in beside the next sharer',
    apply: () =>
      replaceMethod<Keeping>()(
        CarvalhoRoucairol,
        'receiveReply',
        (original) =>
          function (from, stamp, using) {
            original.call(this, from, stamp, using, true)
          },
      ),
  },
  {
    name: 'sharers-pass-writers',
    breaks: 'shared requests wait for an exclusive holder; one that is let in at once stands beside it',
    apply: () =>
      inBoth(
        (original) =>
          function (stamp, mode) {
            return (
              original.call(this, stamp, mode) &&
              (mode !== 'shared' || (this.pending !== null && excludes(this.pending.mode, mode)))
            )
          },
      ),
  },
]
