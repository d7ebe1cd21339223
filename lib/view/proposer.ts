/**
 * This file is the proposer's side of single-decree Paxos: it asks for promises, then for votes, and retries with higher
 * ballots.
 */
import type { Context } from '../world/context.ts'
import { assertSuccessor, canDecide, maySucceed } from './successor.ts'
import { invariant } from '../base/assert.ts'
import type { NodeId } from '../base/ids.ts'
import type { Ballot, MessageOf } from '../wire/messages.ts'
import { isHigher, roundMax, sameBallot, sameInstance } from './acceptor.ts'
import type { RegisterMessage, RegisterTimer } from './register.ts'
import type { View, ViewId } from './view.ts'

/** One try at a decision, over as many ballots as it takes. */
export interface Candidacy {
  /** The view to be succeeded; null for a founding. */
  readonly after: View | null
  readonly afterId: ViewId | null
  ballot: Ballot
  step: 'prepare' | 'accept'
  readonly promises: Map<NodeId, MessageOf<'vote.promise'>>
  /** INV-P2: one value for a ballot. */
  value: View | null
  readonly votes: Set<NodeId>
  refused: boolean
  /** How often a ballot was refused: what the back-off grows with. */
  refusals: number
}

export interface ProposerPort {
  /** Of this node's configuration: in a founding only founders with the same one may promise. */
  readonly configDigest: number
  send(to: NodeId, message: RegisterMessage | MessageOf<'view.newest'>): void
  acceptors(after: View | null): readonly NodeId[]
  isQuorum(after: View | null, voters: ReadonlySet<NodeId>): boolean
  /** The value, once a majority has promised; null if these promises are not enough for one. */
  choose(attempt: Candidacy): View | null
  decided(view: View): void
}

/**
 * A proposer's side of single-decree Paxos (Lamport 2001): a majority's promises, then the value, then a majority's
 * votes; after a refusal a higher ballot, after a random while, for ever. Every message may be repeated.
 */
export class Proposer {
  readonly state: { attempt: Candidacy | null; roundMax: number } = { attempt: null, roundMax: 0 }
  private readonly context: Context<RegisterTimer>
  private readonly port: ProposerPort
  private readonly retryMs: number

  constructor(context: Context<RegisterTimer>, port: ProposerPort, retryMs: number) {
    this.context = context
    this.port = port
    this.retryMs = retryMs
  }

  /** Goes for a decision. Harmless while the same instance is being decided. */
  begin(after: View | null, afterId: ViewId | null): void {
    const { attempt } = this.state
    if (attempt !== null && sameInstance(attempt.afterId, afterId)) return
    this.state.attempt = {
      after,
      afterId,
      ballot: this.nextBallot(),
      step: 'prepare',
      promises: new Map(),
      value: null,
      votes: new Set(),
      refused: false,
      refusals: 0,
    }
    this.ask(this.state.attempt)
  }

  /** The instance is decided, or this proposer has no part in it any more. */
  stop(): void {
    this.state.attempt = null
    this.context.clearTimer('vote.retry')
  }

  promised(from: NodeId, message: MessageOf<'vote.promise'>): void {
    const attempt = this.current(message.after, message.ballot)
    if (attempt === null || attempt.step !== 'prepare' || !this.isAcceptor(attempt, from)) return
    // A false value, which would be proposed again if it counted.
    if (attempt.after !== null && message.accepted !== null && !this.maySucceed(attempt.after, message.accepted.view)) return
    attempt.promises.set(from, message)
    // A founding takes in all that answer within the retry time; successors have members enough.
    if (attempt.after !== null || attempt.promises.size === this.port.acceptors(null).length) this.putToVote(attempt)
  }

  accepted(from: NodeId, message: MessageOf<'vote.accepted'>): void {
    const attempt = this.current(message.after, message.ballot)
    if (attempt === null || attempt.step !== 'accept' || !this.isAcceptor(attempt, from)) return
    attempt.votes.add(from)
    if (!this.port.isQuorum(attempt.after, attempt.votes)) return
    this.stop()
    this.port.decided(attempt.value as View)
  }

