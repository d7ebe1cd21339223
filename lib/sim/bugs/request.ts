/**
 * This file has the mistakes with requests and replies (Ricart–Agrawala 1981, Carvalho–Roucairol 1983): what the papers' proofs
 * rest on, left out one at a time.
 */
import type { NodeId } from '../../base/ids.ts'
import type { Mode } from '../../base/mode.ts'
import { isBefore, sameStamp, type Stamp } from '../../clock/stamp.ts'
import { carvalhoRoucairol } from '../../mutex/carvalho-roucairol.ts'
import { ricartAgrawala } from '../../mutex/ricart-agrawala.ts'
import type { Bug } from './bug.ts'
import { type PermissionMessage, PermissionPort, type PermissionReply, type PermissionRequest } from './permission-port.ts'
import { atPortOf } from './port.ts'

const both = [ricartAgrawala, carvalhoRoucairol] as const
const agrawala = 'Ricart and Agrawala 1981'

class NoIdTieBreak extends PermissionPort {
  protected override requested(from: NodeId, request: PermissionRequest): void {
    const { stamp } = this.pending ?? {}
    const isTie = stamp?.time === request.stamp.time && stamp.count === request.stamp.count
    if (isTie && !this.excludes(request.mode)) this.letIn(from, request)
    else super.requested(from, request)
  }
}

class StampChangedWhileWaiting extends PermissionPort {
  protected override requested(from: NodeId, request: PermissionRequest): void {
    const isYounger = this.pending !== null && isBefore(this.pending.stamp, request.stamp)
    if (isYounger && !this.excludes(request.mode)) this.letIn(from, request)
    else super.requested(from, request)
  }
}

class ReplyWhileInside extends PermissionPort {
  protected override requested(from: NodeId, request: PermissionRequest): void {
    if (this.excludes(request.mode) && this.pending === null) this.letIn(from, request)
    else super.requested(from, request)
  }
}

class SharersPassWriters extends PermissionPort {
  protected override requested(from: NodeId, request: PermissionRequest): void {
    const isPendingBefore = this.pending !== null && !this.pending.mode.isCompatibleWith(request.mode)
    if (request.mode.isOneEntry && this.excludes(request.mode) && !isPendingBefore) this.letIn(from, request)
    else super.requested(from, request)
  }
}

class DeferredOverwritten extends PermissionPort {
  protected override requested(from: NodeId, request: PermissionRequest): void {
    super.requested(from, request)
    if (!this.deferred.has(from)) return
    for (const [peer, other] of [...this.deferred]) if (peer !== from) this.forget(peer, other)
  }
}

class DeferredForgottenAtRelease extends PermissionPort {
  override release(mode: Mode): void {
    for (const [peer, request] of [...this.deferred]) this.forget(peer, request)
    super.release(mode)
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

  protected override replied(from: NodeId, reply: PermissionReply): void {
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
  protected override replied(from: NodeId, reply: PermissionReply): void {
    super.replied(from, { ...reply, stamp: this.pending?.stamp ?? reply.stamp })
  }
}

class WithdrawalNotTold extends PermissionPort {
  override sends(to: NodeId, message: PermissionMessage): void {
    if (message.kind !== 'withdraw') super.sends(to, message)
  }

  protected override requested(from: NodeId, request: PermissionRequest): void {
    if (!this.deferred.has(from)) super.requested(from, request)
  }
}

class PermitsNotReported extends PermissionPort {
  override sends(to: NodeId, message: PermissionMessage): void {
    if (message.kind !== 'freed') super.sends(to, message.kind === 'reply' ? { ...message, using: 0 } : message)
  }
}

export const requestBugs: readonly Bug[] = [
  {
    name: 'no-id-tie-break',
    property: 'exclusion',
    breaks:
      'Requests with equal stamps are ordered by the ids of their sites. Without that order both sites reply to each other, and both enter.',
    source: 'Lamport 1978',
    ...atPortOf(both, NoIdTieBreak),
  },
  {
    name: 'stamp-changed-while-waiting',
    property: 'exclusion',
    breaks:
      'A request keeps its stamp until it is served. A site that compares with a newer stamp gives way to a site that gave way to it.',
    source: agrawala,
    ...atPortOf(both, StampChangedWhileWaiting),
  },
  {
    name: 'reply-while-inside',
    property: 'exclusion',
    breaks: 'A site inside the lock defers its reply. If it replies at once, the next site enters beside it.',
    source: agrawala,
    ...atPortOf(both, ReplyWhileInside),
  },
  {
    name: 'deferred-overwritten',
    property: 'liveness',
    breaks: 'A site remembers all requests that it deferred. If the second replaces the first, the first waits for ever.',
    source: agrawala,
    ...atPortOf(both, DeferredOverwritten),
  },
  {
    name: 'deferred-forgotten-at-release',
    property: 'lost wake-up',
    breaks: 'A site that leaves replies to the requests that it deferred. If it does not, their sites are never woken up.',
    source: agrawala,
    ...atPortOf(both, DeferredForgottenAtRelease),
  },
  {
    name: 'replies-counted',
    property: 'exclusion',
    breaks: 'Replies are a set of peers. A site that counts them takes the second reply of one peer for the reply of another.',
    source: agrawala,
    ...atPortOf(both, RepliesCounted),
  },
  {
    name: 'late-reply-counts',
    property: 'exclusion',
    breaks: 'A reply names its request. If a reply to a withdrawn request counts for the next one, that enters too early.',
    ...atPortOf(both, LateReplyCounts),
  },
  {
    name: 'withdrawal-not-told',
    property: 'liveness',
    breaks:
      'A site that withdraws its request tells the peers that keep it waiting. If it only forgets the request, the request stays in their queues.',
    ...atPortOf(both, WithdrawalNotTold),
  },
  {
    name: 'permits-not-reported',
    property: 'exclusion',
    breaks: 'A site says in its reply how many permits it uses. If it says none, more sites enter than there are permits.',
    source: 'Raymond 1989',
    shownIn: 'permits',
    ...atPortOf(both, PermitsNotReported),
  },
  {
    name: 'sharers-pass-writers',
    property: 'exclusion',
    breaks: 'A shared request waits for an exclusive holder. If it is let in at once, a reader is inside beside a writer.',
    source: 'Courtois, Heymans and Parnas 1971',
    shownIn: 'shared',
    ...atPortOf(both, SharersPassWriters),
  },
]
