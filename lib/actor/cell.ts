/**
 * This file runs one actor of the user: it feeds the mailbox to `receive` one message at a time, fires the actor's timers, and
 * applies the restart policy after a failure.
 */
import { Mailbox } from './mailbox.ts'
import type { TimerHandle } from '../world/world.ts'
import { runOutside } from '../base/async-context.ts'
import { parseDuration } from '../base/duration.ts'
import { BadOptionError, OverloadedError } from '../base/errors.ts'
import { codeOf, isPromise } from '../base/foreign.ts'
import type { NodeId } from '../base/ids.ts'
import { messageOf } from '../base/message-of.ts'
import { checkWhole } from '../base/option-checks.ts'
import { onRejection } from '../base/user-result.ts'
import type { Next, Ref, UserActor } from './actor.ts'
import type { Actors } from './actors.ts'
import type { Question } from './question.ts'
import { Restarts } from './restarts.ts'
import { ActorTurn } from './turn.ts'

/**
 * A timer that an actor set. Once it has fired, the same object waits in the mailbox, so that clearing it still has an effect.
 */
export interface CellTimer {
  readonly key: string
  readonly timer: unknown
  readonly dueMs: number
  handle: TimerHandle
}

type Item<Body> =
  | { readonly type: 'message'; readonly body: Body; readonly from: NodeId; readonly question: Question | null }
  | { readonly type: 'timer'; readonly entry: CellTimer }

const timersMax = 1_000
const watchesMax = 10_000
/**
 * How many messages are handled before a new turn of the loop begins, and the pause that begins it. Otherwise actors that send to
 * themselves or to each other for ever would block the loop.
 */
const batchMax = 64
const pauseMs = 1

/**
 * One running actor of the user: its state, mailbox, timers and restart policy. A *life* is the time between two `init`s. A timer
 * or a stored context of an earlier life is ignored.
 */
export class ActorCell<State, Body> {
  readonly name: string
  state: State
  /** Rises at every restart, and when the actor stops. */
  life = 0
  readonly timers = new Map<string, CellTimer>()
  private readonly actors: Actors
  private readonly actor: UserActor<State, Body>
  private readonly restarts: Restarts
  private readonly mailbox: Mailbox<Item<Body>>
  private readonly mailboxMax: number
  /** Questions that a handler has received and not answered. */
  private readonly questions = new Set<Question>()
  private readonly watches = new Set<() => void>()
  private isStopped = false
  /** A handler's promise is pending, or a turn is scheduled. */
  private isBusy = false
  private stopsAfterTurn = false
  private handledInTurn = 0

  /** @throws what `init` throws: the caller of `spawn` is told of an actor that never began. */
  constructor(actors: Actors, name: string, actor: UserActor<State, Body>, mailboxMax: number) {
    this.actors = actors
    this.name = name
    this.actor = actor
    this.restarts = new Restarts(actor.restart ?? {})
    this.mailboxMax = checkWhole(actor.mailboxMax ?? mailboxMax, 'mailboxMax', 1)
    this.mailbox = new Mailbox(this.mailboxMax)
    try {
      this.state = this.begin()
    } catch (error) {
      this.endLife()
      throw error
    }
  }

  get queued(): number {
    return this.mailbox.size
  }

  /** Takes a message, or refuses it if the mailbox is full. */
  deliver(from: NodeId, body: Body, question: Question | null): void {
    // A message of another node arrived in a turn of its own.
    if (from !== this.actors.self()) this.handledInTurn = 0
    if (this.hasRoomForQuestion() && this.mailbox.offer({ type: 'message', body, from, question })) {
      this.arrange()
      return
    }
    this.actors.emit({ type: 'mailboxOverflowed', actor: this.name, from })
    question?.reject('OVERLOADED', `the mailbox of actor '${this.name}' is full: ${this.mailboxMax} wait (mailboxMax)`, {
      definite: true,
    })
  }

  /** Ends the actor for good. */
  stop(reason: string): void {
    if (this.isStopped) return
    this.isStopped = true
    this.endLife()
    for (const item of this.mailbox.clear()) {
      if (item.type === 'message')
        item.question?.reject('CLOSED', `actor '${this.name}' is gone: ${reason}`, { definite: true, reason: 'gone' })
    }
    for (const question of this.takeQuestions()) {
      question.reject('CLOSED', `actor '${this.name}' is gone: ${reason}`, { definite: false, reason: 'gone' })
    }
    const threw = (error: unknown): void =>
      this.actors.emit({ type: 'actorFailed', actor: this.name, message: messageOf(error), restarted: false })
    try {
      onRejection(this.actor.stopped?.(this.state, reason), threw)
    } catch (error) {
      threw(error)
    }
    this.actors.ended(this.name, reason)
  }

  /** Ends the actor when the handler that runs has ended. */
  stopAfterTurn(): void {
    this.stopsAfterTurn = true
  }

  setTimer(key: string, delayMs: number, timer: unknown): void {
    if (typeof delayMs !== 'number') throw new BadOptionError('delayMs must be a number of milliseconds', { option: 'delayMs' })
    parseDuration(delayMs, 'delayMs')
    this.clearTimer(key)
    if (this.timers.size >= timersMax)
      throw new OverloadedError(`actor '${this.name}' has ${timersMax} timers, the most that it may have: clear some`)
    const entry: CellTimer = { key, timer, dueMs: this.actors.world.time.monotonicMs() + delayMs, handle: undefined }
    this.timers.set(key, entry)
    entry.handle = this.actors.world.setTimer(delayMs, () => {
      if (this.timers.get(key) !== entry) return
      this.mailbox.keep({ type: 'timer', entry })
      this.arrange()
    })
  }

