/**
 * This file keeps the user's actors of one node. It starts and stops them, finds the actors of other nodes, and routes every
 * message, answer and notice between them. `ActorCell` runs a single actor.
 */
import type { World } from '../world/world.ts'
import { unreachable } from '../base/assert.ts'
import { BadOptionError, ClosedError } from '../base/errors.ts'
import type { NodeId } from '../base/ids.ts'
import { messageOf } from '../base/message-of.ts'
import { withShape } from '../base/shown.ts'
import type { Event } from '../observe/events.ts'
import type { MessageOf, MessagesOf } from '../wire/messages.ts'
import type { AskOptions, LocalRef, Ref, UserActor } from './actor.ts'
import { Asks } from './asks.ts'
import { plainBody } from './body.ts'
import { ActorCell, type CellTimer } from './cell.ts'
import { Question } from './question.ts'
import { Watches } from './watches.ts'
import { checkFunction } from '../base/option-checks.ts'
import { fixActor } from './fixed-actor.ts'
import type { Mail } from '../world/runtime.ts'

export type { ActorContext, AskOptions, LocalRef, Next, Ref, Reply, RestartPolicy, UserActor } from './actor.ts'

/** What the actors of a node are made with. */
export interface ActorsOptions {
  readonly world: World
  /** The node's links, in order and exactly once while both nodes live. */
  readonly mail: Mail
  readonly emit: (event: Event) => void
  /** Messages that may wait for an actor that does not say otherwise. */
  readonly mailboxMax: number
}

/** What a test may see of an actor. */
export interface ActorInsight {
  readonly state: unknown
  readonly timers: readonly CellTimer[]
  readonly queued: number
}

/** Stands for this node under its present id: the node may come back under another id while its actors live on. */
const here = ''
const actorsMax = 100_000
const goneMax = 1_000

/**
 * The user's actors at one node, and the way to those of other nodes. A message to an actor of this node takes the same path as
 * one to another node, without the wire: the same checks, a copy, and no delivery within the sender's call.
 *
 * Watches have no sequence numbers, because links keep the order. At worst a watcher that ended and began anew is told of the
 * stop of an actor in between, which did happen.
 */
export class Actors {
  readonly world: World
  private readonly mail: Mail
  private readonly emitEvent: (event: Event) => void
  private readonly mailboxMax: number
  private readonly cells = new Map<string, ActorCell<unknown, unknown>>()
  private readonly asks: Asks
  private readonly watches: Watches
  /** By the name of an actor here: the peers that watch it. */
  private readonly watchers = new Map<string, Set<NodeId>>()
  /** The peers that were lost last: an id never comes back, unless the node was wrongly believed dead. */
  private readonly gone = new Set<NodeId>()
  private lastSelf: NodeId = here
  private isClosed = false

  constructor(options: ActorsOptions) {
    this.world = options.world
    this.mail = options.mail
    this.emitEvent = options.emit
    this.mailboxMax = options.mailboxMax
    this.asks = new Asks(options.world)
    this.watches = new Watches((actor, error) => {
      options.emit({ type: 'actorFailed', actor, message: `a watcher of it threw: ${messageOf(error)}`, restarted: false })
    })
  }

  /**
   * Starts an actor. It lives until it is stopped, fails too often, or its node is closed.
   *
   * @throws BAD_OPTION if the name is taken or `actor` is not an actor; CLOSED; what its `init` throws.
   */
  spawn<State, Body>(name: string, actor: UserActor<State, Body>): LocalRef<Body> {
    if (this.isClosed) throw new ClosedError('the node is closed')
    const fixed = fixActor(actor)
    if (this.cells.has(name)) throw new BadOptionError(`there is an actor '${name}' here already`, { option: 'name' })
    if (this.cells.size >= actorsMax) throw new BadOptionError(`a node has at most ${actorsMax} actors`, { option: 'name' })
    // From here on bodies are unknown: a peer may send an actor anything that is plain data.
    this.cells.set(
      name,
      new ActorCell<unknown, unknown>(this, name, fixed as unknown as UserActor<unknown, unknown>, this.mailboxMax),
    )
    return this.localRef(name)
  }

  /** A reference to an actor, whether or not it is there. */
  ref<Body = unknown, Answer = unknown>(member: NodeId, name: string): Ref<Body, Answer> {
    return this.refBy(
      () => (member === this.self() ? here : member),
      () => member,
      name,
    )
  }

  /** Ends an actor. Returns false if there is no actor of that name. */
  stop(name: string): boolean {
    const cell = this.cells.get(name)
    cell?.stop('stopped')
    return cell !== undefined
  }

  /** The present state of an actor, for tests. */
  inspect(name: string): ActorInsight | null {
    const cell = this.cells.get(name)
    return cell === undefined ? null : { state: cell.state, timers: [...cell.timers.values()], queued: cell.queued }
  }

  /** Questions that wait for an answer. */
  get asksOpen(): number {
    return this.asks.size
  }

  /** Takes a message of another node. */
  receive(from: NodeId, message: MessagesOf<'actor'>): void {
    if (this.isClosed) return
    this.gone.delete(from)
    this.handle(from, message)
  }

  /** This peer is gone: it will not answer any more. */
  peerGone(peer: NodeId): void {
    if (peer === this.self()) return
    this.gone.add(peer)
    const [oldest] = this.gone
    if (this.gone.size > goneMax && oldest !== undefined) this.gone.delete(oldest)
    for (const group of this.watchers.values()) group.delete(peer)
    this.asks.closed((each) => each === peer, `node ${peer} is gone`)
    this.watches.goneFrom((each) => each === peer, `node ${peer} is gone`)
  }

