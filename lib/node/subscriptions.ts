/**
 * This file tells other nodes, and observers, how the locks of this node change, as long as they watch. A subscriber acknowledges each news
 * before it gets the next one. Until then the names that change are collected, so a slow subscriber costs one entry for each lock, and gets
 * the latest state. Who watches, and what becomes of the states, is in `watches.ts`.
 */
import type { Context } from '../world/context.ts'
import type { NodeId } from '../base/ids.ts'
import { matchesPattern } from '../base/names.ts'
import type { LockWatcher, NodeLocks } from '../lock/locks.ts'
import type { LockStateRows } from '../lock/rows.ts'
import type { View } from '../view/view.ts'
import { encode } from '../wire/codec.ts'
import type { MessageOf } from '../wire/messages.ts'

interface Subscription {
  readonly peer: NodeId
  readonly watch: number
  /** Which of the peer's requests this is, for the peer: it ignores news for an earlier one. */
  readonly round: number
  readonly pattern: string
  /** Locks that changed since they were told. */
  readonly changed: Set<string>
  /** Locks that were in use when they were told last. */
  readonly told: Set<string>
  /** The latest news was not acknowledged. */
  isAwaited: boolean
  /** All locks in use were told once. */
  isWhole: boolean
  /** No news before this time. */
  restsUntilMs: number
  pruneAt: number
}

/** The least time between two news for one subscriber. A lock changes thousands of times a second. */
const newsIntervalMs = 20
/** A news with many rows takes long to make, so the next one waits longer. */
const rowsPerMs = 50
/** How many rows a news has before the rest waits for the next one. */
const rowsMax = 2000
const metaBytesMax = 256 * 1024
/** Subscriptions of one peer, and of all. */
const ofPeerMax = 256
const subscriptionsMax = 4096
/** Names that changed are looked through for locks that came and went at the earliest at this number. */
const pruneFrom = 1000

export class Subscriptions implements LockWatcher {
  private readonly context: Context<{ readonly type: 'news' }>
  private readonly locks: NodeLocks
  private readonly subscriptions = new Map<string, Subscription>()
  private members: ReadonlySet<NodeId> = new Set()
  private dueMs = Number.POSITIVE_INFINITY

  constructor(context: Context<{ readonly type: 'news' }>, locks: NodeLocks) {
    this.context = context
    this.locks = locks
  }

  /** How many there are. */
  get size(): number {
    return this.subscriptions.size
  }

  /** How many locks wait to be told, for all subscriptions. */
  get backlog(): number {
    let sum = 0
    for (const { changed } of this.subscriptions.values()) sum += changed.size
    return sum
  }

  receive(from: NodeId, message: MessageOf<'watch.start'> | MessageOf<'watch.next'> | MessageOf<'watch.stop'>): void {
    const key = `${message.watch} ${from}`
    if (message.type === 'watch.start') return this.start(key, from, message)
    const subscription = this.subscriptions.get(key)
    if (subscription === undefined) return
    if (message.type === 'watch.stop') return this.remove(key)
    subscription.isAwaited = false
    if (subscription.changed.size > 0) this.wake(subscription)
  }

  /** A lock of this node changed. */
  changed(name: string): void {
    for (const subscription of this.subscriptions.values()) {
      if (!matchesPattern(subscription.pattern, name)) continue
      subscription.changed.add(name)
      if (subscription.changed.size >= subscription.pruneAt) this.prune(subscription)
      if (!subscription.isAwaited) this.wake(subscription)
    }
  }

  timer(): void {
    this.dueMs = Number.POSITIVE_INFINITY
    const nowMs = this.context.nowMs()
    for (const subscription of this.subscriptions.values()) {
      const { isAwaited, changed, isWhole, restsUntilMs } = subscription
      if (isAwaited || (changed.size === 0 && isWhole)) continue
      if (restsUntilMs <= nowMs) this.tell(subscription, nowMs)
      else this.wake(subscription)
    }
  }

  /** Members that are in no view any more watch nothing. Others, observers too, watch as long as they are connected. */
  installed(view: View): void {
    const before = this.members
    this.members = new Set(view.members.map(({ id }) => id))
    for (const id of before) if (!this.members.has(id)) this.peerGone(id)
  }

  /** The connection of a peer ended. A member is sent later what it was not sent; another one has to ask again. */
  closed(peer: NodeId): void {
    if (!this.members.has(peer)) this.peerGone(peer)
  }

  peerGone(peer: NodeId): void {
    if (this.subscriptions.size === 0) return
    for (const [key, subscription] of this.subscriptions) if (subscription.peer === peer) this.remove(key)
  }

  private start(key: string, peer: NodeId, { watch, round, pattern }: MessageOf<'watch.start'>): void {
    this.subscriptions.delete(key)
    let ofPeer = 0
    for (const each of this.subscriptions.values()) if (each.peer === peer) ofPeer++
    if (ofPeer >= ofPeerMax || this.subscriptions.size >= subscriptionsMax) {
      this.remove(key)
      return this.context.send(peer, { type: 'watch.refuse', watch, round })
    }
    const subscription: Subscription = {
      peer,
      watch,
      round,
      pattern,
      changed: new Set(this.locks.namesInUse(pattern)),
      told: new Set(),
      isAwaited: false,
      isWhole: false,
      restsUntilMs: 0,
      pruneAt: pruneFrom,
    }
    this.subscriptions.set(key, subscription)
    this.locks.watcher = this
    this.wake(subscription)
  }

  private remove(key: string): void {
    this.subscriptions.delete(key)
    if (this.subscriptions.size === 0) this.locks.watcher = null
  }

  private wake({ restsUntilMs }: Subscription): void {
    const nowMs = this.context.nowMs()
    const dueMs = Math.max(nowMs, restsUntilMs)
    if (dueMs >= this.dueMs) return
    this.dueMs = dueMs
    this.context.setTimer('news', dueMs - nowMs, { type: 'news' })
  }

  private tell(subscription: Subscription, nowMs: number): void {
    const { peer, watch, round, changed, told } = subscription
    const locks: LockStateRows[] = []
    let rows = 0
    let metaBytes = 0
    for (const name of changed) {
      if (rows >= rowsMax || metaBytes >= metaBytesMax) break
      changed.delete(name)
      const state = this.locks.state(name)
      rows += 1 + state.held.length + state.pending.length
      for (const row of [state.held, state.pending].flat()) if (row.meta !== undefined) metaBytes += encode(row.meta).length
      const isInUse = state.held.length + state.pending.length > 0
      if (isInUse) told.add(name)
      else if (!told.delete(name)) continue
      locks.push(state)
    }
    subscription.restsUntilMs = nowMs + newsIntervalMs + rows / rowsPerMs
    const isWhole = changed.size === 0
    const isFirst = isWhole && !subscription.isWhole
    if (locks.length === 0 && !isFirst) {
      if (!isWhole) this.wake(subscription)
      return
    }
    subscription.isWhole ||= isWhole
    subscription.isAwaited = true
    this.context.send(peer, { type: 'watch.news', watch, round, isWhole, locks })
  }

  private prune(subscription: Subscription): void {
    const { changed, told } = subscription
    for (const name of changed) if (!told.has(name) && !this.locks.isInUse(name)) changed.delete(name)
    subscription.pruneAt = Math.max(pruneFrom, 2 * changed.size)
  }
}