  clearTimer(key: string): void {
    const entry = this.timers.get(key)
    if (entry === undefined) return
    this.timers.delete(key)
    this.actors.world.clearTimer(entry.handle)
  }

  watch(ref: Ref, notice: unknown): () => void {
    if (this.watches.size >= watchesMax)
      throw new OverloadedError(`actor '${this.name}' watches ${watchesMax} others, the most that it may watch: end some watches`)
    const { life } = this
    const end = (): void => {
      this.watches.delete(end)
      unwatch()
    }
    const unwatch = ref.watch(() => {
      this.watches.delete(end)
      if (this.life !== life) return
      this.mailbox.keep({ type: 'message', body: notice as Body, from: this.actors.self(), question: null })
      this.arrange()
    })
    this.watches.add(end)
    return end
  }

  /** Arranges that the waiting messages are handled, but not within the sender's call. */
  private arrange(): void {
    if (this.isBusy || this.isStopped) return
    this.isBusy = true
    this.actors.world.defer(() => this.work())
  }

  private work(): void {
    for (;;) {
      if (this.isStopped || this.mailbox.size === 0) {
        this.isBusy = false
        return
      }
      if (this.handledInTurn >= batchMax) {
        this.handledInTurn = 0
        this.actors.world.setTimer(pauseMs, () => this.work())
        return
      }
      this.handledInTurn++
      const pending = this.handle(this.mailbox.take() as Item<Body>)
      if (pending !== null) {
        void pending.then(() => this.work())
        return
      }
    }
  }

  /** Handles one item. Returns a promise, which never rejects, if that takes longer than the call. */
  private handle(item: Item<Body>): Promise<void> | null {
    if (item.type === 'timer' && this.timers.get(item.entry.key) !== item.entry) return null
    const question = item.type === 'message' ? item.question : null
    if (question !== null) this.questions.add(question)
    const { life } = this
    let next: Next<State>
    try {
      next = runOutside(this.call, item)
    } catch (error) {
      this.failed(error, life)
      return null
    }
    if (isPromise(next)) {
      // A promise of our own: the user's may have another `then`.
      return new Promise<State | undefined | void>((resolve) => resolve(next)).then(
        (state) => this.finished(state, question, life),
        (error: unknown) => this.failed(error, life),
      )
    }
    this.finished(next as State | undefined, question, life)
    return null
  }

  private readonly call = (item: Item<Body>): Next<State> => {
    if (item.type === 'message') return this.actor.receive(this.state, item.body, this.turn(item.from, item.question))
    this.timers.delete(item.entry.key)
    return this.actor.timer?.(this.state, item.entry.timer, this.turn(this.actors.self(), null))
  }

  private finished(next: State | undefined | void, question: Question | null, life: number): void {
    if (this.life !== life) return
    if (next !== undefined) this.state = next
    if (question !== null && !question.isDeferred) question.reply(undefined)
    if (question?.isSettled === true) this.questions.delete(question)
    if (this.stopsAfterTurn) this.stop('stopped')
  }

  private failed(error: unknown, life: number): void {
    let begun = life
    // A loop and not a recursion: as many restarts may fail, one after another, as the policy allows.
    for (let latest = error; this.life === begun; ) {
      for (const question of this.takeQuestions()) question.fail(messageOf(latest), codeOf(latest))
      const restarts = !this.stopsAfterTurn && this.restarts.allow(this.actors.world.time.monotonicMs())
      this.actors.emit({ type: 'actorFailed', actor: this.name, message: messageOf(latest), restarted: restarts })
      // A listener may have stopped it.
      if (this.life !== begun) return
      if (!restarts) return this.stop(`failed: ${messageOf(latest)}`)
      this.endLife()
      begun = this.life
      try {
        this.state = this.begin()
        return
      } catch (again) {
        latest = again
      }
    }
  }

  /** Makes the first state of a life. @throws what `init` throws; BAD_OPTION if it is asynchronous */
  private begin(): State {
    const state = this.actor.init(this.turn(this.actors.self(), null))
    if (!isPromise(state)) return state
    onRejection(state, () => {})
    throw new BadOptionError(
      `init of actor '${this.name}' returned a promise, and must return the first state itself: wait in receive, which may be asynchronous`,
      { option: 'init' },
    )
  }

  /** Deferred questions count like waiting ones, so that an actor that never answers cannot collect them without a bound. */
  private hasRoomForQuestion(): boolean {
    if (this.questions.size < this.mailboxMax) return true
    for (const question of this.questions) if (question.isSettled) this.questions.delete(question)
    return this.questions.size < this.mailboxMax
  }

  private endLife(): void {
    this.life++
    for (const key of [...this.timers.keys()]) this.clearTimer(key)
    for (const end of [...this.watches]) end()
  }

  private takeQuestions(): Question[] {
    const open = [...this.questions].filter((question) => !question.isSettled)
    this.questions.clear()
    return open
  }

  private turn(sender: NodeId, question: Question | null): ActorTurn {
    return new ActorTurn(this.actors, this, sender, question)
  }
}
