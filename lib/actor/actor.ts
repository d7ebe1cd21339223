/**
 * This file declares the types that a user's actor is written with: the actor itself, its context, its restart policy, and
 * references to other actors. `Actors` runs what is declared here.
 */
import type { Duration } from '../base/duration.ts'
import type { NodeId } from '../base/ids.ts'
import type { Signal } from '../base/platform.ts'
import type { Random } from '../base/random.ts'

/**
 * An actor of the user's own: a state, and what becomes of it with each message. One message at a time: while `receive`
 * runs, or a promise that it returned is pending, the next one waits. What travels between actors is plain data: null,
 * undefined, booleans, numbers, bigints of 64 bits, texts, `Uint8Array`s, arrays and plain objects.
 *
 * When a handler throws, the message is lost, the caller of `ask` gets `FAILED`, and `restart` says what becomes of the actor.
 *
 * @example
 * const counter: UserActor<{ count: number }, 'increment' | 'read'> = {
 *   init: () => ({ count: 0 }),
 *   receive(state, body, context) {
 *     if (body === 'increment') state.count++
 *     context.reply(state.count)
 *   },
 * }
 * node.spawn('counter', counter)
 * await otherNode.ref(node.id, 'counter').ask('increment') // 1
 */
export interface UserActor<State, Body = unknown> {
  /** The state to begin with, at the spawning and again at every restart. It must not be asynchronous: `receive` may be. */
  init(context: ActorContext): State
  /** Handles one message. The state that it returns replaces the old one; without one, the old one stays. */
  receive(state: State, body: Body, context: ActorContext): Next<State>
  /** Handles one of the actor's own timers. */
  timer?(state: State, timer: unknown, context: ActorContext): Next<State>
  /** The actor has stopped for good: by `stop`, by failing too often, or with its node. Not called at a restart. */
  stopped?(state: State, reason: string): void
  /** Default: `restart`, at most 5 times within 10 seconds. */
  readonly restart?: RestartPolicy
  /** Messages that may wait; an ask beyond it is answered OVERLOADED, a tell dropped. Default: `limits.mailboxMax` of the node. */
  readonly mailboxMax?: number
}

/** What a handler gives back: the next state, or nothing to go on with the one it was given. */
export type Next<State> = State | undefined | void | Promise<State | undefined | void>

/** What becomes of an actor that throws, as data. */
export interface RestartPolicy {
  /** `restart` begins anew with `init`; what waits in the mailbox stays. `stop` ends the actor at the first failure. */
  readonly strategy: 'restart' | 'stop'
  /** More restarts than this `withinMs` end the actor. At most 1,000. */
  readonly restartsMax?: number
  /** The window in which restarts are counted. Default 10,000 ms. */
  readonly withinMs?: number
}

/**
 * What a handler sees of the world. It belongs to one message: used after the actor was stopped or restarted it does
 * nothing.
 */
export interface ActorContext {
  /** This node's id. */
  readonly self: NodeId
  /** This actor's name. */
  readonly name: string
  /** The node from which the message came; this node for timers, notices and `init`. */
  readonly sender: NodeId
  /** Whether the sender waits for an answer. */
  readonly isAsk: boolean
  /** Random numbers: seeded in a simulation, so that a run can be repeated. */
  readonly random: Random
  /** The monotonic clock, in milliseconds. */
  nowMs(): number
  /**
   * Answers the sender. False when it does not wait: it was a tell, or is answered. A handler that ends with neither an
   * answer nor `deferReply` answers `undefined`.
   *
   * @throws BAD_OPTION when the answer is not plain data.
   */
  reply(answer: unknown): boolean
  /** Answers with FAILED: the message, and a code of the user's own as the error's `reason`. The actor goes on. */
  fail(message: string, code?: string): boolean
  /** Keeps the question open past the end of the handler; the actor answers it later, by what this returns. */
  deferReply(): Reply
  /** A reference to another actor. The types of its messages and answers are the caller's word, as at `node.ref`. */
  ref<Body = unknown, Answer = unknown>(member: NodeId, name: string): Ref<Body, Answer>
  /** Sets a timer, which comes back through `timer`; a key that is set again replaces the earlier timer. At most 1,000. */
  setTimer(key: string, delayMs: number, timer: unknown): void
  /** Takes a timer away; no effect if there is none of that key. */
  clearTimer(key: string): void
  /** Receives `notice`, as a message, when that actor is gone. Ends by the function that it returns, or with this actor. */
  watch(ref: Ref, notice: unknown): () => void
  /** Ends this actor once the current message is handled. */
  stop(): void
}

/** A question that is still to be answered. Both say whether the answer counted. */
export interface Reply {
  /** Answers. The answer must be plain data. */
  reply(answer: unknown): boolean
  /** Answers with FAILED: the message, and a code of the user's own as the error's `reason`. */
  fail(message: string, code?: string): boolean
}

/** How long, and whether still, an ask waits for its answer. */
export interface AskOptions {
  /** How long to wait for the answer, longer than 0; then TIMEOUT. Default 5 s. */
  readonly wait?: Duration
  /** Gives up waiting for the answer (ABORTED). */
  readonly signal?: Signal
}

/**
 * An actor somewhere: on another node, or on this one. `Body` is the type of the messages that it takes, `Answer` the type of what
 * it answers.
 */
export interface Ref<Body = unknown, Answer = unknown> {
  /** The id of the node that the actor is on. */
  readonly member: NodeId
  /** The name of the actor there. */
  readonly name: string
  /**
   * Sends a message. In order, and at most once: it is lost when the actor is gone, its node dies, or its mailbox is full.
   *
   * @throws BAD_OPTION when the body is not plain data, or too large.
   */
  tell(body: Body): void
  /**
   * Sends a message and waits for the answer.
   *
   * Rejects with TIMEOUT or ABORTED (the actor may have heard all the same: `definite` says so), CLOSED when the actor or
   * its node is gone, OVERLOADED when its mailbox is full, FAILED when it failed, BAD_OPTION when the body is not plain data.
   */
  ask<Given extends Answer = Answer>(body: Body, options?: AskOptions): Promise<Given>
  /**
   * Calls `gone` once, with the reason, when the actor has stopped or its node is gone; soon, when there is none. A
   * restart is no stop. Returns how to stop watching.
   */
  watch(gone: (reason: string) => void): () => void
}

/** An actor of this node. */
export interface LocalRef<Body = unknown, Answer = unknown> extends Ref<Body, Answer> {
  /** Ends the actor at once; what waits in its mailbox is dropped, and who asked hears CLOSED. Harmless when it is gone. */
  stop(): void
}
