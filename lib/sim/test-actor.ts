/** This file tests one user's actor on virtual time, without a network. The test plays every other actor. */
import type { World } from '../world/world.ts'
import { ClosedError } from '../base/errors.ts'
import { type Duration, parseDuration } from '../base/duration.ts'
import type { NodeId } from '../base/ids.ts'
import { checkName } from '../base/names.ts'
import { takeOptions } from '../base/options.ts'
import { checkSeed } from './argument-checks.ts'
import { errorOf } from '../actor/question.ts'
import { Actors, type UserActor } from '../actor/actors.ts'
import type { Event } from '../observe/events.ts'
import type { Message, MessageOf } from '../wire/messages.ts'
import { Simulation } from './simulation.ts'

/** What the actor under test said to another node's actor. */
export interface Said {
  /** Whether it waits for an answer. */
  readonly type: 'tell' | 'ask'
  /** The node that it spoke to. */
  readonly member: NodeId
  /** The name of the actor there. */
  readonly actor: string
  /** What it said. */
  readonly body: unknown
  /** Names a question, so that the test can answer it; 0 for a tell. */
  readonly sequence: number
}

/** A timer that the actor under test has set. */
export interface SetTimer {
  /** The key that it was set under. */
  readonly key: string
  /** What the actor will receive. */
  readonly timer: unknown
  /** How long until it fires. */
  readonly inMs: number
}

const asker: NodeId = 'tester'

/**
 * Runs one actor alone, on virtual time and without a network, in the machinery that runs it in production: the test
 * plays all others.
 *
 * @example
 * const test = testActor(counter)
 * await test.tell('increment')
 * expect(await test.ask('read')).to.equal(1)
 * await test.runFor(60_000) // its timers fire
 */
export function testActor<State, Body>(
  actor: UserActor<State, Body>,
  options: {
    /** Draws what the actor draws. Default 1. */
    readonly seed?: number
    /** The name that the actor runs under. Default `actor`. */
    readonly name?: string
  } = {},
): ActorTest<State, Body> {
  const { seed = 1, name = 'actor' } = takeOptions(options, { seed: checkSeed, name: checkName }, 'testActor')
  return new ActorTest(actor, name, seed)
}

/** The driver of one actor under test, made by `testActor`. */
export class ActorTest<State, Body> {
  /** The name that the actor runs under. */
  readonly name: string
  /** What the actor said to others, in order. */
  readonly said: Said[] = []
  /** What happened: failures, restarts, an overflowing mailbox. */
  readonly events: Event[] = []
  private readonly simulation: Simulation
  private readonly actors: Actors
  private readonly answers = new Map<number, MessageOf<'actor.answer'>>()
  private sequence = 0

  constructor(actor: UserActor<State, Body>, name: string, seed: number) {
    this.name = name
    this.simulation = new Simulation({ seed })
    const world: World = this.simulation.world('test')
    const self = world.newId()
    this.actors = new Actors({
      world,
      mail: { self: () => self, send: (to, message) => this.hear(to, message) },
      emit: (event) => void this.events.push(event),
      mailboxMax: 10_000,
    })
    this.actors.movedTo(self)
    this.actors.spawn(name, actor)
  }

  /** The state as it is now. @throws CLOSED when the actor has stopped. */
  get state(): State {
    const insight = this.actors.inspect(this.name)
    if (insight === null) throw new ClosedError(`actor '${this.name}' has stopped`)
    return insight.state as State
  }

  /** Whether it has not stopped. */
  get isRunning(): boolean {
    return this.actors.inspect(this.name) !== null
  }

  /** The timers that wait, soonest first. */
  get timers(): readonly SetTimer[] {
    const nowMs = this.simulation.host('test').clock.monotonicMs()
    return (this.actors.inspect(this.name)?.timers ?? [])
      .map(({ key, timer, dueMs }) => ({ key, timer, inMs: dueMs - nowMs }))
      .sort((a, b) => a.inMs - b.inMs)
  }

  /** Delivers a message, and lets everything happen that needs no time. */
  async tell(body: Body, from: NodeId = asker): Promise<void> {
    this.actors.receive(from, { type: 'actor.tell', actor: this.name, body })
    await this.runFor(0)
  }

  /** Asks, and lets time pass until the answer. Rejects as `ask` does, and with an ordinary error after `limit` without one. */
  async ask<Answer = unknown>(body: Body, from: NodeId = asker, limit: Duration = 60_000): Promise<Answer> {
    const limitMs = parseDuration(limit, 'limit')
    const question = this.put(body, from)
    await this.simulation.runUntil(() => this.answers.has(question), limitMs)
    return this.answerTo(question) as Answer
  }

  /** Asks without waiting for the answer; `answerTo` tells it later. */
  put(body: Body, from: NodeId = asker): number {
    this.sequence++
    this.actors.receive(from, { type: 'actor.ask', sequence: this.sequence, actor: this.name, body })
    return this.sequence
  }

  /** The answer to a question. @throws what the actor answered instead, or an ordinary error when it has not answered yet. */
  answerTo(question: number): unknown {
    const answer = this.answers.get(question)
    if (answer === undefined) throw new Error(`actor '${this.name}' has not answered question ${question}`)
    if (!answer.ok) throw errorOf(answer.code, answer.body)
    return answer.body
  }

  /** Answers a question that the actor put to another. */
  async answer(question: Said, body: unknown): Promise<void> {
    this.actors.receive(question.member, { type: 'actor.answer', sequence: question.sequence, ok: true, code: '', body })
    await this.runFor(0)
  }

  /** Another node dies, with all its actors. */
  async nodeGone(member: NodeId): Promise<void> {
    this.actors.peerGone(member)
    await this.runFor(0)
  }

  /** Lets virtual time pass: milliseconds, or a text such as `'5s'`. @throws BAD_OPTION when that is no duration. */
  runFor(duration: Duration): Promise<void> {
    return this.simulation.runFor(duration)
  }

  /** Stops the actor as its node would. */
  stop(): void {
    this.actors.stop(this.name)
  }

  private hear(to: NodeId, message: Message): void {
    if (message.type === 'actor.answer') this.answers.set(message.sequence, message)
    else if (message.type === 'actor.tell')
      this.said.push({ type: 'tell', member: to, actor: message.actor, body: message.body, sequence: 0 })
    else if (message.type === 'actor.ask') {
      this.said.push({ type: 'ask', member: to, actor: message.actor, body: message.body, sequence: message.sequence })
    }
  }
}
