/**
 * The idea of Redlock (S. Sanfilippo 2014, "Distributed locks with Redis") between peers, as a warning: only in the lab. A site
 * that wants to enter asks every site, itself too. Each site promises itself to one asker for a time (TTL, by its own clock). A
 * majority of promises lets the asker in, if the TTL is longer than the time since asking and an allowance for drift. Otherwise
 * all promises are given back and a new try is made after a random time. 3(N−1) messages for an entry without contention; no
 * order, no bound on waiting.
 *
 * Where it is unsafe: nothing ends a critical section when the promises behind it end. A holder that is paused, whose last write is
 * slow, or whose peers' clocks run fast is still inside when a majority promises itself to another (M. Kleppmann 2016, "How to do
 * distributed locking"). No token comes with the promise by which a resource could tell them apart: the fences of the arena do not rise then.
 * Delays while asking are no danger, since they count as elapsed: `majority-lease:unchecked` leaves that out and shows why.
 *
 * Deviations. The allowance is 1 % of the TTL and 0.02 T (Redlock's 2 ms). Tries are named, by the count of the request's stamp,
 * so that late messages count for nothing. A try ends as soon as a majority has become impossible. Between two tries passes a
 * time drawn from a window that doubles with each, where Redlock's stays the same: with many sites that would be as good as for
 * ever.
 */
import { invariant } from '../../base/assert.ts'
import type { NodeId } from '../../base/ids.ts'
import { Mode } from '../../base/mode.ts'
import { sameStamp, type Stamp } from '../../clock/stamp.ts'
import type { Common } from '../../mutex/common-messages.ts'
import type { Algorithm, AlgorithmKind, Description, Site } from '../../mutex/contract.ts'
import type { LabSite } from '../arena/seat.ts'

/** What the sites say to each other. */
type Message = Common<'request' | 'busy' | 'locked' | 'release' | 'withdraw'>

/** How promises are kept. */
interface Terms {
  /** How long a promise holds. */
  readonly ttlT: number
  /** Whether the time since asking is checked before entering. */
  readonly isChecked: boolean
}

export const majorityLease: AlgorithmKind<Message> = {
  ...leaseKind('majority-lease', { ttlT: 100, isChecked: true }),
  options: ['ttl=T', 'unchecked'],
  withOptions(options) {
    let ttlT = 100
    let isChecked = true
    for (const option of options) {
      const [, digits] = /^ttl=(\d+(?:\.\d+)?)$/.exec(option) ?? []
      if (digits !== undefined && Number(digits) > 0) ttlT = Number(digits)
      else if (option === 'unchecked') isChecked = false
      else return null
    }
    return leaseKind(`majority-lease:${options.join('+')}`, { ttlT, isChecked })
  },
}

function leaseKind(name: string, terms: Terms): AlgorithmKind<Message> {
  return {
    name,
    modes: ['exclusive'],
    asksAlways: true,
    create(site) {
      invariant(isLabSite(site), 'majority-lease needs a clock and chance, which only the lab gives to algorithms')
      return new MajorityLease(site, terms)
    },
    untouched: () => true,
  }
}

function isLabSite(site: Site<Message>): site is LabSite<Message> {
  return 'nowT' in site && 'after' in site && 'random' in site
}

/** One try at a request. */
interface Try {
  readonly stamp: Stamp
  readonly startedAtT: number
  readonly promised: Set<NodeId>
  readonly refused: Set<NodeId>
}

export class MajorityLease implements Algorithm<Message> {
  private readonly site: LabSite<Message>
  private readonly terms: Terms
  /** Enough that no two sets of so many are without a common site. */
  private readonly majority: number
  /** Whom this site has promised itself to. */
  private promise: { readonly stamp: Stamp; readonly untilT: number } | null = null
  private asking: { readonly stamp: Stamp; readonly ifFree: boolean } | null = null
  /** The try that is under way; null between two. */
  private current: Try | null = null
  private inside: Stamp | null = null

  constructor(site: LabSite<Message>, terms: Terms) {
    this.site = site
    this.terms = terms
    this.majority = Math.floor((site.peers.length + 1) / 2) + 1
    const holder = site.carried[0]?.holder
    if (holder === undefined) return
    const stamp = { time: 0, count: 0, id: holder }
    this.promise = { stamp, untilT: site.nowT() + terms.ttlT }
    if (holder === site.self) this.inside = stamp
  }

