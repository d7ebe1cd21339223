/**
 * This file is one lock at one node: the local queue, the local holds, and the algorithm's instance that speaks for all of them.
 * The algorithm sees one site that asks, enters and leaves; this file decides which local waiter then holds.
 */
import { invariant } from '../base/assert.ts'
import { Few } from '../base/few.ts'
import type { NodeId } from '../base/ids.ts'
import type { Mode } from '../base/mode.ts'
import { ModeCounts } from '../base/mode-counts.ts'
import { utf8Length } from '../base/names.ts'
import { sameStamp, type Stamp } from '../clock/stamp.ts'
import type { Algorithm, WiredKind } from '../mutex/contract.ts'
import type { LockBody } from '../wire/bodies.ts'
import { Holds, type LockHold } from './holds.ts'
import type { NodeLocks } from './locks.ts'
import type { ListPosition } from './resting.ts'
import type { Waiter } from './waiter.ts'
import { Waiting } from './waiting.ts'

type LockHost = Pick<NodeLocks, 'localHandoffsMax' | 'nowMs' | 'nextStamp' | 'nextFence' | 'granted' | 'changed'>

/** A request of the algorithm that serves no waiter yet. It keeps its stamp through a view change. */
interface Request {
  readonly stamp: Stamp
  readonly mode: Mode
  readonly ifFree: boolean
  /** The highest that it was made or raised with; only algorithms that have priorities look at it. */
  priority: number
  /** The algorithm has entered, but no waiter has the lock yet, because of a quarantine or the session. */
  isEntered: boolean
}

/** So many requests for permits are pending at most: enough for their messages to overlap, and few for the members to note. */
const requestsMax = 32

const isEntered = (request: Request): boolean => request.isEntered

export class Lock {
  readonly name: string
  readonly kind: WiredKind
  readonly waiting = new Waiting()
  readonly holds = new Holds()
  /** Where it stands among the locks that are not in use. */
  readonly place: ListPosition = { older: null, newer: null, isIn: false }
  /** The largest fence counter heard of in this epoch. */
  counter: number
  usedAtMs: number
  private readonly locks: LockHost
  private knownNameBytes = 0
  private instance: Algorithm | null = null
  /** The instance of the last view that was activated, from that view's end to the next activation. */
  private stoppedInstance: Algorithm | null = null
  /** One, or several for permits where the algorithm carries that. They serve those waiters that are first at the grant. */
  private readonly requested = new Few<Request>()
  /**
   * Entries beyond one of modes whose holders share an entry: a waiter that could not join the holders here, since another site waited,
   * had to ask for an entry of its own.
   */
  private further: ModeCounts | null = null
  private handoffs = 0
  private isPumping = false
  /** The state changed since the pump looked at the waiters. */
  private hasNews = false

  constructor(name: string, kind: WiredKind, counter: number, locks: LockHost) {
    this.name = name
    this.kind = kind
    this.counter = counter
    this.locks = locks
    this.usedAtMs = locks.nowMs()
  }

  /** How many bytes the name takes in a message. */
  get nameBytes(): number {
    this.knownNameBytes ||= utf8Length(this.name)
    return this.knownNameBytes
  }

  get algorithm(): Algorithm | null {
    return this.instance
  }

  /** The stopped instance of the last view, for questions about it. */
  get stopped(): Algorithm | null {
    return this.stoppedInstance
  }

  /** A local hold excludes all other members. */
  get isHeldAlone(): boolean {
    return this.holds.isAlone
  }

  /** This node has no state of it left, and its instance equals a fresh one. */
  get isForgettable(): boolean {
    return !this.isInUse && this.requested.size === 0 && (this.instance?.idle() ?? true)
  }

  /** This node holds it or waits for it. */
  get isInUse(): boolean {
    return this.waiting.size > 0 || this.holds.size > 0
  }

  /** The obstacle of a grant may be over. */
  retry(): void {
    this.admit()
    this.pump()
  }

  /** A view begins: the fresh instance, in which the local holds are inside. Requests are handed over with their stamps. */
  begin(instance: Algorithm, carried: ModeCounts): void {
    this.instance = instance
    this.stoppedInstance = null
    this.handoffs = 0
    // They were claimed as holders of one entry.
    this.further = null
    // If a claimed hold ended before the activation, the fresh instance releases it at once.
    for (const { mode, count } of [...carried])
      for (let entries = count; entries > mode.entriesOf(this.holds.of(mode)); entries--) instance.release(mode)
    for (const { stamp, mode, ifFree, priority } of [...this.requested]) instance.request(stamp, mode, ifFree, priority)
    this.pump()
  }