  /** The node has a new id: peers take the former id for dead, so open questions to them are not answered. */
  movedTo(self: NodeId): void {
    const former = this.lastSelf
    this.lastSelf = self
    if (former === here || former === self) return
    this.gone.add(former)
    this.watchers.forEach((group, name) => this.watchers.set(name, new Set([...group].filter((peer) => peer === here))))
    this.asks.closed((peer) => peer !== here, `this node came back as ${self}`)
    this.watches.goneFrom((peer) => peer !== here, `this node came back as ${self}`)
  }

  /** Ends every actor, question and watch. */
  close(): void {
    if (this.isClosed) return
    for (const cell of [...this.cells.values()]) cell.stop('its node was closed')
    this.isClosed = true
    this.asks.closed(() => true, 'the node is closed')
    this.watches.goneFrom(() => true, 'the node is closed')
    this.watchers.clear()
  }

  self(): NodeId {
    return this.mail.self()
  }

  emit(event: Event): void {
    this.emitEvent(event)
  }

  /** An actor has stopped for good; its name is free. */
  ended(name: string, reason: string): void {
    this.cells.delete(name)
    const group = this.watchers.get(name)
    this.watchers.delete(name)
    for (const peer of group ?? []) this.post(peer, { type: 'actor.gone', actor: name, reason: reason.slice(0, 2_000) })
  }

  private localRef<Body>(name: string): LocalRef<Body> {
    const ref = this.refBy<Body, unknown>(
      () => here,
      () => this.self(),
      name,
    )
    const cell = this.cells.get(name)
    const local: LocalRef<Body> = {
      get member() {
        return ref.member
      },
      name,
      tell: ref.tell,
      ask: ref.ask,
      watch: ref.watch,
      // Only this actor: another may have the name by now.
      stop: () => cell?.stop('stopped'),
    }
    return withShape('LocalRef', local, () => ({ member: ref.member, name }))
  }

  /** `peerNow` is `here` or a peer's id, at the moment of the call. */
  private refBy<Body, Answer>(peerNow: () => string, memberNow: () => NodeId, name: string): Ref<Body, Answer> {
    const ref: Ref<Body, Answer> = {
      get member() {
        return memberNow()
      },
      name,
      tell: (body) => {
        const message: MessagesOf<'actor'> = { type: 'actor.tell', actor: name, body: plainBody(body, 'body') }
        const peer = peerNow()
        if (this.canReach(peer)) this.post(peer, message)
      },
      ask: <Given extends Answer>(body: Body, options: AskOptions = {}) =>
        this.ask(peerNow(), name, body, options) as Promise<Given>,
      watch: (gone) => this.watch(peerNow(), name, gone),
    }
    return withShape('Ref', ref, () => ({ member: memberNow(), name }))
  }

  private ask(peer: string, name: string, body: unknown, options: AskOptions): Promise<unknown> {
    const what = `actor '${name}' at ${peer === here ? this.self() : peer}`
    return this.asks.put(peer, what, options, (sequence) => {
      if (this.canReach(peer)) this.post(peer, { type: 'actor.ask', sequence, actor: name, body: plainBody(body, 'body') })
      else this.asks.answered(peer, sequence, false, 'CLOSED', { message: `${what} is gone`, definite: true, reason: 'gone' })
    })
  }

  private watch(peer: string, name: string, gone: (reason: string) => void): () => void {
    checkFunction(gone, 'gone')
    if (!this.canReach(peer)) {
      let wanted = true
      this.world.defer(() => {
        if (wanted) this.watches.call(name, gone, this.isClosed ? 'the node is closed' : `node ${peer} is gone`)
      })
      return () => {
        wanted = false
      }
    }
    const say = (watch: boolean): void => {
      if (this.canReach(peer)) this.post(peer, { type: 'actor.watch', actor: name, watch })
    }
    return this.watches.add(
      peer,
      name,
      gone,
      () => say(true),
      () => say(false),
    )
  }

  private canReach(peer: string): boolean {
    return !this.isClosed && !this.gone.has(peer)
  }

  private post(peer: string, message: MessagesOf<'actor'>): void {
    if (peer !== here) this.mail.send(peer, message)
    else this.world.defer(() => this.handle(here, message))
  }

  private handle(from: string, message: MessagesOf<'actor'>): void {
    switch (message.type) {
      case 'actor.tell':
        this.cells.get(message.actor)?.deliver(from === here ? this.self() : from, message.body, null)
        return
      case 'actor.ask':
        this.asked(from, message)
        return
      case 'actor.answer':
        this.asks.answered(from, message.sequence, message.ok, message.code, message.body)
        return
      case 'actor.watch':
        this.watched(from, message)
        return
      case 'actor.gone':
        this.watches.gone(from, message.actor, message.reason)
        return
      default:
        unreachable(message)
    }
  }

  private asked(from: string, { sequence, actor, body }: MessageOf<'actor.ask'>): void {
    const question = new Question((outcome) => this.post(from, { type: 'actor.answer', sequence, ...outcome }))
    const cell = this.cells.get(actor)
    if (cell !== undefined) cell.deliver(from === here ? this.self() : from, body, question)
    else question.reject('CLOSED', `there is no actor '${actor}' at ${this.self()}`, { definite: true, reason: 'gone' })
  }

  private watched(from: string, { actor, watch }: MessageOf<'actor.watch'>): void {
    if (!watch) {
      this.watchers.get(actor)?.delete(from)
      return
    }
    if (!this.cells.has(actor)) {
      this.post(from, { type: 'actor.gone', actor, reason: `there is no actor '${actor}'` })
      return
    }
    const group = this.watchers.get(actor) ?? new Set()
    group.add(from)
    this.watchers.set(actor, group)
  }
}
