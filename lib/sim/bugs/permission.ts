/**
 * Mistakes in the permission-based algorithms (Ricart–Agrawala 1981, Carvalho–Roucairol 1983): what the papers' proofs
 * rest on, left out one at a time. Those of one site's algorithm are made at its port (`port.ts`).
 */
import type { NodeId } from '../../base/ids.ts'
import type { Mode } from '../../base/mode.ts'
import { HybridClock } from '../../clock/hlc.ts'
import { LamportClock } from '../../clock/lamport.ts'
import { isBefore, sameStamp, type Stamp } from '../../clock/stamp.ts'
import { carvalhoRoucairol } from '../../mutex/carvalho-roucairol.ts'
import type { Common } from '../../mutex/common-messages.ts'
import { ricartAgrawala } from '../../mutex/ricart-agrawala.ts'
import type { Bug } from './bug.ts'
import { AlgorithmPort, atPortOf } from './port.ts'
import { replaceMethod, together } from './replace.ts'

const both = [ricartAgrawala, carvalhoRoucairol] as const

export type PermissionMessage = Common<'request' | 'reply' | 'freed' | 'withdraw' | 'done' | 'busy'>
type Request = Common<'request'>
type Reply = Common<'reply'>

/** The port of an algorithm in which sites ask each other for permission. */
export class PermissionPort extends AlgorithmPort<PermissionMessage> {
  /** Requests of others that have had no answer. */
  protected readonly deferred = new Map<NodeId, Request>()
  /** Requests to which the port replied in the algorithm's place, and whose makers may be inside. */
  private readonly admitted = new Map<NodeId, Stamp>()

  override receive(from: NodeId, message: PermissionMessage): void {
    if (message.kind === 'request') this.requested(from, message)
    else if (message.kind === 'reply') this.replied(from, message)
    else {
      if (message.kind === 'withdraw') this.deferred.delete(from)
      const admitted = this.admitted.get(from)
      if (message.kind === 'done' && admitted !== undefined && sameStamp(admitted, message.stamp)) this.admitted.delete(from)
      this.inner.receive(from, message)
    }
  }

  override sends(to: NodeId, message: PermissionMessage): void {
    if (message.kind === 'reply' || message.kind === 'busy') this.deferred.delete(to)
    super.sends(to, message)
  }

  override mayHold(peer: NodeId): boolean {
    return this.admitted.has(peer) || super.mayHold(peer)
  }

  override idle(): boolean {
    return this.admitted.size === 0 && super.idle()
  }

  protected requested(from: NodeId, request: Request): void {
    this.deferred.set(from, request)
    this.inner.receive(from, request)
  }

  protected replied(from: NodeId, reply: Reply): void {
    if (reply.keep) this.admitted.delete(from)
    this.inner.receive(from, reply)
  }

  /** Replies at once, whatever the algorithm would say. */
  protected letIn(to: NodeId, { stamp }: Request): void {
    this.admitted.set(to, stamp)
    this.site.send(to, { kind: 'reply', stamp, using: 0, keep: false })
  }

  /** Makes the algorithm forget a request that it deferred. */
  protected forget(from: NodeId, { stamp }: Request): void {
    this.deferred.delete(from)
    this.inner.receive(from, { kind: 'withdraw', stamp })
  }
}

class NoIdTieBreak extends PermissionPort {
  protected override requested(from: NodeId, request: Request): void {
    const { stamp } = this.pending ?? {}
    const isTie = stamp?.time === request.stamp.time && stamp.count === request.stamp.count
    if (isTie && !this.excludes(request.mode)) this.letIn(from, request)
    else super.requested(from, request)
  }
}

class StampChangedWhileWaiting extends PermissionPort {
  protected override requested(from: NodeId, request: Request): void {
    const isYounger = this.pending !== null && isBefore(this.pending.stamp, request.stamp)
    if (isYounger && !this.excludes(request.mode)) this.letIn(from, request)
    else super.requested(from, request)
  }
}

