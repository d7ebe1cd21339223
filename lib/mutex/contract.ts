/**
 * This file is the contract between an algorithm and the lock that runs it: the calls of `Algorithm`, and the `Site` that the
 * algorithm acts on.
 */
import type { NodeId } from '../base/ids.ts'
import type { Carrier, Mode } from '../base/mode.ts'
import type { Stamp } from '../clock/stamp.ts'
import type { Bodies } from '../wire/bodies.ts'
import type { Carried } from '../view/flush-host.ts'

/** A message of an algorithm: it has at least a kind. */
export interface Body {
  /** What the message says, in one word. */
  readonly kind: string
}

/** What an algorithm sees of the world: one lock, in one view, in which no member fails and links keep their order. */
export interface Site<Message extends Body = Body> {
  /** The id of this site. */
  readonly self: NodeId
  /** The other members of this view, in ring order beginning with the one after `self`. */
  readonly peers: readonly NodeId[]
  /** The holders of the lock as this view begins; `self` may be one of them. */
  readonly carried: readonly Carried[]
  /** Where a token begins in this view if the lock is free: drawn by rendezvous hashing of its name. */
  readonly firstPlace: NodeId
  /** Sends a message to another member. */
  send(to: NodeId, message: Message): void
  /** Sends one message to several other members. On real links it is packed once. */
  broadcast(to: Iterable<NodeId>, message: Message): void
  /** The pending request may enter. Where several may be pending (`overlapsRequests`), its stamp names it. */
  granted(stamp?: Stamp): void
  /** The pending request, made with `ifFree`, is refused: another request is inside or before it. It is over. */
  refused(): void
  /**
   * Calls `wake` after a pause: for a token that circulates though no site wants it. A `brief` one is over when this node has read
   * what has arrived.
   */
  pause(isBrief?: boolean): void
  /**
   * Whether that peer is suspected to have failed. It may be only busy: then it keeps its holds, and reads its messages later.
   */
  isSilent(peer: NodeId): boolean
}

/**
 * A mutual exclusion algorithm at one site, written as in its paper: fixed membership, no failures. The view layer makes
 * it survive crashes, partitions, joins and leaves by starting it afresh.
 *
 * One request is pending at a time. An algorithm that `overlapsRequests` is given several at once, all for the same permits and no
 * tries; it may let them enter in any order. A site may be inside several times, as far as the modes go together
 * (`isCompatibleWith`, which an algorithm asks also of two sites): once in each mode of which all its holders are one entry
 * (`isOneEntry`), or again if that was `wanted`; and up to the number of permits (`isCounted`). It asks while it is inside only for
 * what goes together with that. `release` gives up one entry in that mode.
 */
export interface Algorithm<Message extends Body = Body> {
  /**
   * The user asks to enter. With `ifFree` the request is refused instead of waiting. Algorithms that have priorities (`hasPriorities`)
   * serve a higher `priority` first; the others ignore it.
   */
  request(stamp: Stamp, mode: Mode, ifFree: boolean, priority?: number): void
  /** A message of another site has arrived. */
  receive(from: NodeId, message: Message): void
  /** The user leaves: one entry in that mode is over. */
  release(mode: Mode): void
  /** Withdraws the pending request with that stamp. Messages that arrive for it later must have no effect. */
  cancel(stamp: Stamp): void
  /**
   * True when another site is known to wait whose request a holder in that mode keeps waiting: then the local queue may not keep the
   * lock to itself.
   */
  wanted(mode: Mode): boolean
  /** The pending request, which is no try, has a higher priority now. Only where there are priorities. */
  raise?(priority: number): void
  /**
   * The user leaves, and another of this site wants to enter at once with that priority: true if no other site goes first. Then it is
   * inside in the place of the former. Only where there are priorities; they decide instead of the number of such entries.
   */
  mayReenter?(priority: number): boolean
  /** False only with proof that `peer` is not inside. */
  mayHold(peer: NodeId): boolean
  /** The state equals that of a fresh instance in this view, and no reply is outstanding. */
  idle(): boolean
  /**
   * The lock has not been used here for a while: gives back permissions or tokens that keep instances alive, outside the paper's
   * count.
   */
  rest(): void
  /** The pause that was asked for is over. */
  wake?(): void
  /** A peer has become silent, or is heard again: `isSilent` has changed. */
  silenceChanged?(): void
  /** What an observer is told of the lock. */
  describe(): Description
}

/** What an observer may be told. */
export interface Description {
  /** Whether the lock's token is here. */
  readonly token: boolean
  /** Peers that need not be asked again. */
  readonly permissions: readonly NodeId[]
}

/** The factory and the name of an algorithm, and its rules for sites without an instance. */
export interface AlgorithmKind<Message extends Body = Body> extends Carrier {
  /** All permits of one lock must name the same number: the cluster's configuration must set it. */
  readonly fixedPermits?: boolean
  /** Several requests of a site for permits may be pending at once, so that their messages overlap. */
  readonly overlapsRequests?: boolean
  /** Sites are served by the priorities of their requests, aged so that none waits for ever. */
  readonly hasPriorities?: boolean
  /** Every entry asks, as in the paper: the local queue does not hand the lock on by itself. */
  readonly asksAlways: boolean
  /** Makes the instance of one site, for one lock in one view. */
  create(site: Site<Message>): Algorithm<Message>
  /**
   * The same algorithm with options: `raymond:star+greedy` asks `raymond` for `['star', 'greedy']`. Null if an option is unknown.
   */
  withOptions?(options: readonly string[]): AlgorithmKind<Message> | null
  /** Its options, for the error message. */
  readonly options?: readonly string[]
  /** For a lock of which `self` has no instance: may `peer` be inside without self's knowing? */
  untouched(carried: readonly Carried[], firstPlace: NodeId, self: NodeId, peer: NodeId): boolean
}

/** An algorithm that a lock may use: its messages have a form on the wire. */
export interface WiredKind<Message extends Body = Body> extends AlgorithmKind<Message> {
  /** All messages of its sites, by kind. Other messages are dropped. */
  readonly messages: Bodies
  /** The same algorithm with options, as in `AlgorithmKind`. */
  withOptions?(options: readonly string[]): WiredKind<Message> | null
}
