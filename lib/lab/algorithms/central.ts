/**
 * This file is the lab's baseline: one site, the coordinator, keeps the queue and grants the lock in turn. Three messages for an
 * entry (request, grant, release) unless the coordinator itself enters, 3(N−1)/N at the mean; from one holder to the next two
 * hops. It is what a lock server costs, as one of the peers; and when the coordinator is gone, so is the lock. For the lab only.
 */
import { invariant } from '../../base/assert.ts'
import type { NodeId } from '../../base/ids.ts'
import { Mode } from '../../base/mode.ts'
import { sameStamp, type Stamp } from '../../clock/stamp.ts'
import type { Common } from '../../mutex/common-messages.ts'
import type { Algorithm, AlgorithmKind, Site } from '../../mutex/contract.ts'

/** What the sites say to each other. */
type Message = Common<'request' | 'reply' | 'busy' | 'release' | 'withdraw'>

export const central: AlgorithmKind<Message> = {
  name: 'central',
  modes: ['exclusive'],
  asksAlways: true,
  create: (site) => new Central(site),
  untouched: () => true,
}

export class Central implements Algorithm<Message> {
  private readonly site: Site<Message>
  private pending: Stamp | null = null
  /** The request by which this site is inside. */
  private entered: Stamp | null = null
  /** At the coordinator: whose turn it is. */
  private turn: Stamp | null = null
  /** At the coordinator: who comes next, in the order of arrival. */
  private queue: Stamp[] = []

  constructor(site: Site<Message>) {
    this.site = site
    const holder = site.carried[0]?.holder
    if (holder === undefined) return
    const first: Stamp = { time: 0, count: 0, id: holder }
    if (holder === site.self) this.entered = first
    if (this.isCoordinator) this.turn = first
  }

  request(stamp: Stamp, _mode: Mode, ifFree: boolean): void {
    invariant(this.pending === null && this.entered === null, 'one request at a time')
    this.pending = stamp
    if (this.isCoordinator) this.arrived(stamp, ifFree)
    else this.site.send(this.site.firstPlace, { kind: 'request', stamp, mode: Mode.exclusive, ifFree })
  }

  receive(_from: NodeId, message: Message): void {
    switch (message.kind) {
      case 'request':
        return this.arrived(message.stamp, message.ifFree)
      case 'reply':
        return this.enter(message.stamp)
      case 'busy':
        return this.refuse(message.stamp)
      case 'release':
      case 'withdraw':
        return this.over(message.stamp)
    }
  }

  release(): void {
    const { entered } = this
    invariant(entered !== null, 'only who is inside can leave')
    this.entered = null
    if (this.isCoordinator) this.over(entered)
    else this.site.send(this.site.firstPlace, { kind: 'release', stamp: entered })
  }

  cancel(): void {
    const { pending } = this
    if (pending === null) return
    this.pending = null
    // If its turn has come meanwhile, the grant counts for nothing here, and the coordinator goes on.
    if (this.isCoordinator) this.over(pending)
    else this.site.send(this.site.firstPlace, { kind: 'withdraw', stamp: pending })
  }

  wanted(): boolean {
    return this.queue.length > 0
  }

  mayHold(peer: NodeId): boolean {
    return !this.isCoordinator || this.turn?.id === peer
  }

  idle(): boolean {
    return false
  }

  rest(): void {
    // Nothing is kept beyond an entry.
  }

  describe(): { token: boolean; permissions: readonly NodeId[] } {
    return { token: false, permissions: [] }
  }

  private get isCoordinator(): boolean {
    return this.site.self === this.site.firstPlace
  }

  private arrived(stamp: Stamp, ifFree: boolean): void {
    if (this.turn === null) return this.grant(stamp)
    if (!ifFree) this.queue.push(stamp)
    else if (stamp.id === this.site.self) this.refuse(stamp)
    else this.site.send(stamp.id, { kind: 'busy', stamp })
  }

  private grant(stamp: Stamp): void {
    this.turn = stamp
    if (stamp.id === this.site.self) this.enter(stamp)
    else this.site.send(stamp.id, { kind: 'reply', stamp, using: 0, keep: false })
  }

  private over(stamp: Stamp): void {
    if (this.turn === null || !sameStamp(this.turn, stamp)) {
      this.queue = this.queue.filter((waiting) => !sameStamp(waiting, stamp))
      return
    }
    this.turn = null
    const next = this.queue.shift()
    if (next !== undefined) this.grant(next)
  }

  private enter(stamp: Stamp): void {
    if (this.pending === null || !sameStamp(this.pending, stamp)) return
    this.pending = null
    this.entered = stamp
    this.site.granted()
  }

  private refuse(stamp: Stamp): void {
    if (this.pending === null || !sameStamp(this.pending, stamp)) return
    this.pending = null
    this.site.refused()
  }
}
