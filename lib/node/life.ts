/**
 * This file leads a node from joining to closed. It opens one incarnation after another, each under an id of its own, and closes
 * the last one.
 */
import type { TimerHandle, World } from '../world/world.ts'
import { type HoldfastError, NoQuorumError, TimeoutError } from '../base/errors.ts'
import type { NodeId } from '../base/ids.ts'
import type { Loss } from '../base/loss.ts'
import { messageOf } from '../base/message-of.ts'
import { plainAddress } from '../base/address.ts'
import type { Counters } from '../observe/counters.ts'
import type { Event } from '../observe/events.ts'
import type { Message } from '../wire/messages.ts'
import { unwatchAbort, watchAbort } from '../base/abort-watch.ts'
import { abortedError, closedError } from './hold.ts'
import { defaultDrainMs, Drain, lossAfter } from './drain.ts'
import { Incarnation, type IncarnationOwner } from './incarnation.ts'
import { Opening } from './opening.ts'
import type { Settings } from './options.ts'
import { recoveryRefusal } from './recovery.ts'
import type { Host } from './requests.ts'

/**
 * `joining` until the first active view, then `active`; `rejoining` after a session ended, until the node is back under
 * a new id; after `close`: `draining` while holds are open, then `closing`, then `closed`.
 */
export type NodeState = 'joining' | 'active' | 'rejoining' | 'draining' | 'closing' | 'closed'

/** The parts of a node that outlive its incarnations. */
export interface Parts {
  /** An incarnation is open, though no member yet. */
  opened(incarnation: Incarnation): void
  /** It is over, and about to be closed. */
  retired(incarnation: Incarnation): void
  /** The node takes no requests any more: the waiters are told. */
  closing(): void
  closed(): void
  received(from: NodeId, message: Message): void
  peerGone(peer: NodeId): void
  emit(event: Event): void
}

const recoverDelayMs = 100
const rejoinDelayMs = 200
const rejoinDelayMsMax = 2000

/** A node's life from joining to closing: one incarnation after the other, each under an id of its own. */
export class Life implements IncarnationOwner, Host {
  incarnation: Incarnation | null = null
  state: NodeState = 'joining'
  /** The id of the latest incarnation, which stays readable when that is over. */
  id: NodeId = ''
  private readonly world: World
  private settings: Settings
  private readonly counters: Counters
  private readonly parts: Parts
  private joined: { resolve(): void; reject(error: unknown): void } | null = null
  private departed: (() => void) | null = null
  private ending: Promise<void> | null = null
  private drain: Drain | null = null
  /** Resolves when the incarnation before is closed, so that the next may listen at the same address. */
  private cleared: Promise<void> = Promise.resolve()
  /** Resolves when no incarnation is being opened, for a node that is closed while it comes back. */
  private opening: Promise<void> = Promise.resolve()
  private patience = new Opening()
  private rejoinTimer: TimerHandle
  private rejoinAttempts = 0
  private recoverTimer: TimerHandle
  /** Why the latest incarnation ended; null while none has. */
  private latestEnd: Loss | null = null

  constructor(world: World, settings: Settings, counters: Counters, parts: Parts) {
    this.world = world
    this.settings = settings
    this.counters = counters
    this.parts = parts
  }

  get over(): boolean {
    return this.state === 'draining' || this.isLeaving
  }

  /** Nothing can be asked of the others any more. */
  get isLeaving(): boolean {
    return this.state === 'closing' || this.state === 'closed'
  }

  hasActiveView(): boolean {
    return this.state === 'active' && this.incarnation !== null && this.incarnation.views.sessionRemainingMs() > 0
  }