  request(stamp: Stamp, _mode: Mode, ifFree: boolean): void {
    invariant(this.asking === null && this.inside === null, 'one request at a time')
    this.asking = { stamp, ifFree }
    this.try(stamp)
  }

  receive(from: NodeId, message: Message): void {
    switch (message.kind) {
      case 'request':
        return this.site.send(from, { kind: this.mayPromise(message.stamp) ? 'locked' : 'busy', stamp: message.stamp })
      case 'release':
      case 'withdraw':
        return this.takeBack(message.stamp)
      case 'locked':
      case 'busy':
        return this.answered(from, message.stamp, message.kind === 'locked')
    }
  }

  release(): void {
    invariant(this.inside !== null, 'only who is inside can leave')
    const stamp = this.inside
    this.inside = null
    this.tellAll('release', stamp)
  }

  cancel(): void {
    this.asking = null
    this.endTry()
  }

  wanted(): boolean {
    return false
  }

  mayHold(_peer: NodeId): boolean {
    // A majority may have promised itself without this site.
    return true
  }

  idle(): boolean {
    return this.asking === null && this.inside === null && this.promise === null
  }

  rest(): void {
    // Promises end by themselves.
  }

  describe(): Description {
    return { token: false, permissions: [] }
  }

  // The site that is asked.

  private mayPromise(stamp: Stamp): boolean {
    const nowT = this.site.nowT()
    if (this.promise !== null && this.promise.untilT > nowT) return false
    this.promise = { stamp, untilT: nowT + this.terms.ttlT }
    return true
  }

  private takeBack(stamp: Stamp): void {
    if (this.promise !== null && sameStamp(this.promise.stamp, stamp)) this.promise = null
  }

  // The site that asks.

  private try(stamp: Stamp): void {
    const { site } = this
    const current: Try = { stamp, startedAtT: site.nowT(), promised: new Set(), refused: new Set() }
    this.current = current
    const request = { kind: 'request', stamp, mode: Mode.exclusive, ifFree: true } as const
    site.broadcast(site.peers, request)
    // A site that does not answer in time will not let it in any more.
    if (this.terms.isChecked) {
      site.after(this.validT, () => {
        if (this.current === current) this.tryAgain()
      })
    }
    this.answered(site.self, stamp, this.mayPromise(stamp))
  }

  private answered(from: NodeId, stamp: Stamp, hasPromised: boolean): void {
    const { current } = this
    if (current === null || !sameStamp(current.stamp, stamp)) return
    if (hasPromised) current.promised.add(from)
    else current.refused.add(from)
    if (current.refused.size > this.site.peers.length + 1 - this.majority) return this.tryAgain()
    if (current.promised.size < this.majority) return
    const elapsedT = this.site.nowT() - current.startedAtT
    if (this.terms.isChecked && elapsedT >= this.validT) return this.tryAgain()
    this.current = null
    this.asking = null
    this.inside = stamp
    this.site.granted()
  }

  /** Gives the promises back, and asks again after a while. */
  private tryAgain(): void {
    const { site, current, asking } = this
    if (current === null || asking === null) return
    this.endTry()
    if (asking.ifFree) {
      this.asking = null
      return site.refused()
    }
    const { stamp } = current
    const windowT = backoffT * 2 ** Math.min(stamp.count, doublingsMax)
    site.after(site.random.next() * windowT, () => {
      if (this.asking === asking) this.try({ ...stamp, count: (stamp.count + 1) % triesMax })
    })
  }

  private endTry(): void {
    const { current } = this
    if (current === null) return
    this.current = null
    this.tellAll('withdraw', current.stamp)
  }

  private tellAll(kind: 'release' | 'withdraw', stamp: Stamp): void {
    const message = { kind, stamp } as const
    this.site.broadcast(this.site.peers, message)
    this.takeBack(stamp)
  }

  /** How long after asking a majority still lets in. */
  private get validT(): number {
    return this.terms.ttlT - driftShare * this.terms.ttlT - driftT
  }
}

/** How much faster than the asker's the clock of one who promised may run, and the grain of clocks. */
const driftShare = 0.01
const driftT = 0.02
/** The window of the first pause between tries, and how often it doubles. */
const backoffT = 4
const doublingsMax = 6
/** Tries are numbered in the 16 bits of a stamp's count. */
const triesMax = 2 ** 16