  /** A newer view was installed: the instance may not act any more. */
  stop(): void {
    this.stoppedInstance = this.instance ?? this.stoppedInstance
    this.instance = null
    for (const request of this.requested) request.isEntered = false
  }

  /** The waiter may hold it when this returns. */
  acquire(waiter: Waiter): void {
    this.usedAtMs = this.locks.nowMs()
    waiter.sinceMs = this.usedAtMs
    if (waiter.ifFree && !this.isFreeFor(waiter)) return waiter.refused()
    const fence = this.mayRide(waiter) ? this.locks.nextFence(this) : null
    if (fence !== null) return this.hold(waiter, fence)
    this.waiting.add(waiter)
    if (this.kind.hasPriorities === true) this.raise(waiter)
    this.pump()
  }

  /** False when it is no hold of this lock. */
  release(hold: LockHold): boolean {
    if (!this.holds.remove(hold)) return false
    this.usedAtMs = this.locks.nowMs()
    if (this.instance !== null) this.afterRelease(hold.lockMode)
    return true
  }

  /** Withdraws a waiter; no effect if it does not wait. */
  cancel(waiter: Waiter): void {
    const { requested, waiting, instance } = this
    const { first, size } = requested
    const isServed =
      first !== null && (waiting.beginsWith(first.mode, size + 1) || waiting.isAmongFirst(waiter, first.mode, size))
    if (!waiting.remove(waiter)) return
    if (first === null) return this.pump()
    // The next waiter takes over the place among the nodes, unless it is behind one of another mode.
    if (!isServed || waiting.beginsWith(first.mode, size)) return
    let withdrawn = first
    for (const request of requested) if (!request.isEntered) withdrawn = request
    requested.remove(withdrawn)
    if (instance === null) return
    if (withdrawn.isEntered) instance.release(withdrawn.mode)
    else instance.cancel(withdrawn.stamp)
    this.pump()
  }

  /** A peer's message to the algorithm. Messages that this algorithm does not declare are dropped. */
  receive(from: NodeId, body: LockBody): void {
    if (this.kind.messages[body.kind] !== undefined) this.instance?.receive(from, body)
  }

  /** The algorithm: the pending request has entered. */
  entered(stamp?: Stamp): void {
    const { first } = this.requested
    // This is the hot path: a closure is made only where there are several.
    const request = stamp === undefined || stamp === first?.stamp ? first : this.named(stamp)
    invariant(request?.isEntered === false, 'what enters was requested')
    request.isEntered = true
    this.admit()
  }

  /** The algorithm: the pending request was refused. */
  refused(): void {
    const { first } = this.requested
    invariant(first?.ifFree === true, 'only who asked to be is refused')
    this.requested.remove(first)
    this.refuseTriers()
    this.pump()
  }

  /** Gives the lock to the waiters for which it was entered, unless a quarantine or the session is still in the way. */
  private admit(): void {
    const { requested } = this
    for (let request = requested.find(isEntered); request !== null; request = requested.find(isEntered)) {
      const fence = this.locks.nextFence(this)
      // An evicted node may be inside. That does not refuse a `tryAcquire`: it is not known whether another node has the lock.
      if (fence === null) return
      requested.remove(request)
      this.handoffs = 0
      // A waiter that came before the others meanwhile, by its priority, may want another mode than was asked for.
      const waiter = this.waiting.shift(request.mode)
      invariant(waiter !== undefined, 'what was asked for is still wanted')
      if (request.ifFree) this.refuseTriers(waiter)
      if (request.mode.isOneEntry && this.holds.of(request.mode) > 0) {
        this.further ??= new ModeCounts()
        this.further.add(request.mode)
      }
      this.hold(waiter, fence)
      this.pump()
    }
  }

  /** Refuses all `tryAcquire` waiters. */
  private refuseTriers(except?: Waiter): void {
    const triers = this.waiting.takeTriers(except)
    if (triers.length > 0) this.locks.changed(this)
    for (const waiter of triers) waiter.refused()
  }

  /** Every hold is over. */
  loseAll(): readonly LockHold[] {
    const held = this.holds.all()
    for (const hold of held) this.holds.remove(hold)
    return held
  }