  /** Resolves at the first active view. On refusal, deadline or abort everything is closed before it rejects. */
  async join(): Promise<void> {
    const { waitMs, signal, cluster } = this.settings
    const active = new Promise<void>((resolve, reject) => {
      this.joined = { resolve, reject }
    })
    // It may be rejected while the incarnation is still being opened; it is awaited right after.
    active.catch(() => {})
    const timer =
      waitMs === undefined ? undefined : this.world.setTimer(waitMs, () => this.joined?.reject(this.deadlineError(waitMs)))
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

  /** Waits for holds, gives up what is left, leaves, and resolves when the others go on without this node. */
  close(drainMs: number | undefined): Promise<void> {
    if (this.ending === null) this.ending = this.leaveAndShut(drainMs ?? defaultDrainMs)
    else if (drainMs !== undefined) this.drain?.hurry(drainMs)
    return this.ending
  }

  released(): void {
    if (this.drain !== null && this.holdCount === 0) this.drain.end()
  }

  emit(event: Event): void {
    this.parts.emit(event)
  }

  received(from: NodeId, message: Message): void {
    this.parts.received(from, message)
  }

  peerGone(peer: NodeId): void {
    this.parts.peerGone(peer)
  }

  activated(): void {
    if (!this.over) this.state = 'active'
    if (!this.settings.wasMember) this.settings = { ...this.settings, wasMember: true }
    this.rejoinAttempts = 0
    this.joined?.resolve()
  }

  ended(loss: Loss): void {
    this.latestEnd = loss
    if (this.over) {
      this.drain?.end()
      return this.departed?.()
    }
    if (this.state === 'active') this.state = 'rejoining'
    this.retire(loss)
    this.rejoinSoon()
  }

  refused(error: HoldfastError): void {
    if (this.joined !== null) return this.joined.reject(error)
    this.settings.logger?.error(`the cluster refused this node: ${error.message}`)
    this.ended({ reason: 'refused', message: error.message })
  }

  left(): void {
    this.departed?.()
  }

  /**
   * Goes on with a shorter join list, by an operator's word that the rest is gone for good. Null when it will, or why not.
   * The view is founded anew, above every epoch known here, after everybody unknown has been waited out.
   */
  recover(named: readonly string[]): HoldfastError | null {
    const join = named.map(plainAddress)
    const refusal = recoveryRefusal(this, this.settings, join)
    if (refusal !== null || this.over) return refusal ?? closedError()
    if (join.length === this.settings.config.joinList.length) return null
    this.settings.logger?.warn(`told to found with a shorter join list: ${join.join(', ')}`)
    // The answer leaves first.
    this.world.clearTimer(this.recoverTimer)
    this.recoverTimer = this.world.setTimer(recoverDelayMs, () => this.recoverNow(join))
    return null
  }

  private recoverNow(join: readonly string[]): void {
    const { settings } = this
    if ((this.incarnation?.views.view ?? null) !== null)
      return settings.logger?.warn('the join list stays as it is: meanwhile there is a view of a majority of it')
    this.settings = { ...settings, join, config: { ...settings.config, joinList: join } }
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
    const incarnation = await Incarnation.open(this.world, this.settings, this.counters, this, patience)
    if (this.over) return await incarnation.close(lossAfter(0))
    this.incarnation = incarnation
    this.id = incarnation.id
    this.parts.opened(incarnation)
    incarnation.start()
  }

  private retire(loss: Loss): void {
    const { incarnation } = this
    if (incarnation === null) return
    // A node that comes back has no membership of before, but it is the same voter: it founds nothing below what it was in.
    this.settings = { ...this.settings, epochFloor: incarnation.epochMax }
    this.parts.retired(incarnation)
    this.incarnation = null
    this.cleared = incarnation.close(loss)
  }

  private rejoinSoon(): void {
    const delayMs = Math.min(rejoinDelayMsMax, rejoinDelayMs * 2 ** this.rejoinAttempts++) * (0.5 + this.world.random.next())
    this.world.clearTimer(this.rejoinTimer)
    this.rejoinTimer = this.world.setTimer(delayMs, () => void this.rejoin())
  }

  private async rejoin(): Promise<void> {
    try {
      await this.cleared
      if (this.over || this.incarnation !== null) return
      await this.open()
    } catch (error) {
      if (this.over) return
      this.settings.logger?.error(`could not come back: ${messageOf(error)}`)
      this.retire({ reason: 'failed', message: messageOf(error) })
      this.rejoinSoon()
    }
  }

  private get holdCount(): number {
    return this.incarnation?.locks.holdCount ?? 0
  }

  private async leaveAndShut(drainMs: number): Promise<void> {
    const wasMember = this.state === 'active'
    const isOpen = wasMember && this.holdCount > 0 && drainMs > 0
    if (this.state !== 'closed') this.state = isOpen ? 'draining' : 'closing'
    this.parts.closing()
    this.joined?.reject(closedError())
    if (isOpen) {
      this.drain = new Drain(this.world, drainMs)
      await this.drain.over
      this.state = 'closing'
    }
    const { incarnation } = this
    if (wasMember && incarnation !== null && incarnation.views.phase !== 'ended') await this.leave(incarnation, drainMs)
    await this.shut()
  }

  private async leave(incarnation: Incarnation, drainMs: number): Promise<void> {
    const departed = new Promise<void>((resolve) => {
      this.departed = resolve
    })
    // A peer that cannot be reached cannot be waited for: after a session's length the others go on in any case.
    const timer = this.world.setTimer(this.settings.config.sessionMs, () => this.departed?.())
    incarnation.locks.giveUp(this.drain?.loss ?? lossAfter(drainMs))
    incarnation.leave()
    await departed
    this.world.clearTimer(timer)
  }

  private async shut(): Promise<void> {
    if (this.state !== 'closed') this.parts.closing()
    this.state = 'closed'
    this.world.clearTimer(this.rejoinTimer)
    this.world.clearTimer(this.recoverTimer)
    this.patience.giveUp()
    await this.opening
    this.retire(lossAfter(0))
    await this.cleared
    this.parts.closed()
  }

  private deadlineError(waitMs: number): HoldfastError {
    const { join, cluster } = this.settings
    const view = this.incarnation?.views.view ?? null
    if (view !== null) return new TimeoutError(`view ${view.epoch} of cluster '${cluster}' was not active within ${waitMs} ms`)
    if (this.incarnation === null && this.patience.what !== null)
      return new TimeoutError(
        `cluster '${cluster}' was not joined within ${waitMs} ms: this node still waits for ${this.patience.what}`,
      )
    const trouble = this.incarnation?.trouble ?? null
    if (trouble !== null) return new NoQuorumError(`no view of cluster '${cluster}' within ${waitMs} ms: ${trouble}`)
    const address = this.incarnation?.address ?? ''
    const voteless =
      typeof join === 'string' || join.includes(address) ? '' : ` This node has no vote: ${address} is not in the list.`
    const asked =
      typeof join === 'string' ? 'is the local directory usable' : `is a majority of ${join.join(', ')} up and reachable`
    const cause = this.incarnation?.obstacle ?? undefined
    const ended = this.latestEnd === null ? '' : ` The latest attempt ended: ${this.latestEnd.message}.`
    const hint = cause === undefined ? ended : ` The latest dial failed: ${cause.message}`
    return new NoQuorumError(`no view of cluster '${cluster}' within ${waitMs} ms: ${asked}?${voteless}${hint}`, { cause })
  }
}
