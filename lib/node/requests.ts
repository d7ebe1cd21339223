/**
 * This file takes the users' requests. It checks them and gives them to the present incarnation, and keeps them while the node
 * has none.
 */
import type { TimerHandle, World } from '../world/world.ts'
import { BadOptionError, type HoldfastError } from '../base/errors.ts'
import type { Mode } from '../base/mode.ts'
import { checkName } from '../base/names.ts'
import { algorithmKind } from '../mutex/algorithms.ts'
import type { ClusterConfig } from '../view/view.ts'
import { type AcquireOptions, parseAcquireOptions } from './acquire-options.ts'
import { abortedError, closedError, type Hold, type HoldOwner, NodeHold } from './hold.ts'
import type { Incarnation } from './incarnation.ts'
import { firstMatch } from './options.ts'

/** What requests ask of the node's life. */
export interface Host {
  readonly incarnation: Incarnation | null
  /** No request is taken any more: the node drains, closes or is closed. */
  readonly over: boolean
  hasActiveView(): boolean
  /** A hold was given up by its owner. */
  released(): void
}

/** So many grants without a message may follow each other in one turn of the loop. */
const burstMax = 64

type Task<T> = (hold: Hold) => T | Promise<T>

/** The users' requests: checked, handed to the incarnation that there is, kept while there is none. */
export class Requests implements HoldOwner {
  private readonly world: World
  private readonly config: ClusterConfig
  private readonly host: Host
  private readonly hasPermits: boolean
  /** Waiters that no incarnation knows yet: between two of them, or after a burst. In the order in which they came. */
  private shelf = new Set<NodeHold>()
  private checkedName: string | null = null
  /** Grants without any message since the loop last took input. */
  private burst = 0
  private isTakingInput = false

  constructor(world: World, config: ClusterConfig, host: Host) {
    this.world = world
    this.config = config
    this.host = host
    this.hasPermits = config.permits.length > 0
  }

  acquire(name: string, options: AcquireOptions | undefined): Promise<Hold> {
    // Only a request with `ifFree` is ever answered by null.
    return this.request(name, options, false, 'acquire') as Promise<Hold>
  }

  tryAcquire(name: string, options: AcquireOptions | undefined): Promise<Hold | null> {
    return this.request(name, options, true, 'tryAcquire')
  }

  async withLock<T>(name: string, options: AcquireOptions | undefined, task: Task<T>): Promise<T> {
    if (typeof task !== 'function') throw new BadOptionError('withLock takes a function as its last argument', { option: 'fn' })
    const hold = (await this.request(name, options, false, 'withLock')) as Hold
    let result: T
    try {
      // It may have been lost between the grant and this turn, by `close` for one.
      hold.check()
      result = await task(hold)
    } catch (error) {
      await hold.release()
      throw error
    }
    // Released by the task itself: protection ended when the task said so.
    const intact = hold.state !== 'lost'
    await hold.release()
    if (intact) return result
    throw (hold as NodeHold).loss
  }

  /** The incarnation takes over the waiters that none knew. */
  moveTo(incarnation: Incarnation): void {
    const waiters = this.shelf
    this.shelf = new Set()
    for (const waiter of waiters) incarnation.locks.acquire(waiter)
  }

  /** The incarnation is over: its waiters wait here for the next. */
  takeFrom(incarnation: Incarnation): void {
    const waiters = new Set(incarnation.locks.takeWaiters() as NodeHold[])
    for (const waiter of this.shelf) waiters.add(waiter)
    this.shelf = waiters
  }

  /** Everybody who waits gets such an error, each one of its own: callers add to the stack and the fields of theirs. */
  failAll(newError: () => HoldfastError): void {
    if (this.host.incarnation !== null) this.takeFrom(this.host.incarnation)
    const waiters = this.shelf
    this.shelf = new Set()
    for (const waiter of waiters) waiter.failed(newError())
  }

  release(hold: NodeHold): void {
    this.host.incarnation?.locks.release(hold)
    this.host.released()
  }

