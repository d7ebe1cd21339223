/**
 * This file leads a node from joining to closed. It opens one tenure after another, each under an id of its own, and closes
 * the last one.
 */
import { Actors } from '../actor/actors.ts'
import type { Mail } from '../world/runtime.ts'
import type { TimerHandle, World } from '../world/world.ts'
import type { HoldfastError } from '../base/errors.ts'
import type { NodeId } from '../base/ids.ts'
import type { Loss } from '../base/loss.ts'
import { messageOf } from '../base/message-of.ts'
import { counterMax, fenceOf } from '../lock/fence.ts'
import { Counters } from '../observe/counters.ts'
import { Feed } from '../observe/feed.ts'
import type { Message } from '../wire/messages.ts'
import { unwatchAbort, watchAbort } from '../base/abort-watch.ts'
import { defaultDrainMs, lossAfter } from '../port/close-options.ts'
import { ClosingListeners } from '../port/closing.ts'
import { abortedError, closedError } from '../port/errors.ts'
import type { TimeLeft } from '../port/time-left.ts'
import { Assurances } from './assurances.ts'
import type { NodeHold } from './hold.ts'
import { Drain } from './drain.ts'
import { EventLog, type EventLogHost } from './event-log.ts'
import { Tenure } from './tenure.ts'
import { HealthWatch } from './health-watch.ts'
import { joinDeadlineError } from './join-deadline.ts'
import { LogBook } from './log-book.ts'
import { Opening } from './opening.ts'
import type { Settings } from './options.ts'
import { Orders } from './orders.ts'
import { Questions } from './questions.ts'
import { LockWatches } from './watches.ts'
import { RecoveryOrder } from './recovery.ts'
import { Requests } from './requests.ts'
import { Revocations } from './revocations.ts'
import { SelfReport } from './self-report.ts'
import { unguardedAdvice } from './unguarded.ts'

/**
 * `joining` until the first active view, then `active`; `rejoining` after a session ended, until the node is back under
 * a new id; after `close`: `draining` while holds are open, then `closing`, then `closed`.
 */
export type NodeState = 'joining' | 'active' | 'rejoining' | 'draining' | 'closing' | 'closed'

const rejoinDelayMs = 200
const rejoinDelayMsMax = 2000

/** A node's life from joining to closing: one tenure after another, each under its own id, and the parts that outlive them. */
export class Life implements Mail, EventLogHost {
  tenure: Tenure | null = null
  state: NodeState = 'joining'
  /** The id of the latest tenure, also after its end. */
  id: NodeId = ''
  readonly world: World
  settings: Settings
  readonly feed: Feed
  readonly counters = new Counters()
  readonly requests: Requests
  readonly actors: Actors
  readonly questions: Questions
  readonly watches: LockWatches
  readonly report = new SelfReport(this)
  readonly assurances = new Assurances(this)
  readonly recovery = new RecoveryOrder(this)
  readonly orders = new Orders(this)
  readonly revocations = new Revocations(this)
  readonly health: HealthWatch | null
  readonly closing = new ClosingListeners()
  private readonly book: LogBook | null
  private readonly log: EventLog | null
  private joined: { resolve(): void; reject(error: unknown): void } | null = null
  private departed: (() => void) | null = null
  private ending: Promise<void> | null = null
  private drain: Drain | null = null
  /** Resolves when the tenure before is closed, so that the next may listen at the same address. */
  private cleared: Promise<void> = Promise.resolve()
  /** Resolves when no tenure is being opened, for a node that is closed while it comes back. */
  private opening: Promise<void> = Promise.resolve()
  private patience = new Opening()
  private rejoinTimer: TimerHandle
  private rejoinAttempts = 0
  /** Why the latest tenure ended; null while none has. */
  private latestEnd: Loss | null = null
  private saidUnguarded = false

  constructor(world: World, given: Settings) {
    this.world = world
    this.book = given.logger === undefined ? null : new LogBook(given.logger, world)
    const settings = (this.settings = { ...given, logger: this.book?.logger })
    this.feed = new Feed((error) => settings.logger?.error(`a listener of events threw: ${messageOf(error)}`))
    this.feed.watch((event) => this.counters.saw(event))
    this.log = this.book === null ? null : new EventLog(this.book, this)
    if (this.log !== null) this.feed.watch((event) => this.log?.log(event))
    this.requests = new Requests(this, settings.config)
    this.health = settings.health === undefined ? null : new HealthWatch(world, settings.health, this)
    if (this.health !== null) this.requests.holdBack()
    this.actors = new Actors({ world, mail: this, emit: this.feed.emit, mailboxMax: settings.limits.mailboxMax })
    this.questions = new Questions(world, this, this.report)
    this.watches = new LockWatches({ mail: this, nowMs: () => world.time.monotonicMs() })
  }