class ReplyWhileInside extends PermissionPort {
  protected override requested(from: NodeId, request: Request): void {
    if (this.excludes(request.mode) && this.pending === null) this.letIn(from, request)
    else super.requested(from, request)
  }
}

class SharersPassWriters extends PermissionPort {
  protected override requested(from: NodeId, request: Request): void {
    const isPendingBefore = this.pending !== null && !this.pending.mode.isCompatibleWith(request.mode)
    if (request.mode.isOneEntry && this.excludes(request.mode) && !isPendingBefore) this.letIn(from, request)
    else super.requested(from, request)
  }
}

class DeferredOverwritten extends PermissionPort {
  protected override requested(from: NodeId, request: Request): void {
    super.requested(from, request)
    if (!this.deferred.has(from)) return
    for (const [peer, other] of [...this.deferred]) if (peer !== from) this.forget(peer, other)
  }
}

class DeferredForgottenAtRelease extends PermissionPort {
  override release(): void {
    for (const [peer, request] of [...this.deferred]) this.forget(peer, request)
    super.release()
  }
}

class RepliesCounted extends PermissionPort {
  /** Peers that were asked, and have not replied to the pending request. */
  private readonly missing = new Set<NodeId>()
  /** How many replies the request needs: as many as were asked when it was made. */
  private needed = 0
  private got = 0
  private isAsking = false

  override request(stamp: Stamp, mode: Mode, ifFree: boolean): void {
    this.missing.clear()
    this.needed = 0
    this.got = 0
    this.isAsking = true
    super.request(stamp, mode, ifFree)
    this.isAsking = false
  }

  override sends(to: NodeId, message: PermissionMessage): void {
    if (message.kind === 'request') {
      this.missing.add(to)
      if (this.isAsking) this.needed++
    }
    super.sends(to, message)
  }

  protected override replied(from: NodeId, reply: Reply): void {
    const { pending } = this
    if (pending === null) return super.replied(from, reply)
    this.got++
    if (sameStamp(pending.stamp, reply.stamp)) this.missing.delete(from)
    super.replied(from, reply)
    if (this.got < this.needed || pending.mode.isCounted) return
    // The count is reached: the missing peers pass for those that replied twice.
    const { stamp } = pending
    for (const peer of this.missing) if (this.pending === pending) super.replied(peer, { ...reply, stamp, using: 0, keep: false })
  }
}

class LateReplyCounts extends PermissionPort {
  protected override replied(from: NodeId, reply: Reply): void {
    super.replied(from, { ...reply, stamp: this.pending?.stamp ?? reply.stamp })
  }
}

class WithdrawalNotTold extends PermissionPort {
  override sends(to: NodeId, message: PermissionMessage): void {
    if (message.kind !== 'withdraw') super.sends(to, message)
  }

  protected override requested(from: NodeId, request: Request): void {
    if (!this.deferred.has(from)) super.requested(from, request)
  }
}

class PermitsNotReported extends PermissionPort {
  override sends(to: NodeId, message: PermissionMessage): void {
    if (message.kind !== 'freed') super.sends(to, message.kind === 'reply' ? { ...message, using: 0 } : message)
  }
}

/** A site that takes the permission of some peers for granted: instead of asking them it replies to itself on their behalf. */
class AssumingPort extends PermissionPort {
  private readonly assumed: NodeId[] = []

  override request(stamp: Stamp, mode: Mode, ifFree: boolean): void {
    super.request(stamp, mode, ifFree)
    this.replyForAssumed()
  }

  override receive(from: NodeId, message: PermissionMessage): void {
    super.receive(from, message)
    this.replyForAssumed()
  }

  protected assume(peer: NodeId): void {
    this.assumed.push(peer)
  }

  private replyForAssumed(): void {
    for (const peer of this.assumed.splice(0)) {
      if (this.pending !== null) this.inner.receive(peer, { kind: 'reply', stamp: this.pending.stamp, using: 0, keep: true })
    }
  }
}

