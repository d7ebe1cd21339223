/** This file implements a client of the memory engine, which is the `Locks` that its user has: it checks requests, counts holds, and drains when it closes. */
import { type HoldfastError, OverloadedError } from '../../base/errors.ts'
import type { Loss } from '../../base/loss.ts'
import { messageOf } from '../../base/message-of.ts'
import { carries, type Carrier, Mode, modeKinds, notCarried } from '../../base/mode.ts'
import { checkFunction } from '../../base/option-checks.ts'
import { checkName } from '../../base/names.ts'
import { inspectAs, inspectKey, type InspectArguments } from '../../base/shown.ts'
import { Feed } from '../../observe/feed.ts'
import { type AcquireCall, type AcquireOptions, type AcquireSettings, parseAcquireOptions } from '../../port/acquire-options.ts'
import { type CloseOptions, defaultDrainMs, lossAfter, parseCloseOptions } from '../../port/close-options.ts'
import type { Admin } from '../../port/admin.ts'
import { acquireStarted, traced } from '../../port/diagnostics.ts'
import { closingKey, ClosingListeners, type OnClosing } from '../../port/closing.ts'
import { abortedError, closedError, lostError } from '../../port/errors.ts'
import { checkEventType, type LockEvent, type LockEventOf, type LockEventType, lockEventTypes } from '../../port/events.ts'
import type { Hold } from '../../port/hold.ts'
import { Owners } from '../../port/owners.ts'
import { parseQueryOptions, type QueryOptions } from '../../port/query-options.ts'
import type { QueryReport } from '../../port/reports.ts'
import { type LockWatch, parseWatchOptions, StateWatch, type WatchOptions } from '../../port/watch.ts'
import { checkTask, type LockedTask, runUnder } from '../../port/with-lock.ts'
import { frozenMeta } from '../../wire/plain-data.ts'
import type { MemoryCluster } from './cluster.ts'
import { EngineDrain } from '../common/drain.ts'
import type { MemoryHold } from './hold.ts'
import type { MemoryLocks, MemoryLocksJson, MemoryLocksState } from './locks.ts'
import type { MemoryLock } from './lock.ts'
import type { MemoryOptions } from './options.ts'
import { clientTime, laterIfAlive, sinceStartMs, wallMs } from '../common/time.ts'
import { MemoryOrders } from './orders.ts'
import { MemoryWaiter } from './waiter.ts'

const carrier: Carrier = { name: 'memory', modes: modeKinds }

export class MemoryClient implements MemoryLocks {
  readonly cluster: string
  readonly id: string
  readonly #locks: MemoryCluster
  readonly #options: MemoryOptions
  readonly #waiters = new Set<MemoryWaiter>()
  readonly #holds = new Map<MemoryHold, MemoryLock>()
  readonly #watches = new Set<StateWatch>()
  readonly #orders: MemoryOrders
  readonly admin: Admin
  /** Of reentrant requests; null before the first. */
  #owners: Owners | null = null
  readonly #closing = new ClosingListeners()
  readonly #feed = new Feed((error) => process.emitWarning(`a listener of events threw: ${messageOf(error)}`, 'HoldfastWarning'))
  /** A call without `reentrant` is an owner of its own. */
  #nextOwner = 1
  #state: MemoryLocksState = 'active'
  #ending: Promise<void> | null = null
  #drain: EngineDrain | null = null

  constructor(options: MemoryOptions, locks: MemoryCluster) {
    this.cluster = options.cluster
    this.id = locks.nextClientId()
    this.#options = options
    this.#locks = locks
    locks.raiseFences(options.fenceFloor)
    this.#orders = new MemoryOrders(this, locks)
    const orders = this.#orders
    this.admin = Object.freeze({ revoke: orders.revoke.bind(orders), force: orders.force.bind(orders) })
  }

  /** What recipes release their records by. */
  get [closingKey](): OnClosing {
    return this.#closing.on
  }

  get state(): MemoryLocksState {
    return this.#state
  }

  async acquire(name: string, options?: AcquireOptions): Promise<Hold> {
    return await this.#traced(name, 'acquire', () => this.#acquire(name, options, 'acquire'))
  }

  async tryAcquire(name: string, options?: AcquireOptions): Promise<Hold | null> {
    return await this.#traced(name, 'tryAcquire', () => this.#tryAcquire(name, options))
  }

