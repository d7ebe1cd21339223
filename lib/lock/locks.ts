/**
 * This file keeps all locks of a node. It maps names to algorithm instances, and answers what a view change asks of the locks.
 * Instances live in one view; the local queues and holds outlive it.
 */
import type { Context } from '../world/context.ts'
import { invariant } from '../base/assert.ts'
import { OverloadedError } from '../base/errors.ts'
import { lostError } from '../port/errors.ts'
import { inRingOrder, type NodeId } from '../base/ids.ts'
import type { Loss } from '../base/loss.ts'
import { matchesPattern, utf8Length } from '../base/names.ts'
import type { Stamp, StampClock } from '../clock/stamp.ts'
import type { WiredKind } from '../mutex/contract.ts'
import type { EventOf } from '../observe/events.ts'
import type { Carried, Claim, JointTestimony, FlushHost } from '../view/flush-host.ts'
import type { Quarantined, View, ViewId } from '../view/view.ts'
import type { MessageOf } from '../wire/messages.ts'
import { CarriedTable } from './carried-table.ts'
import { ClaimBudget, holdsMax } from './claim-budget.ts'
import { Doubts, findingsOf } from './doubts.ts'
import { Early } from './early.ts'
import { counterMax, fenceOf } from './fence.ts'
import { HeldUp } from './held-up.ts'
import type { LockHold } from './holds.ts'
import { Lock } from './lock.ts'
import { LockSite, type LockView } from './site.ts'
import { Resting } from './resting.ts'
import { type LockRows, type LockStateRows, rowsOf, stateOf } from './rows.ts'
import type { Gate, Waiter } from './waiter.ts'
import { Witness } from './witness.ts'

export type LockTimer =
  | { readonly type: 'admit' }
  | { readonly type: 'rest' }
  | { readonly type: 'wake'; readonly lock: string; readonly epoch: number }

/** Is told of each lock of this node that got or lost a holder or a waiter. */
export interface LockWatcher {
  changed(name: string): void
}

export interface LocksOptions {
  readonly stamps: StampClock
  algorithmOf(name: string): WiredKind
  readonly limits: { readonly waitersPerLockMax: number; readonly locksMax: number; readonly localHandoffsMax: number }
}

/** How often a grant that the session forbids is tried again. */
const admitRetryMs = 20

const closedGate: Gate = { mayGrant: () => false, quarantineMs: () => 0, wantNewEpoch: () => {} }

/** The locks of one tenure of a node. */
export class NodeLocks implements FlushHost {
  readonly localHandoffsMax: number
  /** Null as long as no node watches the locks of this one. */
  watcher: LockWatcher | null = null
  private readonly context: Context<LockTimer>
  private readonly options: LocksOptions
  private gate: Gate = closedGate
  private readonly locks = new Map<string, Lock>()
  /** The active view; null from `stop` to `activate`. */
  private view: LockView | null = null
  private carried = new CarriedTable([])
  private doubts: Doubts | null = null
  private readonly witness: Witness
  /** New instances begin from here: forgotten instances left their counters. */
  private counterFloor = 0
  /** Peers that gossip suspects, or believes down. */
  private readonly silent = new Set<NodeId>()
  private readonly early = new Early()
  private readonly budget = new ClaimBudget()
  private lastName = ''
  private lastLock: Lock | undefined
  private isReleasing = false
  /** What is to be told once the release that led to it has been. */
  private readonly grants: EventOf<'lockGranted'>[] = []
  private readonly resting: Resting
  private readonly heldUp: HeldUp

  constructor(context: Context<LockTimer>, options: LocksOptions) {
    this.context = context
    this.options = options
    this.localHandoffsMax = options.limits.localHandoffsMax
    this.witness = new Witness(context.self, options.algorithmOf)
    this.resting = new Resting(context, this)
    this.heldUp = new HeldUp(context, this)
  }

  /** From now on this gate is asked before every grant. Before that no lock is granted. */
  guardBy(gate: Gate): void {
    this.gate = gate
  }

  /** How many locks are known here. */
  get size(): number {
    return this.locks.size
  }

  /** How many of them this node holds or waits for. */
  get inUse(): number {
    return this.locks.size - this.resting.size
  }

  /** How many holds this node has. */
  get holdCount(): number {
    return this.budget.holds
  }