  /**
   * Asks for the lock for the first waiter, again as long as a request is granted at once. A grant inside a request returns to
   * this loop, so that ten thousand permits in a row need no deeper stack than one.
   */
  private pump(): void {
    this.hasNews = true
    if (this.isPumping) return
    this.isPumping = true
    try {
      while (this.hasNews) {
        this.hasNews = false
        this.ask()
      }
    } finally {
      this.isPumping = false
    }
  }

  /** Asks for the next waiter, if nothing local is in the way; lets sharers in beside each other. */
  private ask(): void {
    const { instance, requested, waiting } = this
    if (instance === null || !this.mayAsk()) return
    for (let { first } = waiting; first !== undefined && this.mayRide(first, true); first = waiting.first) {
      const fence = this.locks.nextFence(this)
      if (fence === null) return
      const waiter = waiting.shift(first.mode)
      invariant(waiter !== undefined, 'the first waiter wants to share')
      this.hold(waiter, fence)
    }
    const { first } = waiting
    if (first === undefined) return
    if (this.holds.exclude(first.mode)) return this.refuseTriers()
    const { mode, ifFree, priority } = first
    const request = { stamp: this.locks.nextStamp(), mode, ifFree, priority, isEntered: false }
    requested.add(request)
    if (!ifFree) this.refuseTriers()
    this.hasNews ||= mode.isCounted
    instance.request(request.stamp, mode, ifFree, priority)
  }

  /** The request that is pending inherits the priority of a waiter that came later. */
  private raise({ priority }: Waiter): void {
    const { first } = this.requested
    if (first === null || first.ifFree || first.isEntered || priority <= first.priority) return
    first.priority = priority
    this.instance?.raise?.(priority)
  }

  /** Nothing is requested, or what is requested leaves waiters over that could be inside beside it. */
  private mayAsk(): boolean {
    const { requested, waiting, kind, holds } = this
    const { first, size } = requested
    if (first === null) return true
    if (kind.overlapsRequests !== true || !first.mode.isCounted || first.ifFree) return false
    return size < requestsMax && first.mode.hasRoomBeside(size + holds.size) && waiting.beginsWith(first.mode, size + 1)
  }

  private afterRelease(mode: Mode): void {
    const { instance } = this
    if (instance === null) return
    if (mode.isOneEntry && !this.endsEntry(mode)) return this.pump()
    const { first } = this.waiting
    const keeps =
      mode.isAlone &&
      first?.mode.isAlone === true &&
      this.requested.size === 0 &&
      !this.kind.asksAlways &&
      (!instance.wanted(mode) || (instance.mayReenter?.(first.priority) ?? this.handoffs < this.locks.localHandoffsMax))
    if (keeps) {
      const fence = this.locks.nextFence(this)
      if (fence !== null) {
        this.handoffs++
        const waiter = this.waiting.shift(first.mode)
        invariant(waiter !== undefined, 'the first waiter wants it alone')
        return this.hold(waiter, fence)
      }
    }
    instance.release(mode)
    this.pump()
  }

  /** Of a mode whose holders share an entry: there are fewer holders than entries now. */
  private endsEntry(mode: Mode): boolean {
    const holders = this.holds.of(mode)
    const further = this.further?.of(mode) ?? 0
    if (holders > further) return false
    if (further > 0) this.further?.remove(mode)
    return true
  }

  /** A waiter may go in beside the holders of its mode that are here and share their entry, as long as no other request is kept waiting by it. */
  private mayRide(waiter: Waiter, isFirst = this.waiting.size === 0): boolean {
    return (
      isFirst &&
      waiter.mode.isOneEntry &&
      this.requested.size === 0 &&
      this.instance !== null &&
      this.holds.of(waiter.mode) > 0 &&
      !this.instance.wanted(waiter.mode)
    )
  }

  private isFreeFor(waiter: Waiter): boolean {
    return this.waiting.size === 0 && !this.holds.exclude(waiter.mode)
  }

  private hold(waiter: Waiter, fence: bigint): void {
    const nowMs = this.locks.nowMs()
    const waitedMs = nowMs - waiter.sinceMs
    // Before any listener is told: a listener that aborts the waiter's signal would leave a hold that no caller has.
    this.holds.add(waiter.granted(fence, nowMs))
    this.locks.granted(this, fence, waitedMs)
  }

  private named(stamp: Stamp): Request | null {
    return this.requested.find((each) => sameStamp(each.stamp, stamp))
  }
}
