import type { NodeId } from '../base/ids.ts'
import type { Mode } from '../base/mode.ts'
import type { Stamp } from '../clock/stamp.ts'
import type { Carried } from '../view/flush-host.ts'
import type { View } from '../view/view.ts'

/** What an algorithm sees of the world: one lock, in one view, in which nobody fails. */
export interface Site<M> {
  readonly self: NodeId
  /** The other members of this view, in ring order beginning with the one after `self`. */
  readonly peers: readonly NodeId[]
  /** Who holds the lock as this view begins. */
  readonly carried: readonly Carried[]
  /** Where a token begins in this view if nobody carries the lock: drawn by rendezvous hashing of its name. */
  readonly firstPlace: NodeId
  send(to: NodeId, message: M): void
  /** The local request may enter. Called once for each request that was not cancelled. */
  granted(): void
}

/**
 * A mutual exclusion algorithm at one site, written as in its paper: fixed membership, no failures, messages in order.
 * The view layer makes it survive crashes, partitions, joins and leaves by starting it afresh.
 *
 * At most one request is pending at a time. With `exclusive` and `shared` at most one is entered; with permits the site
 * may ask again while it is inside, and `release` gives up one entry.
 */
export interface Algorithm<M> {
  request(stamp: Stamp, mode: Mode): void
  receive(from: NodeId, message: M): void
  release(): void
  /** Withdraws the pending request. Whatever arrives for it later must count for nothing. */
  cancel(): void
  /** True when somebody else is known to wait: then the local queue may not keep the lock to itself. */
  wanted(): boolean
  /** False only with proof that `peer` is not inside. */
  mayHold(peer: NodeId): boolean
  /** The state is again what a fresh instance in this view would have, and no reply is outstanding. */
  idle(): boolean
  /** The lock has rested here for a while: give back lazily what keeps instances alive. Outside the paper's count. */
  rest?(): void
  /** What an onlooker may be told: permissions kept, the token's presence, who waits. */
  describe(): Description
}

export interface Description {
  readonly token?: boolean
  readonly permissions?: readonly NodeId[]
  readonly waiting?: readonly NodeId[]
}

/** How an algorithm is made and named, and what holds where it has no instance. */
export interface AlgorithmKind<M> {
  readonly name: string
  readonly modes: readonly ('exclusive' | 'shared' | 'permits')[]
  create(site: Site<M>): Algorithm<M>
  /** For a lock of which `self` has no instance: may `peer` be inside without self's knowing? */
  untouched(view: View, carried: readonly Carried[], firstPlace: NodeId, self: NodeId, peer: NodeId): boolean
}