  /** The node accepts no requests any more: it drains, closes or is closed. */
  get isOver(): boolean {
    return this.state === 'draining' || this.isLeaving
  }

  /** The node can ask other nodes no questions any more. */
  get isLeaving(): boolean {
    return this.state === 'closing' || this.state === 'closed'
  }

  get hasActiveView(): boolean {
    return this.state === 'active' && this.sessionRemainingMs > 0
  }

  /** The rest of the session; 0 without one. */
  get sessionRemainingMs(): number {
    return this.tenure?.views.sessionRemainingMs() ?? 0
  }

  /** The highest fence that any view can grant that this node has heard of. */
  get fenceHighest(): bigint {
    return fenceOf(this.tenure?.epochMax ?? this.settings.epochFloor, counterMax)
  }

  /** The time of a hold of this node. */
  get timeLeft(): TimeLeft {
    const { sessionMs } = this.settings.config
    return {
      remainingMs: this.sessionRemainingMs,
      renewedMs: sessionMs,
      bound: { ms: sessionMs, what: 'a session (profile.session)' },
    }
  }

  get address(): string {
    return this.tenure?.address ?? ''
  }

  addressOf(peer: NodeId): string | undefined {
    return this.tenure?.addressOf(peer)
  }

  self(): NodeId {
    return this.id
  }

  send(to: NodeId, message: Message): void {
    this.tenure?.links.send(to, message)
  }

  /** Resolves at the first active view. After a refusal, a deadline or an abort it closes everything before it rejects. */
  async join(): Promise<void> {
    const { waitMs, signal, cluster } = this.settings
    const active = new Promise<void>((resolve, reject) => {
      this.joined = { resolve, reject }
    })
    // It may be rejected while the tenure is still being opened; it is awaited right after.
    active.catch(() => {})
    const timer =
      waitMs === undefined
        ? undefined
        : this.world.setTimer(waitMs, () =>
            this.joined?.reject(joinDeadlineError(this, this.patience.what, this.latestEnd, waitMs)),
          )
    const onAbort = (): void => this.joined?.reject(abortedError(`cluster ${cluster}`, signal))
    try {
      if (signal?.aborted === true) throw abortedError(`cluster ${cluster}`, signal)
      if (signal !== undefined) watchAbort(signal, onAbort)
      await Promise.race([this.open(), active])
      await active
    } catch (error) {
      await this.shut()
      throw error
    } finally {
      this.joined = null
      this.world.clearTimer(timer)
      if (signal !== undefined) unwatchAbort(signal, onAbort)
    }
  }

  /** Waits for holds, ends the rest, leaves, and resolves when the others go on without this node. */
  close(drainMs: number | undefined): Promise<void> {
    if (this.ending === null) {
      this.closing.tell()
      this.ending = this.leaveAndShut(drainMs ?? defaultDrainMs)
    } else if (drainMs !== undefined) this.drain?.hurry(drainMs)
    return this.ending
  }

  /** The owner released a hold. */
  released(hold: NodeHold): void {
    this.tenure?.locks.release(hold)
    if (this.drain !== null && this.holdCount === 0) this.drain.end()
  }

  /** A hold is over before its release, and the session goes on. */
  forfeited(hold: NodeHold, loss: Loss): void {
    this.tenure?.locks.forfeit(hold, loss)
    if (this.drain !== null && this.holdCount === 0) this.drain.end()
  }

  /** The user's check fails. The owners are told first, then the locks go on; the node stays a member, and answers the others. */
  unwell(message: string): void {
    this.settings.logger?.warn(`${message}; its holds are given up, and its requests wait`)
    this.requests.holdBack()
    this.tenure?.locks.giveUp({ reason: 'unhealthy', message })
    if (this.drain !== null && this.holdCount === 0) this.drain.end()
  }

  /** The user's check passes. */
  well(): void {
    this.settings.logger?.info('the health check of this node passes; its requests go on')
    this.requests.goOn()
  }

  // What the tenure tells.

  /** A view is active: the node is, or is again, a member. */
  activated(): void {
    if (!this.isOver) this.state = 'active'
    if (!this.settings.wasMember) this.health?.start()
    if (!this.settings.wasMember) this.settings = { ...this.settings, wasMember: true }
    this.rejoinAttempts = 0
    this.watches.subscribe(this.tenure?.views.view?.members.map(({ id }) => id) ?? [])
    this.joined?.resolve()
    this.orders.activated()
  }

