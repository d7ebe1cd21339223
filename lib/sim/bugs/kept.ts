/** This file has the mistakes with permissions that a site keeps (Carvalho and Roucairol 1983): of two sites at most one may. */
import type { NodeId } from '../../base/ids.ts'
import type { Mode } from '../../base/mode.ts'
import { sameStamp, type Stamp } from '../../clock/stamp.ts'
import { Lock } from '../../lock/lock.ts'
import { carvalhoRoucairol } from '../../mutex/carvalho-roucairol.ts'
import type { Bug } from './bug.ts'
import { AssumingPort, type PermissionMessage, PermissionPort, type PermissionReply } from './permission-port.ts'
import { atPortOf } from './port.ts'
import { replaceMethod, together } from './replace.ts'

const source = 'Carvalho and Roucairol 1983'

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

  protected override replied(from: NodeId, reply: PermissionReply): void {
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
  protected override replied(from: NodeId, reply: PermissionReply): void {
    super.replied(from, { ...reply, keep: true })
  }
}

class PermissionsKeptAcrossViews extends AssumingPort {
  private readonly had = new Set<NodeId>()
  private readonly inherited = new Set<NodeId>()

  override sends(to: NodeId, message: PermissionMessage): void {
    if (message.kind === 'request' && this.inherited.delete(to)) this.assume(to)
    else super.sends(to, message)
  }

  inherit(former: PermissionsKeptAcrossViews): void {
    for (const peer of former.had) if (this.site.peers.includes(peer)) this.inherited.add(peer)
  }

  protected override replied(from: NodeId, reply: PermissionReply): void {
    if (reply.keep) this.had.add(from)
    super.replied(from, reply)
  }
}

export const keptBugs: readonly Bug[] = [
  {
    name: 'permission-kept-after-giving',
    property: 'exclusion',
    breaks:
      'Of two sites at most one keeps the permission of the other. A site that keeps it after it gave its own enters without asking.',
    source,
    ...atPortOf([carvalhoRoucairol], PermissionKeptAfterGiving),
  },
  {
    name: 'permission-not-asked-back',
    property: 'exclusion',
    breaks:
      'A site that gives its permission away while it waits asks for it again. If it does not, it enters by a permission that it gave up.',
    source,
    ...atPortOf([carvalhoRoucairol], PermissionNotAskedBack),
  },
  {
    name: 'permission-kept-beside-sharers',
    property: 'exclusion',
    breaks:
      'Only a site that is not inside gives a permission to keep. A permission kept beside a sharer lets a writer in beside the next sharer.',
    shownIn: 'shared',
    ...atPortOf([carvalhoRoucairol], PermissionKeptBesideSharers),
  },
  {
    name: 'permissions-kept-across-views',
    property: 'exclusion',
    breaks:
      'Permissions end with their view. A site that goes on with all that it ever had, given away or not, enters beside the site that it gave them to.',
    apply: () => {
      const former = new WeakMap<Lock, PermissionsKeptAcrossViews>()
      return together(
        atPortOf([carvalhoRoucairol], PermissionsKeptAcrossViews).apply(),
        replaceMethod(Lock, 'begin', (lock, original, instance, entriesCarried) => {
          const before = former.get(lock)
          if (instance instanceof PermissionsKeptAcrossViews) {
            if (before !== undefined) instance.inherit(before)
            former.set(lock, instance)
          }
          original(instance, entriesCarried)
        }),
      )
    },
  },
]

/** A reply to a withdrawn request makes this site believe that its own permission, given to that peer, is done with. */
class LateReplyClearsNote extends PermissionPort {
  private readonly given = new Map<NodeId, Stamp>()

  override sends(to: NodeId, message: PermissionMessage): void {
    if (message.kind === 'reply') this.given.set(to, message.stamp)
    super.sends(to, message)
  }

  protected override replied(from: NodeId, reply: PermissionReply): void {
    const given = this.given.get(from)
    const isLate = this.pending === null || !sameStamp(this.pending.stamp, reply.stamp)
    if (isLate && given !== undefined) this.inner.receive(from, { kind: 'done', stamp: given })
    super.replied(from, reply)
  }
}

/** Whole nodes meet it too seldom: see `subtleBugs`. */
export const lateReplyClearsNote: Bug = {
  name: 'late-reply-clears-note',
  property: 'mayHold',
  breaks:
    'A reply to a withdrawn request proves nothing. If it clears the note of a permission given, a lock counts as free while its receiver is inside.',
  shownBy: 'the explorer',
  ...atPortOf([carvalhoRoucairol], LateReplyClearsNote),
}
