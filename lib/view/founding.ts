/** This file leads processes at listed addresses that are in no view to a first view. */
import type { Context } from '../world/context.ts'
import type { NodeId } from '../base/ids.ts'
import type { MessageOf } from '../wire/messages.ts'
import type { RegisterOptions, RegisterTimer } from './register.ts'
import { foundedView, isQuorum, quarantineFullMs, wallEpoch } from './successor.ts'
import type { View } from './view.ts'
import { epochLimit } from './vote.ts'

/**
 * How processes at listed addresses that are in no view come to one (docs/decisions/0010): when each of them tries, which of them
 * gives way, and which view follows from a majority's promises. The ballots are the proposer's and the acceptor's.
 */
export class Founding {
  /** Which node is known to be at which address of the list. */
  readonly addresses = new Map<string, NodeId>()
  private readonly context: Context<RegisterTimer>
  private readonly options: RegisterOptions
  private readonly sessionMs: number
  /** When this node founds next, by the monotonic clock. It never falls: a founder that gave way for long goes on doing so. */
  private dueMs = Number.NEGATIVE_INFINITY

  constructor(context: Context<RegisterTimer>, options: RegisterOptions) {
    this.context = context
    this.options = options
    this.sessionMs = options.config.sessionMs
    if (options.address !== '') this.addresses.set(options.address, context.self)
  }

  /** The place of this node in the join list; -1 when it has no vote. */
  get entry(): number {
    return this.options.config.joinList.indexOf(this.options.address)
  }

  /** The nodes that are known to be at the listed addresses, at most one for each. */
  get founders(): readonly NodeId[] {
    return this.options.config.joinList.map((entry) => this.addresses.get(entry)).filter((id) => id !== undefined)
  }

  peerAt(id: NodeId, address: string): void {
    if (this.options.config.joinList.includes(address) && address !== this.options.address) this.addresses.set(address, id)
  }

  isQuorum(ids: ReadonlySet<NodeId>): boolean {
    const { joinList } = this.options.config
    return isQuorum(joinList, (entry) => {
      const founder = this.addresses.get(joinList[entry] as string)
      return founder !== undefined && ids.has(founder)
    })
  }

  /** Time to hear of a view that exists; then the first of the list founds, the others a little later if it does not. */
  begin(): void {
    this.later(50 + Math.min(this.entry, 10) * 100)
  }

  /** No sooner than that. */
  later(delayMs: number): void {
    const nowMs = this.context.nowMs()
    this.dueMs = Math.max(this.dueMs, nowMs + delayMs + this.context.random.next() * 50)
    this.context.setTimer('vote.found', this.dueMs - nowMs, { type: 'register', what: 'found' })
  }

  /**
   * Another node is founding, so this one gives way. A node that only asks for promises gets the time to come to a vote: it may
   * find that its own clock is wrong. A node that asks for votes gets time as long as it goes on asking. An epoch may have to
   * wait for the slowest of the founders' clocks, and founders that outbid each other in that time would never end.
   */
  giveWay(to: 'asking' | 'voting'): void {
    this.later((this.sessionMs / (to === 'asking' ? 8 : 2)) * (1 + Math.min(this.entry, 4)))
  }

  /**
   * This node's clock may be the wrong one, so another founder should try. This node asks no voter for longer than the last of
   * them gives way to it. Otherwise the first of the list would stop the others again and again without founding a view.
   */
  standAside(): void {
    this.later(this.sessionMs * 3)
  }

  /** The view that follows from these promises; null if no majority of them has clocks that are near enough. */
  viewOf(promised: ReadonlyMap<NodeId, MessageOf<'vote.promise'>>): View | null {
    // A founder whose clock differs by more than a session would delay the founding: it may ask to join instead, and its clock is
    // checked then.
    const wallMs = this.context.wallMs()
    const promises = [...promised].filter(
      ([, promise]) => Math.abs(promise.wallMs - wallMs) <= this.sessionMs && promise.epochMax < epochLimit - 1,
    )
    if (!this.isQuorum(new Set(promises.map(([id]) => id)))) return null
    const { cluster, config } = this.options
    const numbers = promises.flatMap(([, promise]) => [promise.epochMax, wallEpoch(promise.wallMs)])
    const founders = config.joinList.flatMap((address) =>
      promises.filter(([id]) => this.addresses.get(address) === id).map(([id]) => ({ id, address })),
    )
    // An unknown node may still believe in an earlier session.
    return foundedView(cluster, config, 1 + Math.max(...numbers), founders, [
      { id: '*', remainingMs: quarantineFullMs(config.sessionMs), lastEpoch: 0 },
    ])
  }
}
