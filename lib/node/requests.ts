/**
 * This file takes the users' requests. It checks them and gives them to the present tenure, and keeps them while the node
 * has none.
 */
import { BadOptionError, type HoldfastError } from '../base/errors.ts'
import { carries, Mode, notCarried } from '../base/mode.ts'
import { checkName } from '../base/names.ts'
import { algorithmKind, algorithms } from '../mutex/algorithms.ts'
import type { ClusterConfig } from '../view/view.ts'
import { type AcquireCall, type AcquireOptions, type AcquireSettings, parseAcquireOptions } from '../port/acquire-options.ts'
import { acquireStarted, traced } from '../port/diagnostics.ts'
import { abortedError, closedError } from '../port/errors.ts'
import type { Hold } from '../port/hold.ts'
import { Owners } from '../port/owners.ts'
import type { OwnerWait } from '../port/waits.ts'
import { checkTask, type LockedTask, runUnder } from '../port/with-lock.ts'
import { frozenMeta } from '../wire/plain-data.ts'
import { engineTime } from './engine-time.ts'
import type { NodeHold } from './hold.ts'
import { LimitedWaiter } from './limited.ts'
import type { Tenure } from './tenure.ts'
import type { Life } from './life.ts'
import { firstMatch } from './options.ts'
import { NodeWaiter } from './waiter.ts'

/** How many grants without a message may follow each other in one turn of the loop. */
const burstMax = 64

/** Checks the users' requests and gives them to the present tenure, or keeps them until there is one. */
export class Requests {
  private readonly life: Life
  private readonly config: ClusterConfig
  private readonly hasPermits: boolean
  /** Waiters that no tenure knows yet: between two of them, or after a burst. In the order in which they came. */
  private shelf = new Set<NodeWaiter>()
  /** A call without `reentrant` is an owner of its own. */
  private nextOwner = 1
  /** Of reentrant requests; null before the first. */
  private owners: Owners | null = null
  private checkedName: string | null = null
  /** Grants without a message since the loop last took input. */
  private burst = 0
  private isTakingInput = false
  private isHeldBack = false

  constructor(life: Life, config: ClusterConfig) {
    this.life = life
    this.config = config
    this.hasPermits = config.permits.length > 0
  }