  /** The waiter is told what becomes of it: granted, refused or failed, perhaps before this returns. */
  acquire(waiter: Waiter): void {
    const { waitersPerLockMax } = this.options.limits
    let lock = this.find(waiter.name)
    if (lock === undefined) {
      if (!this.hasRoom()) return this.reject(waiter, 'locks held or waited for at this node, limits.locksMax')
      lock = this.add(waiter.name)
    }
    if (this.budget.isSpent) return this.reject(waiter, `holds at this node (${holdsMax}, fewer of long names)`)
    if (lock.waiting.size >= waitersPerLockMax) {
      return this.reject(waiter, `waiters for '${waiter.name}' at this node, limits.waitersPerLockMax`)
    }
    this.resting.remove(lock)
    lock.acquire(waiter)
    if (this.watcher !== null) this.watcher.changed(lock.name)
    if (!lock.isInUse) this.resting.add(lock)
  }

  release(hold: LockHold): void {
    const lock = this.find(hold.name)
    if (lock === undefined) return
    this.isReleasing = true
    const isOver = lock.release(hold)
    this.isReleasing = false
    if (!isOver) return
    if (this.watcher !== null) this.watcher.changed(lock.name)
    this.settle(lock)
    this.budget.remove(lock.nameBytes)
    // Listeners hear of the release before they hear of the grants that it has made possible.
    this.context.emit({ type: 'lockReleased', lock: hold.name, fence: hold.fence })
    while (this.grants.length > 0) this.context.emit(this.grants.shift() as EventOf<'lockGranted'>)
  }

  /** A hold is over although the session goes on. Its owner is told first, then the lock is free for the next waiter. */
  forfeit(hold: LockHold, loss: Loss): void {
    this.lose([hold], loss)
    const lock = this.find(hold.name)
    if (lock?.release(hold) === true) this.settle(lock)
  }

  cancel(waiter: Waiter): void {
    const lock = this.find(waiter.name)
    if (lock === undefined) return
    lock.cancel(waiter)
    this.changed(lock)
    this.settle(lock)
    this.forgetIfIdle(lock)
  }

  receive(from: NodeId, message: MessageOf<'lock'>): void {
    const { view } = this
    if (view === null || message.view.epoch > view.id.epoch) {
      // A dropped message may be a request that is not repeated in that view; the next view repeats all requests.
      if (!this.early.add(from, message)) this.gate.wantNewEpoch()
      return
    }
    if (message.view.epoch < view.id.epoch || message.view.digest !== view.id.digest) return
    if (!view.others.has(from)) return
    const lock = this.find(message.lock) ?? this.add(message.lock)
    if (message.counter > lock.counter) lock.counter = message.counter
    const { stamp } = message.body
    if (stamp !== undefined) this.options.stamps.merge(stamp)
    lock.receive(from, message.body)
    this.settle(lock)
    this.forgetIfIdle(lock)
  }

  timer(timer: LockTimer): void {
    switch (timer.type) {
      case 'admit':
        return this.heldUp.retry()
      case 'rest':
        return this.resting.sweep()
      case 'wake':
        if (this.view?.id.epoch === timer.epoch) this.locks.get(timer.lock)?.algorithm?.wake?.()
        return
    }
  }

  stop(): void {
    this.view = null
    this.heldUp.clear()
    this.context.clearTimer('admit')
    for (const lock of this.locks.values()) lock.stop()
  }

  claim(view: View): Claim {
    const holds: Carried[] = []
    for (const lock of this.locks.values()) {
      for (const { lockMode: mode, fence } of lock.holds.all())
        holds.push({ lock: lock.name, holder: this.context.self, mode, fence })
    }
    return { holds, testimonies: this.witness.testimonies(view, this.carried, this.locks) }
  }

  findings(view: View, claims: ReadonlyMap<NodeId, Claim>): readonly JointTestimony[] {
    return findingsOf(view, claims, this.options.algorithmOf)
  }

