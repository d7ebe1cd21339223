/**
 * This file declares the types that a user's actor is written with: the actor itself, its context, its restart policy, and
 * references to other actors. `Actors` runs what is declared here.
 */
import type { Duration } from '../base/duration.ts'
import type { NodeId } from '../base/ids.ts'
import type { Signal } from '../base/platform.ts'
import type { Random } from '../base/random.ts'

/**
 * An actor of the user: a state, and a handler that changes it with each message. An actor handles one message at a time: while
 * `receive` runs, or a promise that it returned is pending, the next message waits. Messages are plain data: null, undefined,
 * booleans, numbers, bigints of 64 bits, strings, `Uint8Array`s, arrays and plain objects.
 *
 * When a handler throws, the message is lost, the caller of `ask` gets `FAILED`, and `restart` says whether the actor begins
 * anew.
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
  /** Returns the first state, when the actor is spawned and at every restart. It must not be asynchronous; `receive` may be. */
  init(context: ActorContext): State
  /** Handles one message. A returned state replaces the old one; if it returns undefined, the old state stays. */
  receive(state: State, body: Body, context: ActorContext): Next<State>
  /** Handles one of the actor's own timers. */
  timer?(state: State, timer: unknown, context: ActorContext): Next<State>
  /** The actor has stopped for good: by `stop`, by failing too often, or with its node. Not called at a restart. */
  stopped?(state: State, reason: string): void
  /** Default: `restart`, at most 5 times within 10 seconds. */
  readonly restart?: RestartPolicy
  /**
   * How many messages may wait. Beyond it an ask is answered OVERLOADED, and a tell is dropped. Default: `limits.mailboxMax` of
   * the node.
   */
  readonly mailboxMax?: number
}

/** What a handler returns: the next state, or undefined to keep the given one. */
export type Next<State> = State | undefined | void | Promise<State | undefined | void>

/** Whether an actor that throws begins anew, as data. */
export interface RestartPolicy {
  /** `restart` begins anew with `init` and keeps the messages in the mailbox. `stop` ends the actor at the first failure. */
  readonly strategy: 'restart' | 'stop'
  /** More restarts than this `withinMs` end the actor. At most 1,000. */
  readonly restartsMax?: number
  /** The window in which restarts are counted. Default 10,000 ms. */
  readonly withinMs?: number
}

/** What a handler sees of the world. It belongs to one message: after the actor was stopped or restarted it has no effect. */
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
   * Answers the sender. Returns false if the sender does not wait: it sent a tell, or has its answer. A handler that ends with
   * neither an answer nor `deferReply` answers `undefined`.
   *
   * @throws BAD_OPTION when the answer is not plain data.
   */
  reply(answer: unknown): boolean
  /** Answers with the error FAILED: its message, and a code of your own as its `reason`. The actor goes on. */
  fail(message: string, code?: string): boolean
  /** Keeps the question open after the handler has ended. The actor answers it later with the returned object. */
  deferReply(): Reply
  /**
   * A reference to another actor. The caller declares the types of its messages and answers, as at `node.ref`; they are not
   * checked.
   */
  ref<Body = unknown, Answer = unknown>(member: NodeId, name: string): Ref<Body, Answer>
  /** Sets a timer, which comes back through `timer`. Setting a key again replaces its timer. At most 1,000 timers. */
  setTimer(key: string, delayMs: number, timer: unknown): void
  /** Clears the timer of that key; no effect without one. */
  clearTimer(key: string): void
  /**
   * Sends `notice` to this actor, as a message, when that actor is gone. The returned function, or the end of this actor, ends
   * the watch.
   */
  watch(ref: Ref, notice: unknown): () => void
  /** Ends this actor once the current message is handled. */
  stop(): void
}

/** A question that is not answered yet. Both methods return whether the answer counted. */
export interface Reply {
  /** Answers. The answer must be plain data. */
  reply(answer: unknown): boolean
  /** Answers with FAILED: the message, and a code of the user's own as the error's `reason`. */
  fail(message: string, code?: string): boolean
}

/** Options of `ask`. */
export interface AskOptions {
  /** How long to wait for the answer, longer than 0; then TIMEOUT. Default 5 s. */
  readonly wait?: Duration
  /** Gives up waiting for the answer (ABORTED). */
  readonly signal?: Signal
}

/**
 * A reference to an actor on another node or on this one. `Body` is the type of its messages, `Answer` the type of its answers.
 */
export interface Ref<Body = unknown, Answer = unknown> {
  /** The id of the node that the actor is on. */
  readonly member: NodeId
  /** The name of the actor there. */
  readonly name: string
  /**
   * Sends a message. Messages arrive in order and at most once: one is lost if the actor is gone, its node dies, or its mailbox
   * is full.
   *
   * @throws BAD_OPTION when the body is not plain data, or too large.
   */
  tell(body: Body): void
  /**
   * Sends a message and waits for the answer.
   *
   * Rejects with CLOSED if the actor or its node is gone, OVERLOADED if its mailbox is full, FAILED if it failed, and BAD_OPTION
   * if the body is not plain data. Rejects with TIMEOUT or ABORTED too; then the actor may have received the message, and
   * `definite` is false.
   */
  ask<Given extends Answer = Answer>(body: Body, options?: AskOptions): Promise<Given>
  /**
   * Calls `gone` once, with the reason, when the actor has stopped or its node is gone; soon, if there is no such actor. A
   * restart does not count. Returns a function that ends the watch.
   */
  watch(gone: (reason: string) => void): () => void
}

/** An actor of this node. */
export interface LocalRef<Body = unknown, Answer = unknown> extends Ref<Body, Answer> {
  /**
   * Ends the actor at once. Messages in its mailbox are dropped, and open asks reject with CLOSED. No effect if the actor is
   * gone.
   */
  stop(): void
}
