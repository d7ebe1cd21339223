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
 * What decides views. Two operations carry everything above: *decide the successor of e*, and *am I still in the
 * newest view, asked at s*. Sessions, quarantine and the flush are written once against them.
 */
export interface Register {
  /** Whether a node that is no member may propose, when no member can be reached. */
  readonly openToJoiners: boolean
  /** Begins: looks for the newest view, or founds one with `self` in it when this node may. */
  start(listener: RegisterListener): void
  /** Tries to make `successor` the view after `current`. What is decided instead arrives as `decided`. */
  propose(current: View, successor: View): void
  /** How long until a successor with this epoch may be proposed, in milliseconds; 0 or no such method: at once. */
  waitMs?(current: View, epoch: number): number
  /** Asks whether this node is still in the newest view; `renewed` tells when that question was put. */
  renew(current: View): void
  /**
   * Asked after a deciding that left `id` out: how long its session can last from now, in milliseconds. Null, or no such
   * method, where no process can tell.
   */
  sessionLeftMs?(id: NodeId): number | null
  /**
   * This membership is over, and every hold of it: what was left of its session by its own clocks, in milliseconds, so that
   * others wait no longer than that. Null when the node has left, and no node waits for it.
   */
  ended?(leftMs: number | null): void
  /** Looks for newer views than the last that was told, where looking is cheap. */
  look(): void
  /** A peer says that this view is decided. */
  heard(view: View): void
  /** The highest epoch that this node voted on, was in or heard of: a view that it founds later must lie above. */
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
  /** A renewal that began at this monotonic, wall and boot time has succeeded. */
  renewed(started: Instant): void
  /** A successor was begun and did not come: any member may finish it, and should, with the same members if need be. */
  unfinished(): void
  /** The register can never serve this membership again: the directory went away or was replaced. */
  ended(loss: Loss): void
  /** What decides views is damaged, and no request can be served before it is mended. */
  refused(error: HoldfastError): void
}

/** What every register must know of the node that it serves. */
export interface RegisterOptions {
  readonly cluster: string
  readonly address: string
  readonly config: View['config']
  /** What is remembered of the epochs that were used. */
  readonly epochs: Epochs
  /** Quorum register: keeps this voter's vote over restarts (`dataDir`). */
  readonly keeper?: VoteKeeper | null
  /** Quorum register: no vote is given that cannot be kept, as the user demanded who named the folder. */
  readonly isVoteDemanded?: boolean
  /** Quorum register: this node founds and accepts above it. */
  readonly epochFloor?: number
}