class PermissionKeptAfterGiving extends AssumingPort {
  private readonly kept = new Set<NodeId>()

  override sends(to: NodeId, message: PermissionMessage): void {
    if (message.kind === 'request' && this.kept.has(to)) this.assume(to)
    else super.sends(to, message)
  }

  override rest(): void {
    this.kept.clear()
    super.rest()
  }

  protected override replied(from: NodeId, reply: Reply): void {
    if (reply.keep && this.pending !== null && sameStamp(this.pending.stamp, reply.stamp)) this.kept.add(from)
    super.replied(from, reply)
  }
}

class PermissionNotAskedBack extends AssumingPort {
  /** The request was sent to all that the algorithm asks at first. */
  private hasAsked = false

  override request(stamp: Stamp, mode: Mode, ifFree: boolean): void {
    this.hasAsked = false
    super.request(stamp, mode, ifFree)
    this.hasAsked = true
  }

  override sends(to: NodeId, message: PermissionMessage): void {
    if (message.kind === 'request' && this.hasAsked) this.assume(to)
    else super.sends(to, message)
  }
}

class PermissionKeptBesideSharers extends PermissionPort {
  protected override replied(from: NodeId, reply: Reply): void {
    super.replied(from, { ...reply, keep: true })
  }
}

export const permissionBugs: readonly Bug[] = [
  {
    name: 'no-id-tie-break',
    breaks: 'requests with equal stamps are ordered by id; without it both sites reply to each other, and both enter',
    ...atPortOf(both, NoIdTieBreak),
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
    ...atPortOf(both, StampChangedWhileWaiting),
  },
  {
    name: 'reply-while-inside',
    breaks: 'a site inside the lock defers its reply; one that replies at once lets the next in beside it',
    ...atPortOf(both, ReplyWhileInside),
  },
  {
    name: 'deferred-overwritten',
    breaks: 'all deferred requests are remembered; where a second one takes the place of the first, the first waits for ever',
    ...atPortOf(both, DeferredOverwritten),
  },
  {
    name: 'deferred-forgotten-at-release',
    breaks: 'a site that leaves replies to those it kept waiting; one that does not loses their wake-up',
    ...atPortOf(both, DeferredForgottenAtRelease),
  },
  {
    name: 'replies-counted',
    breaks: 'replies are a set; a site that counts them takes the second of one peer for that of another',
    ...atPortOf(both, RepliesCounted),
  },
  {
    name: 'late-reply-counts',
    breaks: 'a reply names its request; one to a withdrawn request that counts for the retry lets the retry in too early',
    ...atPortOf(both, LateReplyCounts),
  },
  {
    name: 'withdrawal-not-told',
    breaks: 'who withdraws tells those that keep it waiting in turn; one that only forgets its request leaves it in their queues',
    ...atPortOf(both, WithdrawalNotTold),
  },
  {
    name: 'permits-not-reported',
    breaks: 'a user of permits says how many it uses; one that says none lets more in than there are permits',
    ...atPortOf(both, PermitsNotReported),
  },
  {
    name: 'permission-kept-after-giving',
    breaks: 'of two sites at most one keeps the permission of the other; who keeps it after giving its own enters without asking',
    ...atPortOf([carvalhoRoucairol], PermissionKeptAfterGiving),
  },
  {
    name: 'permission-not-asked-back',
    breaks:
      'who gives its permission away while it waits asks for it again; one that does not enters on a permission that it gave up',
    ...atPortOf([carvalhoRoucairol], PermissionNotAskedBack),
  },
  {
    name: 'permission-kept-beside-sharers',
    breaks:
      'a permission is given to keep only by who is not inside; one kept beside a sharer lets a writer in beside the next sharer',
    ...atPortOf([carvalhoRoucairol], PermissionKeptBesideSharers),
  },
  {
    name: 'sharers-pass-writers',
    breaks: 'shared requests wait for an exclusive holder; one that is let in at once stands beside it',
    ...atPortOf(both, SharersPassWriters),
  },
]