  async #tryAcquire(name: string, options: AcquireOptions | undefined): Promise<Hold | null> {
    const request = this.#check(name, options, 'tryAcquire')
    if (request.isReentrant) return await this.#reentrant.request(name, request, 'tryAcquire')
    return this.#take(name, request)
  }

  async withLock<T>(name: string, ...rest: [LockedTask<T>] | [AcquireOptions, LockedTask<T>]): Promise<T> {
    const [options, task] = rest.length === 2 ? rest : [undefined, rest[0]]
    checkTask(task)
    return await runUnder(
      this.#traced(name, 'withLock', () => this.#acquire(name, options, 'withLock')),
      task,
    )
  }

  async query(pattern = '*', options?: QueryOptions): Promise<QueryReport> {
    if (this.#state === 'closed') throw this.#closed()
    parseQueryOptions(options)
    const readMs = sinceStartMs()
    const states = this.#locks.matching(checkName(pattern, 'pattern')).map((lock) => lock.state(readMs))
    return { held: states.flatMap(({ held }) => held), pending: states.flatMap(({ pending }) => pending) }
  }

  watch(pattern = '*', options?: WatchOptions): LockWatch {
    if (this.#state === 'closed') throw this.#closed()
    const watches = this.#watches
    const locks = this.#locks
    return new StateWatch(checkName(pattern, 'pattern'), parseWatchOptions(options), {
      begin: (watch) => {
        if (this.#state === 'closed') return watch.fail(this.#closed())
        watches.add(watch)
        locks.begin(watch)
      },
      read: (name) => locks.read(name),
      end: (watch) => {
        watches.delete(watch)
        locks.end(watch)
      },
    })
  }

  on<Type extends LockEventType>(type: Type, listener: (event: LockEventOf<Type>) => void): () => void {
    checkEventType(type, lockEventTypes, false)
    checkFunction(listener, 'listener')
    return this.#feed.on(type, listener)
  }

  fenceFloor(): bigint {
    return this.#locks.fenceHighest
  }

  close(options?: CloseOptions): Promise<void> {
    try {
      const drainMs = parseCloseOptions(options)
      if (this.#ending === null) {
        this.#closing.tell()
        this.#ending = this.#end(drainMs ?? defaultDrainMs)
      } else if (drainMs !== undefined) this.#drain?.hurry(drainMs)
      return this.#ending
    } catch (error) {
      return Promise.reject(error)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  toJSON(): MemoryLocksJson {
    const { cluster, id, state } = this
    return { cluster, id, state, holds: this.#holds.size, waiters: this.#waiters.size }
  }

  [inspectKey](...args: InspectArguments): string {
    return inspectAs('MemoryLocks', this.toJSON(), ...args)
  }

  /** Tells the listeners of this client. */
  tell(event: LockEvent): void {
    this.#feed.emit(event)
  }

  /** @throws CLOSED if it takes no questions any more. */
  refuseIfClosed(): void {
    if (this.#state === 'closed') throw this.#closed()
  }

  /** A waiter of this client has ended: it was granted the lock, or gave up. */
  waited(waiter: MemoryWaiter): void {
    this.#waiters.delete(waiter)
  }

  /** The lock: a request of this client became a hold. */
  granted(lock: MemoryLock, hold: MemoryHold, waitedMs: number): void {
    this.#holds.set(hold, lock)
    this.#feed.emit({ type: 'lockGranted', lock: lock.name, fence: hold.fence, waitedMs })
  }

  /** The owner released its hold. */
  released(lock: MemoryLock, hold: MemoryHold): void {
    this.#holds.delete(hold)
    this.#feed.emit({ type: 'lockReleased', lock: lock.name, fence: hold.fence })
    lock.remove(hold)
    if (this.#holds.size === 0) this.#drain?.end()
  }

  /**
   * Ends holds. All of them are marked first, so that an owner that is told of one finds the others lost as well. The next waiters
   * are served last.
   */
  lose(holds: readonly MemoryHold[], loss: Loss): void {
    const ended = holds.flatMap((hold) => {
      const lock = this.#holds.get(hold)
      if (lock === undefined) return []
      this.#holds.delete(hold)
      const error = lostError(lock.name, hold.fence, loss)
      hold.lost(error)
      return [{ hold, lock, message: error.message }]
    })
    for (const { hold, lock, message } of ended) {
      hold.signalLost()
      this.#feed.emit({ type: 'lockLost', lock: lock.name, fence: hold.fence, reason: loss.reason, message })
    }
    for (const { hold, lock } of ended) lock.remove(hold)
    if (this.#holds.size === 0) this.#drain?.end()
  }

  #traced<Held extends Hold | null>(name: string, call: AcquireCall, request: () => Promise<Held>): Promise<Held> {
    return acquireStarted.hasSubscribers ? traced({ id: this.id, feed: this.#feed }, name, call, request) : request()
  }

  async #acquire(name: string, options: AcquireOptions | undefined, call: AcquireCall): Promise<Hold> {
    const request = this.#check(name, options, call)
    if (request.isReentrant) return (await this.#reentrant.request(name, request, call)) as Hold
    return this.#take(name, request) ?? (await this.#wait(name, request))
  }

  get #reentrant(): Owners {
    if (this.#owners !== null) return this.#owners
    this.#owners = new Owners({
      id: this.id,
      time: clientTime,
      wallMs,
      later: laterIfAlive,
      othersWaits: async () =>
        [...this.#locks.owners].flatMap(([client, owners]) => (client === this.id ? [] : [{ client, waits: owners.waits() }])),
      nextOwner: () => this.#nextOwner++,
      check: (hold) => hold.check(),
      request: async (name, request, call, owner) => {
        if (this.#state !== 'active') throw this.#closed()
        const taken = this.#take(name, request, owner)
        return taken !== null || call === 'tryAcquire' ? taken : await this.#wait(name, request, owner)
      },
    })
    this.#locks.owners.set(this.id, this.#owners)
    return this.#owners
  }

  #check(name: string, options: AcquireOptions | undefined, call: AcquireCall): AcquireSettings {
    if (this.#state !== 'active') throw this.#closed()
    checkName(name, 'lock name')
    const request = parseAcquireOptions(options === undefined ? {} : options, Mode.exclusive, call, frozenMeta)
    if (!carries(carrier, request.mode))
      throw notCarried(request.mode, 'the engine in memory', carrier, 'Give one of these modes')
    if (request.signal?.aborted === true) throw abortedError(name, request.signal)
    const { locksMax } = this.#options.limits
    if (this.#locks.size >= locksMax && this.#locks.find(name) === undefined)
      throw new OverloadedError('this cluster holds or waits for too many locks: release some, or raise limits.locksMax')
    return request
  }

  /** Returns null if the lock has a holder or a waiter. */
  #take(name: string, request: AcquireSettings, owner?: number): Hold | null {
    const lock = this.#locks.lock(name)
    return lock.isFreeFor(request.mode) ? lock.grant(this, owner ?? this.#nextOwner++, request, 0) : null
  }

  #wait(name: string, request: AcquireSettings, owner?: number): Promise<Hold> {
    const lock = this.#locks.lock(name)
    if (lock.waiters.size >= this.#options.limits.waitersPerLockMax)
      throw new OverloadedError(`too many requests wait for '${name}': make fewer at a time, or raise limits.waitersPerLockMax`)
    const waiter = new MemoryWaiter(this, owner ?? this.#nextOwner++, lock, request)
    this.#waiters.add(waiter)
    lock.wait(waiter)
    return waiter.outcome
  }

  #closed(): HoldfastError {
    return closedError('the engine in memory was closed')
  }

  async #end(drainMs: number): Promise<void> {
    const drains = this.#holds.size > 0 && drainMs > 0
    this.#state = drains ? 'draining' : 'closed'
    for (const waiter of [...this.#waiters]) waiter.giveUp(this.#closed())
    this.#owners?.failAll(() => this.#closed())
    if (drains) {
      this.#drain = new EngineDrain(drainMs)
      await this.#drain.over
      this.#state = 'closed'
    }
    this.#locks.owners.delete(this.id)
    for (const watch of [...this.#watches]) watch.fail(this.#closed())
    this.#orders.close(() => this.#closed())
    this.lose([...this.#holds.keys()], lossAfter(this.#drain?.lengthMs ?? drainMs, 'the engine in memory'))
  }
}