  activate(
    view: View,
    id: ViewId,
    carried: readonly Carried[],
    findings: readonly JointTestimony[],
    waits: readonly Quarantined[],
  ): void {
    const members = view.members.map((member) => member.id)
    const peers = inRingOrder(members, this.context.self)
    this.view = { id, members, peers, others: new Set(peers) }
    this.witness.activated(this.view)
    this.carried = new CarriedTable(carried)
    this.doubts = new Doubts(view, waits, findings, this.options.algorithmOf)
    this.counterFloor = 0
    for (const lock of [...this.locks.values()]) {
      lock.counter = 0
      if (lock.isForgettable) this.forget(lock)
      else this.begin(lock)
    }
    // A hold of this node that ended after it was claimed: the fresh instance begins inside, and releases the lock.
    for (const name of this.carried.locksOf(this.context.self)) if (!this.locks.has(name)) this.add(name)
    for (const { from, message } of this.early.take()) this.receive(from, message)
    for (const lock of [...this.locks.values()]) this.forgetIfIdle(lock)
  }

  end(loss: Loss): void {
    this.stop()
    const holds: LockHold[] = []
    for (const lock of this.locks.values()) {
      for (const hold of lock.loseAll()) holds.push(hold)
      this.settle(lock)
    }
    this.lose(holds, loss)
  }

  suspect(suspected: boolean): void {
    for (const lock of this.locks.values()) for (const hold of lock.holds.all()) hold.suspected(suspected)
  }

  /** A message of this peer came: it is not silent, even if gossip still suspects it. */
  heard(peer: NodeId): void {
    if (this.silent.size > 0) this.silence(peer, false)
  }

  /** Gossip suspects this peer, or does not suspect it any more. A peer that is down stays silent until a message of it comes. */
  silence(peer: NodeId, isSilent: boolean): void {
    if (this.silent.has(peer) === isSilent) return
    if (isSilent) this.silent.add(peer)
    else this.silent.delete(peer)
    if (this.view?.others.has(peer) !== true) return
    for (const lock of [...this.locks.values()]) lock.algorithm?.silenceChanged?.()
  }

  /** The node leaves: its holds are over, and it makes no request any more. Instances go on answering. */
  giveUp(loss: Loss): void {
    const holds: LockHold[] = []
    for (const lock of [...this.locks.values()]) {
      for (const waiter of lock.waiting.all()) lock.cancel(waiter)
      for (const hold of lock.holds.all()) holds.push(hold)
    }
    // The owners are told before any other node can be.
    this.lose(holds, loss)
    for (const hold of holds) this.find(hold.name)?.release(hold)
    for (const lock of [...this.locks.values()]) {
      this.changed(lock)
      this.settle(lock)
    }
  }

  /** Removes and returns all waiters, by order of arrival for each lock. */
  takeWaiters(): Waiter[] {
    const waiters: Waiter[] = []
    for (const lock of [...this.locks.values()]) {
      for (const waiter of lock.waiting.all()) {
        waiters.push(waiter)
        lock.cancel(waiter)
        this.changed(lock)
      }
    }
    return waiters
  }

  query(pattern: string): LockRows {
    const locks = [...this.locks.values()].filter((lock) => matchesPattern(pattern, lock.name))
    return rowsOf(locks, this.context.self, this.context.nowMs())
  }

  /** The holders and waiters that this node has of one lock. */
  state(name: string): LockStateRows {
    const lock = this.locks.get(name)
    return lock === undefined ? { name, held: [], pending: [] } : stateOf(lock, this.context.nowMs())
  }

  /** The hold of this node with that fence: a node grants each of a lock's fences once. */
  holdOf(name: string, fence: bigint): LockHold | undefined {
    return this.locks
      .get(name)
      ?.holds.all()
      .find((hold) => hold.fence === fence)
  }

  isInUse(name: string): boolean {
    return this.locks.get(name)?.isInUse === true
  }

  /** The locks that this node holds or waits for, of those that fit the pattern. */
  *namesInUse(pattern: string): Iterable<string> {
    for (const { name, isInUse } of this.locks.values()) if (isInUse && matchesPattern(pattern, name)) yield name
  }

  /** The owner changed what is told of its hold. */
  metaChanged({ name }: LockHold): void {
    this.watcher?.changed(name)
  }

  // What a lock asks.

  changed({ name }: Lock): void {
    if (this.watcher !== null) this.watcher.changed(name)
  }

  nowMs(): number {
    return this.context.nowMs()
  }

  /** A stamp above everything merged so far. */
  nextStamp(): Stamp {
    return this.options.stamps.next()
  }

