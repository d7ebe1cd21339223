/**
 * Maekawa 1985, "A √N Algorithm for Mutual Exclusion in Decentralized Systems", §4: a site that wants to enter asks only its
 * quorum. Every site is an arbiter that is locked for one request at a time. A site that has locked its whole quorum enters, and
 * no other site can, since any two quorums share an arbiter. Two sites that have locked a part each would wait for one another.
 * So an arbiter at which an older request comes late inquires, and a site that knows that it cannot enter now relinquishes.
 * 3(K−1) messages for an entry without contention; about 4(K−1) saturated (request, failed, locked, release). The paper's most,
 * 5(K−1), does not count that a lock once relinquished is given a second time, the sixth.
 *
 * Links must keep their order: a `failed` that overtakes the `locked` after it would make its reader yield for ever.
 *
 * Deviations. All messages name their request, so that late ones have no effect. A displaced request is told that it failed
 * (Sanders 1987, see `arbiter.ts`). A site's own vote costs no message. Withdrawals are outside the paper's count. A try
 * (`ifFree`) waits while it is the oldest. A request that is inside says so to arbiters that inquire for a try. Of several tries
 * at the same moment one enters (`arbiter.ts`). A try that is refused gives back what it had. The hold that a view begins with
 * has its arbiters locked from the start, by a stamp before all others. An instance that began in this way stays for as long as
 * the view.
 *
 * Quorums: `maekawa` uses a projective plane where N has one (N = 3, 7, 13, 21, 31, 57, 73, 91, …), else the grid. `maekawa:grid`
 * always uses the grid. Between those sizes `maekawa:plane` uses the next larger plane with its surplus points given up; its
 * quorums are smaller than the grid's, and some sites bear twice the load of others.
 */
import { invariant } from '../base/assert.ts'
import type { NodeId } from '../base/ids.ts'
import { LazySet } from '../base/lazy.ts'
import type { Mode } from '../base/mode.ts'
import { sameStamp, type Stamp } from '../clock/stamp.ts'
import { body, type BodyOf } from '../wire/bodies.ts'
import { stamp } from '../wire/fields.ts'
import { common } from './common-messages.ts'
import { Arbiter, arbiterMessages, type Messenger } from './arbiter.ts'
import type { Algorithm, Description, Site, WiredKind } from './contract.ts'
import { membersOf } from './order.ts'
import { maekawaRule, planeOrGridQuorum, type QuorumRule } from './quorums.ts'

/** What the sites say to each other. */
const messages = {
  ...arbiterMessages,
  request: common.request,
  withdraw: common.withdraw,
  release: common.release,
  /** The request so named cannot enter at present, and gives the arbiter's lock back until its turn comes again. */
  relinquish: body(18, { stamp }),
  /** The request so named is inside: the answer to an inquiry for a try. */
  inside: body(29, { stamp }),
}
type Message = BodyOf<typeof messages>

export const maekawa: WiredKind<Message> = {
  ...overQuorums('maekawa', planeOrGridQuorum),
  options: ['grid', 'plane'],
  withOptions(options) {
    const rule = maekawaRule(options)
    return rule === null ? null : overQuorums(`maekawa:${options.join('+')}`, rule)
  },
}

/** Maekawa's algorithm over quorums of any making in which every two meet. */
export function overQuorums(name: string, rule: QuorumRule): WiredKind<Message> {
  /** The sites of a view share their list of peers from lock to lock, and so their quorum. */
  const quorums = new WeakMap<readonly NodeId[], Quorum>()
  return {
    name,
    messages,
    modes: ['exclusive'],
    asksAlways: true,
    create(site) {
      let quorum = quorums.get(site.peers)
      if (quorum === undefined) {
        quorum = new Quorum(site, rule)
        quorums.set(site.peers, quorum)
      }
      return new Maekawa(site, quorum)
    },
    // A site knows only of sites that ask it, and only while it has an instance.
    untouched: () => true,
  }
}

/** The sites that a site asks in one view, and the sites that ask it. */
class Quorum {
  readonly others: readonly NodeId[]
  private readonly members: readonly NodeId[]
  private readonly self: NodeId
  private readonly rule: QuorumRule

  constructor(site: Site<Message>, rule: QuorumRule) {
    this.members = membersOf(site)
    this.self = site.self
    this.rule = rule
    const places = rule(this.members.length, this.members.indexOf(site.self))
    this.others = places.map((place) => this.members[place] as NodeId).filter((id) => id !== site.self)
    invariant(this.others.length === places.length - 1, 'a site is in its own quorum')
  }

  /** Whether that site asks this one before it enters. */
  isAskedBy(peer: NodeId): boolean {
    const { members } = this
    const place = members.indexOf(peer)
    return place !== -1 && this.rule(members.length, place).includes(members.indexOf(this.self))
  }
}

/** A request, until it enters or is withdrawn. */
interface Pending {
  readonly stamp: Stamp
  /** Arbiters that are not locked for it. */
  readonly missing: Set<NodeId>
  /** Those among them that said so: it cannot enter now. */
  readonly failed: LazySet<NodeId>
  /** Arbiters that want to know whether it can. */
  readonly inquiries: LazySet<NodeId>
  /** Those among them at which a try waits: they are told when it enters. */
  readonly forTries: LazySet<NodeId>
}

export class Maekawa implements Algorithm<Message>, Messenger {
  private readonly site: Site<Message>
  private readonly quorum: Quorum
  private readonly arbiter: Arbiter
  private pending: Pending | null = null
  /** The request by which this site is inside. */
  private inside: Stamp | null = null
  /** The view began with the arbiter here locked, so this instance does not become as a fresh one again. */
  private readonly isCarried: boolean

