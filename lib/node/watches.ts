/**
 * This file gives the users of this node the changes of locks in the whole cluster. Each watch subscribes to each member of the view, and
 * again at each view change; `subscriptions.ts` is the other side. A watch outlives the node's id: while the node is in no view it tells
 * nothing new, and afterwards what has changed.
 */
import { type HoldfastError, OverloadedError } from '../base/errors.ts'
import type { NodeId } from '../base/ids.ts'
import { checkName } from '../base/names.ts'
import { closedError } from '../port/errors.ts'
import {
  type LockState,
  type LockWatch,
  parseWatchOptions,
  StateWatch,
  type WatchOptions,
  type WatchSource,
} from '../port/watch.ts'
import type { MessageOf } from '../wire/messages.ts'
import type { Mail } from '../world/runtime.ts'
import { mergedState, PeerStates } from './peer-states.ts'

export interface LockWatchesOptions {
  readonly mail: Mail
  /** The monotonic clock. */
  nowMs(): number
  /** A first watch has begun, or the last one is over. */
  used?(isUsed: boolean): void
}

/** How many watches a node may have open at once: its members take no more of one peer. */
const watchesMax = 256

export class LockWatches {
  private readonly options: LockWatchesOptions
  private readonly open = new Map<number, Watching>()
  private members: readonly NodeId[] | null = null
  private lastNumber = 0
  private failure: HoldfastError | null = null

  constructor(options: LockWatchesOptions) {
    this.options = options
  }

  /** @throws BAD_OPTION */
  watch(pattern: string, options: WatchOptions | undefined): LockWatch {
    const name = checkName(pattern, 'pattern')
    return new StateWatch(name, parseWatchOptions(options), new Watching(this))
  }

  /** A view is active: every watch asks its members, also those that it asked before. */
  subscribe(members: readonly NodeId[]): void {
    this.members = members
    for (const watching of this.open.values()) watching.subscribe(members)
  }

  /** An observer: a member is connected again. It has forgotten the subscriptions of a connection that ended. */
  reopened(peer: NodeId): void {
    if (this.open.size === 0 || this.members?.includes(peer) !== true) return
    for (const watching of this.open.values()) watching.ask(peer)
  }

  receive(from: NodeId, message: MessageOf<'watch.news'> | MessageOf<'watch.refuse'>): void {
    const watching = this.open.get(message.watch)
    if (watching === undefined) {
      // It is over, and the peer does not know it yet.
      if (message.type === 'watch.news') this.options.mail.send(from, { type: 'watch.stop', watch: message.watch })
    } else if (message.type === 'watch.news') watching.news(from, message)
    else watching.refused(from, message.round)
  }

  /** Ends all watches with an error, and refuses new ones. */
  close(failure: HoldfastError = closedError()): void {
    this.failure = failure
    for (const watching of [...this.open.values()]) watching.fail(failure)
  }

  // What a watch asks.

  begin(watching: Watching): void {
    if (this.failure !== null) throw this.failure
    if (this.open.size >= watchesMax)
      throw new OverloadedError(`too many watches are open at this node: end some, or share one; at most ${watchesMax} may be`)
    watching.number = ++this.lastNumber
    this.open.set(watching.number, watching)
    if (this.open.size === 1) this.options.used?.(true)
    if (this.members !== null) watching.subscribe(this.members)
  }

  end(number: number, peers: Iterable<NodeId>): void {
    if (!this.open.delete(number)) return
    for (const peer of peers) this.options.mail.send(peer, { type: 'watch.stop', watch: number })
    if (this.open.size === 0) this.options.used?.(false)
  }

  get mail(): Mail {
    return this.options.mail
  }

  nowMs(): number {
    return this.options.nowMs()
  }
}

/** One watch: what each member told of the locks that fit its pattern. */
class Watching implements WatchSource {
  private readonly watches: LockWatches
  private readonly peers = new Map<NodeId, PeerStates>()
  private watch: StateWatch | null = null
  /** By which its messages name it. */
  number = 0
  private lastRound = 0

  constructor(watches: LockWatches) {
    this.watches = watches
  }

  begin(watch: StateWatch): void {
    this.watch = watch
    try {
      this.watches.begin(this)
    } catch (error) {
      watch.fail(error as HoldfastError)
    }
  }

  read(name: string): LockState {
    return mergedState(name, this.peers, this.watches.nowMs())
  }

  end(): void {
    this.watches.end(this.number, this.peers.keys())
    this.peers.clear()
  }

  subscribe(members: readonly NodeId[]): void {
    for (const [peer, states] of this.peers) {
      if (members.includes(peer)) continue
      this.peers.delete(peer)
      for (const name of states.names()) this.watch?.changed(name)
    }
    for (const peer of members) this.ask(peer)
  }

  ask(peer: NodeId): void {
    let states = this.peers.get(peer)
    if (states === undefined) this.peers.set(peer, (states = new PeerStates()))
    const round = ++this.lastRound
    states.begin(round)
    this.watches.mail.send(peer, { type: 'watch.start', watch: this.number, round, pattern: this.watch?.pattern ?? '*' })
  }

  news(from: NodeId, { watch, round, isWhole, locks }: MessageOf<'watch.news'>): void {
    const states = this.peers.get(from)
    if (states?.round !== round) return
    const nowMs = this.watches.nowMs()
    for (const lock of locks) {
      states.put(lock, nowMs)
      this.watch?.changed(lock.name)
    }
    if (isWhole) for (const name of states.completed()) this.watch?.changed(name)
    this.watches.mail.send(from, { type: 'watch.next', watch })
    for (const { isAnswered } of this.peers.values()) if (!isAnswered) return
    this.watch?.completed()
  }

  refused(from: NodeId, round: number): void {
    if (this.peers.get(from)?.round !== round) return
    this.fail(new OverloadedError(`member ${from} refuses a further watch: end watches that are not needed any more`))
  }

  fail(error: HoldfastError): void {
    this.watch?.fail(error)
  }
}
