/** This file declares what an arena is made of, what it reports while it runs, and what it finds wrong. */
import type { PlainMode } from '../../base/mode.ts'
import type { AlgorithmKind, Body } from '../../mutex/contract.ts'
import type { Breach, MessageLoss } from '../../sim/story/story.ts'
import type { DelayLaw } from './delays.ts'
import type { Due } from './due-queue.ts'
import type { Request, Seat } from './seat.ts'

/** What an arena is made of. */
export interface ArenaOptions<Message extends Body> {
  /** The algorithm that runs. */
  readonly kind: AlgorithmKind<Message>
  /** The number of sites. */
  readonly nodes: number
  /** The law by which the delays of messages are drawn. */
  readonly delay: DelayLaw
  /** The seed from which everything random is drawn. */
  readonly seed: number
  /** Length of a critical section, in T; `Infinity` lasts until `leave` is called. Default: 0.1. */
  readonly sectionT?: number
  /** Critical sections of exponential length instead of constant. */
  readonly sectionVaries?: boolean
  /** Messages on one link may overtake each other. Default: false. */
  readonly unordered?: boolean
  /** Chance that a message is lost, or arrives twice. Default: 0. */
  readonly loss?: number
  /** Chance that a message arrives twice. Default: 0. */
  readonly duplication?: number
  /** What every user wants. Default: `exclusive`. */
  readonly mode?: PlainMode
  /** Requests carry what their sites knew of, for inversions against happens-before. Default: false. */
  readonly causality?: boolean
}

/** What a listener may want to hear as it happens. */
export interface ArenaListener<Message extends Body> {
  /** A site made a request. */
  requested?(seat: Seat<Message>, request: Request): void
  /** Called before the entry counts: `seat.state` is already `inside`. */
  entered?(seat: Seat<Message>, request: Request): void
  /** A site left the critical section. */
  left?(seat: Seat<Message>, request: Request): void
  /** No message will count for this request any more. */
  closed?(request: Request): void
  /** A message was sent. */
  sent?(due: Due<Message>): void
  /** A message was lost. */
  lost?(due: Due<Message>, why: MessageLoss): void
  /** A message arrived. */
  arrived?(due: Due<Message>): void
  /** `copy` stands for `due` from now on, or beside it when the message is duplicated. */
  copied?(due: Due<Message>, copy: Due<Message>, isSecond: boolean): void
  /** A property was violated. */
  violated?(breach: Breach): void
}