  constructor(site: Site<Message>, quorum: Quorum) {
    this.site = site
    this.quorum = quorum
    const holder = site.carried[0]?.holder
    const carried = holder === undefined ? null : { time: 0, count: 0, id: holder }
    if (holder === site.self) this.inside = carried
    this.isCarried = holder !== undefined && (holder === site.self || quorum.isAskedBy(holder))
    this.arbiter = new Arbiter(this.isCarried ? carried : null)
  }

  request(stamp: Stamp, mode: Mode, ifFree: boolean): void {
    invariant(this.pending === null && this.inside === null, 'one request at a time')
    const { site, quorum, arbiter } = this
    // A try that the site's own arbiter refuses costs no message.
    if (ifFree && arbiter.refuses(stamp)) return site.refused()
    const pending = {
      stamp,
      missing: new Set(quorum.others),
      failed: new LazySet<NodeId>(),
      inquiries: new LazySet<NodeId>(),
      forTries: new LazySet<NodeId>(),
    }
    pending.missing.add(site.self)
    this.pending = pending
    const request = { kind: 'request', stamp, mode, ifFree } as const
    site.broadcast(quorum.others, request)
    // Alone in its quorum it is inside by this.
    arbiter.request(stamp, ifFree, this)
  }

  receive(from: NodeId, message: Message): void {
    switch (message.kind) {
      // The arbiter.
      case 'request':
        return this.arbiter.request(message.stamp, message.ifFree, this)
      case 'relinquish':
        return this.arbiter.relinquish(message.stamp, this)
      case 'release':
      case 'withdraw':
        return this.arbiter.close(message.stamp, this)
      case 'inside':
        return this.arbiter.entered(message.stamp, this)
      // The asking side.
      case 'locked':
        return this.receiveLocked(from, this.pendingAs(message.stamp))
      case 'failed':
        return this.receiveFailed(from, this.pendingAs(message.stamp))
      case 'inquire':
        return this.receiveInquiry(from, message.stamp, message.ifFree)
      case 'busy':
        if (this.pendingAs(message.stamp) === null) return
        this.withdraw(from)
        return this.site.refused()
    }
  }

  release(): void {
    invariant(this.inside !== null, 'only who is inside can leave')
    const release = { kind: 'release', stamp: this.inside } as const
    this.inside = null
    this.tellQuorum(release, null)
  }

  cancel(): void {
    this.withdraw(null)
  }

  wanted(): boolean {
    return this.arbiter.keepsWaiting(this.site.self)
  }

  mayHold(peer: NodeId): boolean {
    return this.arbiter.isLockedFor(peer) || !this.quorum.isAskedBy(peer)
  }

  idle(): boolean {
    return this.pending === null && this.inside === null && this.arbiter.isFree && !this.isCarried
  }

  rest(): void {
    // A site that leaves says so at once: it keeps no permission.
  }

  describe(): Description {
    return { token: false, permissions: [] }
  }

  /** A message to the site itself is a call. */
  deliver(to: NodeId, message: Message): void {
    if (to === this.site.self) this.receive(to, message)
    else this.site.send(to, message)
  }

  private receiveLocked(arbiter: NodeId, pending: Pending | null): void {
    if (pending === null) return
    pending.missing.delete(arbiter)
    pending.failed.delete(arbiter)
    if (pending.missing.size > 0) return
    this.pending = null
    this.inside = pending.stamp
    for (const inquirer of pending.forTries) this.deliver(inquirer, { kind: 'inside', stamp: pending.stamp })
    this.site.granted()
  }

  private receiveFailed(arbiter: NodeId, pending: Pending | null): void {
    if (pending === null) return
    pending.failed.add(arbiter)
    for (const inquirer of [...pending.inquiries]) this.relinquish(inquirer, pending)
  }

  /** A request that may still enter answers when it fails, or enters and a try wants to know; else its release is the answer. */
  private receiveInquiry(arbiter: NodeId, stamp: Stamp, ifFree: boolean): void {
    if (ifFree && this.inside !== null && sameStamp(this.inside, stamp)) return this.deliver(arbiter, { kind: 'inside', stamp })
    const pending = this.pendingAs(stamp)
    if (pending === null || pending.missing.has(arbiter)) return
    pending.inquiries.add(arbiter)
    if (ifFree) pending.forTries.add(arbiter)
    if (pending.failed.size > 0) this.relinquish(arbiter, pending)
  }

  private relinquish(arbiter: NodeId, pending: Pending): void {
    pending.inquiries.delete(arbiter)
    pending.forTries.delete(arbiter)
    pending.missing.add(arbiter)
    pending.failed.add(arbiter)
    this.deliver(arbiter, { kind: 'relinquish', stamp: pending.stamp })
  }

  private withdraw(refusedBy: NodeId | null): void {
    if (this.pending === null) return
    const withdrawal = { kind: 'withdraw', stamp: this.pending.stamp } as const
    this.pending = null
    this.tellQuorum(withdrawal, refusedBy)
  }

  private tellQuorum(message: Message, except: NodeId | null): void {
    const { others } = this.quorum
    this.site.broadcast(except === null ? others : others.filter((other) => other !== except), message)
    this.receive(this.site.self, message)
  }

  private pendingAs(stamp: Stamp): Pending | null {
    return this.pending !== null && sameStamp(this.pending.stamp, stamp) ? this.pending : null
  }
}