  /** The tenure is over: its session ended, or its register failed. */
  ended(loss: Loss): void {
    this.latestEnd = loss
    if (this.isOver) {
      this.drain?.end()
      return this.departed?.()
    }
    if (this.state === 'active') this.state = 'rejoining'
    this.retire(loss)
    this.rejoinSoon()
  }

  /** The cluster does not accept this node. */
  refused(error: HoldfastError): void {
    if (this.joined !== null) return this.joined.reject(error)
    this.settings.logger?.error(`the cluster refused this node: ${error.message}`)
    this.ended({ reason: 'refused', message: error.message })
  }

  /** The node has left: the others run a view without it, or there are no others. */
  left(): void {
    this.departed?.()
  }

  /** Founds anew with a shorter join list, under another id. The caller has checked whether it may. */
  foundWith(join: readonly string[]): void {
    this.settings = { ...this.settings, join, config: { ...this.settings.config, joinList: join } }
    this.ended({ reason: 'founding', message: 'an operator told this node to found with a shorter join list' })
  }

  private open(): Promise<void> {
    const patience = new Opening()
    this.patience = patience
    const opening = this.openNext(patience).finally(() => {
      patience.what = null
    })
    this.opening = opening.catch(() => {})
    return opening
  }

  private async openNext(patience: Opening): Promise<void> {
    const tenure = await Tenure.open(this, patience)
    if (this.isOver) return await tenure.close(lossAfter(0))
    this.tenure = tenure
    this.id = tenure.id
    this.warnIfUnguarded(tenure.address)
    this.actors.movedTo(tenure.id)
    this.requests.moveTo(tenure)
    tenure.start()
  }

  private retire(loss: Loss): void {
    const { tenure } = this
    if (tenure === null) return
    // A node that comes back has lost its membership, but it is the same voter: it founds no view below its former views.
    this.settings = { ...this.settings, epochFloor: tenure.epochMax }
    this.log?.reset()
    this.requests.takeFrom(tenure)
    this.questions.reset()
    this.orders.reset()
    this.tenure = null
    this.cleared = tenure.close(loss)
  }

  private rejoinSoon(): void {
    const delayMs = Math.min(rejoinDelayMsMax, rejoinDelayMs * 2 ** this.rejoinAttempts++) * (0.5 + this.world.random.next())
    this.world.clearTimer(this.rejoinTimer)
    this.rejoinTimer = this.world.setTimer(delayMs, () => void this.rejoin())
  }

  private async rejoin(): Promise<void> {
    try {
      await this.cleared
      if (this.isOver || this.tenure !== null) return
      await this.open()
    } catch (error) {
      if (this.isOver) return
      this.settings.logger?.error(`could not come back: ${messageOf(error)}`)
      this.retire({ reason: 'failed', message: messageOf(error) })
      this.rejoinSoon()
    }
  }

  private get holdCount(): number {
    return this.tenure?.locks.holdCount ?? 0
  }

  private async leaveAndShut(drainMs: number): Promise<void> {
    const wasMember = this.state === 'active'
    const isOpen = wasMember && this.holdCount > 0 && drainMs > 0
    if (this.state !== 'closed') this.state = isOpen ? 'draining' : 'closing'
    this.requests.failAll(closedError)
    this.joined?.reject(closedError())
    if (isOpen) {
      this.drain = new Drain(this.world, drainMs)
      await this.drain.over
      this.state = 'closing'
    }
    this.watches.close()
    this.orders.close()
    const { tenure } = this
    if (wasMember && tenure !== null && tenure.views.phase !== 'ended') await this.leave(tenure, drainMs)
    await this.shut()
  }

  private async leave(tenure: Tenure, drainMs: number): Promise<void> {
    const departed = new Promise<void>((resolve) => {
      this.departed = resolve
    })
    // It does not wait longer for an unreachable peer: after a session's length the others go on in any case.
    const timer = this.world.setTimer(this.settings.config.sessionMs, () => this.departed?.())
    tenure.locks.giveUp(this.drain?.loss ?? lossAfter(drainMs))
    tenure.views.leave()
    await departed
    this.world.clearTimer(timer)
  }

  private async shut(): Promise<void> {
    if (this.state !== 'closed') this.requests.failAll(closedError)
    this.state = 'closed'
    this.world.clearTimer(this.rejoinTimer)
    this.health?.stop()
    this.recovery.stop()
    this.patience.giveUp()
    await this.opening
    this.retire(lossAfter(0))
    await this.cleared
    this.actors.close()
    this.book?.close()
  }

  private warnIfUnguarded(address: string): void {
    const advice = this.saidUnguarded ? null : unguardedAdvice(this.settings, address)
    if (advice === null) return
    this.saidUnguarded = true
    this.feed.emit({ type: 'leftUnguarded', address, advice })
  }
}