  withdraw(hold: NodeHold): void {
    if (!this.shelf.delete(hold)) this.host.incarnation?.locks.cancel(hold)
  }

  sessionRemainingMs(): number {
    return this.host.incarnation?.views.sessionRemainingMs() ?? 0
  }

  judge(): void {
    this.host.incarnation?.views.look()
  }

  judgeQuickly(): void {
    this.host.incarnation?.views.lookQuickly()
  }

  doubtMs(name: string): number {
    return this.host.incarnation?.locks.doubtMs(name) ?? 0
  }

  hasActiveView(): boolean {
    return this.host.hasActiveView()
  }

  trouble(): string | null {
    return this.host.incarnation?.trouble ?? null
  }

  setTimer(delayMs: number, fire: () => void): TimerHandle {
    return this.world.setTimer(delayMs, fire)
  }

  clearTimer(handle: TimerHandle): void {
    this.world.clearTimer(handle)
  }

  private request(name: string, options: AcquireOptions | undefined, ifFree: boolean, call: string): Promise<Hold | null> {
    try {
      if (this.host.over) throw closedError()
      if (name !== this.checkedName) this.checkedName = checkName(name, 'lock name')
      const defaultMode = this.hasPermits ? (firstMatch(this.config.permits, name) ?? 'exclusive') : 'exclusive'
      if (options === undefined)
        return this.enqueue(new NodeHold(this, name, defaultMode, 0, undefined, ifFree), undefined, undefined)
      const { waitMs, signal, mode, priority, meta } = parseAcquireOptions(options, defaultMode, call)
      if (mode !== 'exclusive') this.checkMode(name, mode)
      if (signal?.aborted === true) throw abortedError(name, signal)
      return this.enqueue(new NodeHold(this, name, mode, priority, meta, ifFree), waitMs, signal)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  private enqueue(hold: NodeHold, waitMs: number | undefined, signal: AbortSignal | undefined): Promise<Hold | null> {
    const { incarnation } = this.host
    if (incarnation === null) this.shelf.add(hold)
    else if (this.burst >= burstMax) this.takeInputFirst(hold)
    else if (incarnation.locks.acquire(hold)) {
      this.burst++
      return Promise.resolve(hold)
    }
    return hold.pending(waitMs, signal)
  }

  /**
   * A loop of acquires that need no message would run on promises alone, and neither the others' requests nor this node's
   * own renewals would ever be heard. So after a burst the loop takes its input, and the waiter waits for that like any
   * other: its deadline and its signal count.
   */
  private takeInputFirst(hold: NodeHold): void {
    this.shelf.add(hold)
    if (this.isTakingInput) return
    this.isTakingInput = true
    this.world.nextTurn(() => {
      this.isTakingInput = false
      this.burst = 0
      if (this.host.incarnation !== null) this.moveTo(this.host.incarnation)
    })
  }

  private checkMode(name: string, mode: Mode): void {
    const { algorithm, algorithms, permits } = this.config
    const kind = algorithmKind(firstMatch(algorithms, name) ?? algorithm)
    if (!kind.modes.includes(typeof mode === 'number' ? 'permits' : mode)) {
      throw new BadOptionError(`the algorithm of '${name}', ${kind.name}, knows only the modes ${kind.modes.join(', ')}`, {
        option: 'mode',
      })
    }
    const configured = firstMatch(permits, name)
    if (typeof mode === 'number' && configured === undefined && kind.fixedPermits === true) {
      const cure = `createNode({ permits: { '${name}': ${mode} } })`
      throw new BadOptionError(`${kind.name} needs the number of permits of '${name}' from the whole cluster: ${cure}`, {
        option: 'mode',
      })
    }
    if (typeof mode === 'number' && configured !== undefined && configured !== mode) {
      throw new BadOptionError(`'${name}' has ${configured} permits in this cluster, not ${mode}`, { option: 'mode' })
    }
  }
}