  /** Requests a lock. Only `tryAcquire` (`ifFree`) may get null. */
  request(name: string, options: AcquireOptions | undefined, call: 'acquire' | 'withLock'): Promise<Hold>
  request(name: string, options: AcquireOptions | undefined, call: 'tryAcquire'): Promise<Hold | null>
  request(name: string, options: AcquireOptions | undefined, call: AcquireCall, isTraced: boolean): Promise<Hold | null>
  request(
    name: string,
    options: AcquireOptions | undefined,
    call: AcquireCall,
    isTraced: boolean = acquireStarted.hasSubscribers,
  ): Promise<Hold | null> {
    if (isTraced) return this.traced(name, options, call)
    try {
      if (this.life.isOver) throw closedError()
      if (name !== this.checkedName || name === null) this.checkedName = checkName(name, 'lock name')
      const ifFree = call === 'tryAcquire'
      const defaultMode = this.hasPermits ? this.defaultMode(name) : Mode.exclusive
      if (options === undefined) {
        if (!defaultMode.isAlone) this.checkMode(name, defaultMode)
        return this.enqueue(
          new NodeWaiter(this.life, name, defaultMode, this.nextOwner++, 0, undefined, ifFree),
          undefined,
          undefined,
        )
      }
      const request = parseAcquireOptions(options, defaultMode, call, frozenMeta)
      const { mode, signal } = request
      if (!mode.isAlone) this.checkMode(name, mode)
      if (signal?.aborted === true) throw abortedError(name, signal)
      return request.isReentrant ? this.reentrant.request(name, request, call) : this.ask(name, request, ifFree, this.nextOwner++)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  withLock<T>(name: string, options: AcquireOptions | undefined, task: LockedTask<T>): Promise<T> {
    try {
      checkTask(task)
    } catch (error) {
      return Promise.reject(error)
    }
    return runUnder(this.request(name, options, 'withLock'), task)
  }

  /** The tenure takes over the waiters that none knew. */
  moveTo(tenure: Tenure): void {
    if (this.isHeldBack) return
    const waiters = this.shelf
    this.shelf = new Set()
    for (const waiter of waiters) tenure.locks.acquire(waiter)
  }

  /** The tenure is over: its waiters wait here for the next. */
  takeFrom(tenure: Tenure): void {
    const waiters = new Set(tenure.locks.takeWaiters() as NodeWaiter[])
    for (const waiter of this.shelf) waiters.add(waiter)
    this.shelf = waiters
  }

  /** No request is granted until `goOn`. They wait as after a burst, so that no other node pays for a check. */
  holdBack(): void {
    this.isHeldBack = true
    this.burst = Number.POSITIVE_INFINITY
    if (this.life.tenure !== null) this.takeFrom(this.life.tenure)
  }

  goOn(): void {
    this.isHeldBack = false
    this.burst = 0
    if (this.life.tenure !== null) this.moveTo(this.life.tenure)
  }

  /** Every waiter gets its own error object: callers add to its stack and fields. */
  failAll(newError: () => HoldfastError): void {
    if (this.life.tenure !== null) this.takeFrom(this.life.tenure)
    const waiters = this.shelf
    this.shelf = new Set()
    for (const waiter of waiters) waiter.failed(newError())
    this.owners?.failAll(newError)
  }

  /** Its caller has given up. */
  withdraw(waiter: NodeWaiter): void {
    if (!this.shelf.delete(waiter)) this.life.tenure?.locks.cancel(waiter)
  }

  /** The requests of owners that have other locks. */
  waits(): readonly OwnerWait[] {
    return this.owners?.waits() ?? []
  }

  private get reentrant(): Owners {
    const { life } = this
    const time = engineTime(life.world)
    this.owners ??= new Owners({
      get id() {
        return life.id
      },
      time,
      wallMs: () => life.world.time.wallMs(),
      later: time.after,
      othersWaits: () => life.questions.askWaits(life.tenure?.views.view?.members.map(({ id }) => id) ?? []),
      turn: () => new Promise((resolve) => life.world.nextTurn(resolve)),
      nextOwner: () => this.nextOwner++,
      check: (hold) => (hold as NodeHold).checkQuickly(),
      request: async (name, request, call, owner) => {
        if (this.life.isOver) throw closedError()
        return await this.ask(name, request, call === 'tryAcquire', owner)
      },
    })
    return this.owners
  }

  private ask(name: string, request: AcquireSettings, ifFree: boolean, owner: number): Promise<NodeHold | null> {
    const { waitMs, signal, mode, priority, maxHoldMs, graceMs, meta } = request
    const waiter =
      maxHoldMs === undefined && graceMs === undefined
        ? new NodeWaiter(this.life, name, mode, owner, priority, meta, ifFree)
        : new LimitedWaiter(this.life, name, mode, owner, priority, meta, ifFree, { maxHoldMs, graceMs })
    return this.enqueue(waiter, waitMs, signal)
  }

  private traced(name: string, options: AcquireOptions | undefined, call: AcquireCall): Promise<Hold | null> {
    const { id, feed } = this.life
    return traced({ id, feed }, name, call, () => this.request(name, options, call, false))
  }

  private enqueue(waiter: NodeWaiter, waitMs: number | undefined, signal: AbortSignal | undefined): Promise<NodeHold | null> {
    const { tenure } = this.life
    if (tenure === null) this.shelf.add(waiter)
    else if (this.burst >= burstMax) this.takeInputFirst(waiter)
    else {
      tenure.locks.acquire(waiter)
      if (waiter.hold !== null) {
        this.burst++
        return Promise.resolve(waiter.hold)
      }
    }
    return waiter.pending(waitMs, signal)
  }

  /**
   * A loop of acquires without messages would run on promises alone, and the event loop would never read the others' requests or
   * this node's renewals. So after a burst the event loop takes its input first. The waiter waits for that like any other: its
   * deadline and its signal count.
   */
  private takeInputFirst(waiter: NodeWaiter): void {
    this.shelf.add(waiter)
    if (this.isTakingInput) return
    this.isTakingInput = true
    this.life.world.nextTurn(() => {
      this.isTakingInput = false
      if (this.isHeldBack) return
      this.burst = 0
      if (this.life.tenure !== null) this.moveTo(this.life.tenure)
    })
  }

  private defaultMode(name: string): Mode {
    const permits = firstMatch(this.config.permits, name)
    return permits === undefined ? Mode.exclusive : Mode.permits(permits)
  }

  private checkMode(name: string, mode: Mode): void {
    const { config } = this
    const kind = algorithmKind(firstMatch(config.algorithms, name) ?? config.algorithm)
    if (!carries(kind, mode)) throw notCarried(mode, `the algorithm of '${name}', ${kind.name},`, kind, cureFor(mode))
    if (!mode.isCounted) return
    const configured = firstMatch(config.permits, name)
    if (configured === undefined && kind.fixedPermits === true) {
      const cure = `createNode({ permits: { '${name}': ${mode.limit} } })`
      throw new BadOptionError(`${kind.name} needs the number of permits of '${name}' from the whole cluster: ${cure}`, {
        option: 'mode',
      })
    }
    if (configured !== undefined && configured !== mode.limit) {
      throw new BadOptionError(`'${name}' has ${configured} permits in this cluster, not ${mode.limit}`, { option: 'mode' })
    }
  }
}

function cureFor(mode: Mode): string {
  const names = algorithms.filter((kind) => carries(kind, mode)).map(({ name }) => name)
  if (names.length === 0) return 'No algorithm has it: give one of these modes'
  return `Give one of these modes, or createNode({ algorithm }) one of ${names.join(', ')}`
}