  rejected(message: MessageOf<'vote.reject'>): void {
    this.sawBallot(message.promised)
    const attempt = this.current(message.after, message.ballot)
    if (attempt === null || attempt.refused) return
    attempt.refused = true
    attempt.refusals++
    const spreadMs = this.retryMs * 2 ** Math.min(attempt.refusals, 4)
    this.context.setTimer('vote.retry', this.context.random.next() * spreadMs, { type: 'register', what: 'retry' })
  }

  sawBallot(ballot: Ballot): void {
    // A round that no proposer can have reached is false: a higher one would leave no room for the next.
    if (ballot.round < roundMax) this.state.roundMax = Math.max(this.state.roundMax, ballot.round)
  }

  /** Asks the voters again that did not answer, or with a higher ballot after a refusal. */
  timer(): void {
    const { attempt } = this.state
    if (attempt === null) return
    if (attempt.refused || this.isLost(attempt)) {
      attempt.ballot = this.nextBallot()
      attempt.step = 'prepare'
      attempt.promises.clear()
      attempt.votes.clear()
      attempt.value = null
      attempt.refused = false
    } else if (attempt.step === 'prepare' && this.putToVote(attempt)) return
    if (this.state.attempt === attempt) this.ask(attempt)
  }

  /** Too many of the nodes that a founding lists have come back as other processes, which do not know of their promises. */
  private isLost({ after, value }: Candidacy): boolean {
    return after === null && value !== null && !this.port.isQuorum(null, new Set(value.members.map(({ id }) => id)))
  }

  private nextBallot(): Ballot {
    return { round: ++this.state.roundMax, proposer: this.context.self }
  }

  /** True when a majority's promises led on to the vote. */
  private putToVote(attempt: Candidacy): boolean {
    if (!this.port.isQuorum(attempt.after, new Set(attempt.promises.keys()))) return false
    const value = this.port.choose(attempt)
    if (value === null || this.state.attempt !== attempt) return false
    if (attempt.after !== null) assertSuccessor(attempt.after, value)
    invariant(canDecide(value), 'INV-V4: the voters of a view are a quorum of the list')
    attempt.value = value
    attempt.step = 'accept'
    this.ask(attempt)
    return true
  }

  private ask(attempt: Candidacy): void {
    const { afterId: after, ballot, step, value } = attempt
    // Clocks decide when an epoch may be accepted, so the retry comes soon; answers to repeated questions are the same.
    this.context.setTimer('vote.retry', this.retryMs * (1 + this.context.random.next()), { type: 'register', what: 'retry' })
    for (const id of this.port.acceptors(attempt.after)) {
      // The node's own vote may have decided, or refused, already.
      if (this.state.attempt !== attempt || attempt.step !== step || attempt.ballot !== ballot) return
      // Founders' clocks are read again each time, since a founding may have to wait long for its majority.
      if (step === 'prepare' && (after === null || !attempt.promises.has(id))) {
        // A voter that is late for the view installs it first.
        if (attempt.after !== null && id !== this.context.self) this.port.send(id, { type: 'view.newest', view: attempt.after })
        this.port.send(id, { type: 'vote.prepare', after, ballot, config: this.port.configDigest })
      } else if (step === 'accept' && (after === null || !attempt.votes.has(id))) {
        // A founder with a fast clock votes at once, and without further messages would outbid those that wait for the slower
        // clocks.
        this.port.send(id, { type: 'vote.accept', after, ballot, view: value as View })
      }
    }
  }

  private maySucceed(after: View, accepted: View): boolean {
    return maySucceed(after, accepted, this.context.wallMs())
  }

  private current(after: ViewId | null, ballot: Ballot): Candidacy | null {
    const { attempt } = this.state
    return attempt !== null && sameInstance(attempt.afterId, after) && sameBallot(ballot, attempt.ballot) ? attempt : null
  }

  private isAcceptor(attempt: Candidacy, from: NodeId): boolean {
    return this.port.acceptors(attempt.after).includes(from)
  }
}

/** The accepted value with the highest ballot; null without one: then the choice is free. */
export function highestAccepted(promises: Iterable<MessageOf<'vote.promise'>>): View | null {
  let best: { readonly ballot: Ballot; readonly view: View } | null = null
  for (const { accepted } of promises)
    if (accepted !== null && (best === null || isHigher(accepted.ballot, best.ballot))) best = accepted
  return best?.view ?? null
}