  /** The next fence of a lock, or null if it must not be granted now: then it is tried again. */
  nextFence(lock: Lock): bigint | null {
    const { view } = this
    if (view === null) return null
    const waitMs = this.gate.mayGrant() ? this.doubtMs(lock.name) : admitRetryMs
    if (waitMs > 0) {
      this.heldUp.add(lock, waitMs)
      return null
    }
    if (lock.counter >= counterMax / 2) this.gate.wantNewEpoch()
    if (lock.counter >= counterMax) return null
    lock.counter++
    return fenceOf(view.id.epoch, lock.counter)
  }

  granted(lock: Lock, fence: bigint, waitedMs: number): void {
    this.budget.add(lock.nameBytes)
    if (this.watcher !== null) this.watcher.changed(lock.name)
    const grant = { type: 'lockGranted', lock: lock.name, fence, waitedMs } as const
    if (this.isReleasing) this.grants.push(grant)
    else this.context.emit(grant)
  }

  /** A lock was tried again. It may have been forgotten meanwhile, and another lock object may have its name. */
  retried(lock: Lock): void {
    if (this.locks.get(lock.name) === lock) this.settle(lock)
  }

  /** Forgets a lock without any state. */
  forgetIfIdle(lock: Lock): void {
    if (lock.isForgettable && this.view !== null) this.forget(lock)
  }

  /** How long an entrant must still wait for evicted nodes that may be inside that lock, in milliseconds. */
  doubtMs(name: string): number {
    if (this.gate.quarantineMs() === 0 || this.doubts === null || this.carried.isSettled(name)) return 0
    const waitMs = this.doubts.waitMs(name)
    return waitMs === 0 ? 0 : this.gate.quarantineMs(waitMs)
  }

  /**
   * Tells the owners and the listeners that these holds are lost, with one error for each hold. All are marked first, so that an
   * owner that is told of one hold finds the others lost as well.
   */
  private lose(holds: readonly LockHold[], loss: Loss): void {
    const ended = holds.flatMap((hold) => {
      const error = lostError(hold.name, hold.fence, loss)
      // A listener that was told of one loss may have led to the next, which must not be told twice.
      if (!hold.lost(error)) return []
      this.budget.remove(utf8Length(hold.name))
      return [{ hold, message: error.message }]
    })
    for (const { hold, message } of ended) {
      hold.signalLost()
      this.context.emit({ type: 'lockLost', lock: hold.name, fence: hold.fence, reason: loss.reason, message })
    }
  }

  private find(name: string): Lock | undefined {
    // The lock used last is asked for again far more often than any other.
    if (name === this.lastName && this.lastLock !== undefined) return this.lastLock
    const lock = this.locks.get(name)
    if (lock !== undefined) {
      this.lastName = name
      this.lastLock = lock
    }
    return lock
  }

  private add(name: string): Lock {
    const lock = new Lock(name, this.options.algorithmOf(name), this.counterFloor, this)
    this.locks.set(name, lock)
    if (this.view !== null) this.begin(lock)
    this.resting.add(lock)
    return lock
  }

  private begin(lock: Lock): void {
    const { view } = this
    if (view === null) return
    const site = new LockSite(this.context, lock, view, this.carried.of(lock.name), this.silent)
    lock.begin(lock.kind.create(site), this.carried.entriesOf(lock.name, this.context.self))
  }

  /** Whether a further lock may be used: locks that only rest here are given up, the least recently used first. */
  private hasRoom(): boolean {
    const { locksMax } = this.options.limits
    if (this.locks.size < locksMax || this.resting.makeRoom()) return true
    // State that cannot be given up lock by lock (numbers that only rise, permissions that peers keep) ends with the view.
    if (this.locks.size >= 2 * locksMax) this.gate.wantNewEpoch()
    return this.inUse < locksMax
  }

  /** Called after each step that may have ended the use of a lock. */
  private settle(lock: Lock): void {
    if (lock.isInUse) this.resting.remove(lock)
    else this.resting.add(lock)
  }

  private forget(lock: Lock): void {
    invariant(this.locks.get(lock.name) === lock, 'what is forgotten was known')
    this.counterFloor = Math.max(this.counterFloor, lock.counter)
    this.locks.delete(lock.name)
    this.resting.remove(lock)
    if (this.lastLock === lock) this.lastLock = undefined
  }

  private reject(waiter: Waiter, limit: string): void {
    waiter.failed(new OverloadedError(`too many ${limit}`))
  }
}
