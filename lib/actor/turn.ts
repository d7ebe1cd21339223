/**
 * This file is the context that a handler receives with one message. The context works only in the life of the actor in which it
 * was made.
 */
import { inspectAs, inspectKey, type InspectArguments } from '../base/shown.ts'
import type { NodeId } from '../base/ids.ts'
import type { Random } from '../base/random.ts'
import type { ActorContext, Ref, Reply } from './actor.ts'
import type { Actors } from './actors.ts'
import type { Question } from './question.ts'

/** The part of a cell that a context acts on. */
export interface TurnCell {
  readonly name: string
  readonly life: number
  setTimer(key: string, delayMs: number, timer: unknown): void
  clearTimer(key: string): void
  watch(ref: Ref, notice: unknown): () => void
  stopAfterTurn(): void
}

/** The context of one message. It has an effect only in the life of the actor in which it was made. */
export class ActorTurn implements ActorContext {
  readonly sender: NodeId
  readonly #actors: Actors
  readonly #cell: TurnCell
  readonly #question: Question | null
  readonly #life: number

  constructor(actors: Actors, cell: TurnCell, sender: NodeId, question: Question | null) {
    this.#actors = actors
    this.#cell = cell
    this.sender = sender
    this.#question = question
    this.#life = cell.life
  }

  get self(): NodeId {
    return this.#actors.self()
  }

  get name(): string {
    return this.#cell.name
  }

  get isAsk(): boolean {
    return this.#question !== null
  }

  get random(): Random {
    return this.#actors.world.random
  }

  nowMs(): number {
    return this.#actors.world.time.monotonicMs()
  }

  reply(answer: unknown): boolean {
    return this.#question?.reply(answer) ?? false
  }

  fail(message: string, code?: string): boolean {
    return this.#question?.fail(message, code) ?? false
  }

  deferReply(): Reply {
    if (this.#question === null) return nobodyAsked
    this.#question.isDeferred = true
    return this.#question
  }

  ref<Body = unknown, Answer = unknown>(member: NodeId, name: string): Ref<Body, Answer> {
    return this.#actors.ref<Body, Answer>(member, name)
  }

  setTimer(key: string, delayMs: number, timer: unknown): void {
    if (this.isCurrent) this.#cell.setTimer(key, delayMs, timer)
  }

  clearTimer(key: string): void {
    if (this.isCurrent) this.#cell.clearTimer(key)
  }

  watch(ref: Ref, notice: unknown): () => void {
    return this.isCurrent ? this.#cell.watch(ref, notice) : () => undefined
  }

  stop(): void {
    if (this.isCurrent) this.#cell.stopAfterTurn()
  }

  toJSON(): object {
    const { self, name, sender, isAsk } = this
    return { self, name, sender, isAsk }
  }

  [inspectKey](...args: InspectArguments): string {
    return inspectAs('ActorContext', this.toJSON(), ...args)
  }

  private get isCurrent(): boolean {
    return this.#cell.life === this.#life
  }
}

const nobodyAsked: Reply = { reply: () => false, fail: () => false }
