/**
 * This file declares what a register does: it decides the successor of a view, and it says whether a view is still the newest.
 */
import type { HoldfastError } from '../base/errors.ts'
import type { NodeId } from '../base/ids.ts'
import type { Loss } from '../base/loss.ts'
import type { Instant } from '../clock/pessimistic.ts'
export type { Instant } from '../clock/pessimistic.ts'
import type { MessagesOf } from '../wire/messages.ts'
import type { Epochs } from './epochs.ts'
import type { View } from './view.ts'
import type { VoteKeeper } from './vote.ts'

/** The messages of registers. */
export type RegisterMessage = MessagesOf<'vote' | 'session'>

/**
 * A register decides views. It has two operations: *decide the successor of e*, and *am I still in the newest view, asked at s*.
 * Sessions, quarantine and the flush are written once and use only these.
 */
export interface Register {
  /** Whether a node that is not a member may propose if no member can be reached. */
  readonly openToJoiners: boolean
  /**
   * Whether a session must be renewed as soon as a view begins: questions in the view before are not answered any more. Otherwise
   * the session is renewed in its own time, and a view change does not pay for it.
   */
  readonly renewsWithView: boolean
  /** Begins: looks for the newest view, or founds one with `self` in it when this node may. */
  start(listener: RegisterListener): void
  /** Tries to make `successor` the view after `current`. The decision, this one or another, arrives as `decided`. */
  propose(current: View, successor: View): void
  /** How long until a successor with this epoch may be proposed, in milliseconds; with 0 or without this method: at once. */
  waitMs?(current: View, epoch: number): number
  /** Asks whether this node is still in the newest view; `renewed` tells when that question was put. */
  renew(current: View): void
  /** Whether this member is known to have renewed its session, or to have answered this node's renewal, a moment ago. */
  vouchesFor(id: NodeId): boolean
  /**
   * Whether it is plain to see, without a message, that this node runs: then this node believes no accusation of it. Without this
   * method nothing is.
   */
  showsAlive?(id: NodeId): boolean
  /**
   * Asked after a decision that left `id` out: how long its session can last from now, in milliseconds. Null, or no such method,
   * if no process can tell.
   */
  sessionLeftMs?(id: NodeId): number | null
  /**
   * This membership and its holds are over. The argument is the rest of its session by its own clocks, in milliseconds, so that
   * others wait no longer. Null if the node has left: then no node waits for it.
   */
  ended?(leftMs: number | null): void
  /** Looks for views that are newer than the last reported one, if that is cheap. */
  look(): void
  /** A peer says that this view is decided. */
  heard(view: View): void
  /** The highest epoch that this node voted on, was in or heard of: a view that it founds later must have a higher one. */
  readonly epochMax: number
  /** This node's process was in a view with this epoch, and enters none that is not above; 0 if it was in none. */
  readonly floor: number
  /** A node is known to be at this address: a link proved it. */
  peerAt(id: NodeId, address: string): void
  receive(from: NodeId, message: RegisterMessage): void
  timer(timer: RegisterTimer): void
  stop(): void
}

/** The registers' own timers; they share the context, and so the dispatcher, of `Views`. */
export interface RegisterTimer {
  readonly type: 'register'
  readonly what: 'found' | 'retry' | 'unfinished' | 'sealed'
}

export interface RegisterListener {
  /** This view is decided: no other view will ever follow its predecessor. */
  decided(view: View): void
  /** Another member renews its session: this node may do so in the same turn. */
  renewing(): void
  /** A renewal that began at this monotonic, wall and boot time has succeeded. */
  renewed(started: Instant): void
  /** A successor was begun and not decided: any member may finish it, and should, if necessary with the same members. */
  unfinished(): void
  /** The register can never serve this membership again: the directory is gone or was replaced. */
  ended(loss: Loss): void
  /** The register's data is damaged, and no request can be served before it is repaired. */
  refused(error: HoldfastError): void
}

/** What every register needs to know of its node. */
export interface RegisterOptions {
  readonly cluster: string
  readonly address: string
  readonly config: View['config']
  /** What is remembered of the epochs that were used. */
  readonly epochs: Epochs
  /** Quorum register: keeps this voter's vote over restarts (`dataDir`). */
  readonly keeper?: VoteKeeper | null
  /** Quorum register: the voter gives no vote that it cannot keep, because the user named the folder. */
  readonly isVoteDemanded?: boolean
  /** Quorum register: this node founds and accepts above it. */
  readonly epochFloor?: number
}
