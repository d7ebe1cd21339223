/**
 * This file is the register for several hosts: the voters of a view decide its successor by Paxos, and a majority of the join
 * list acknowledges sessions.
 */
import type { Context } from '../world/context.ts'
import { unreachable } from '../base/assert.ts'
import type { NodeId } from '../base/ids.ts'
import type { MessageOf } from '../wire/messages.ts'
import { sparedByAges } from './ages.ts'
import { Acceptor, type AcceptorState, sameInstance } from './acceptor.ts'
import type { Epochs } from './epochs.ts'
import { Founding } from './founding.ts'
import { type Candidacy, highestAccepted, Proposer } from './proposer.ts'
import type { Register, RegisterListener, RegisterMessage, RegisterOptions, RegisterTimer } from './register.ts'
import { Renewals } from './renewals.ts'
import { renewedAgainMs } from './session.ts'
import { epochAtMs, isQuorum, maySucceed } from './successor.ts'
import { configDigest, configText, isMember, sameViewId, type View, type ViewId, viewId } from './view.ts'
import { epochLimit } from './vote.ts'

/**
 * The register of several hosts: the successor of each view is decided by single-decree Paxos among that view's voters,
 * at most one process for each entry of the join list; a majority *of the list* decides, founds, and acknowledges
 * sessions. Nodes whose address is not in the list are members without a vote.
 */
export class QuorumRegister implements Register {
  readonly openToJoiners = false
  readonly renewsWithView = true
  readonly state: {
    readonly acceptor: AcceptorState
    readonly proposer: Proposer['state']
    readonly addresses: Map<string, NodeId>
  }
  private readonly context: Context<RegisterTimer>
  private readonly options: RegisterOptions
  private readonly acceptor: Acceptor
  private readonly proposer: Proposer
  private readonly renewals: Renewals
  private readonly founding: Founding
  private readonly epochs: Epochs
  private readonly sessionMs: number
  private listener: RegisterListener | null = null
  /** The value that this node proposes if the choice is free. */
  private wish: View | null = null
  /** This node voted for a founding, and there is a view below it. */
  private sealed = false
  /** When it last reported that a vote could not be saved. */
  private unsavedAtMs = Number.NEGATIVE_INFINITY

  constructor(context: Context<RegisterTimer>, options: RegisterOptions) {
    this.context = context
    this.options = options
    this.sessionMs = options.config.sessionMs
    this.epochs = options.epochs
    const { keeper } = options
    const memory = keeper && {
      keeper,
      isDemanded: options.isVoteDemanded === true,
      unsaved: (error: Error) => this.unsaved(error),
    }
    this.acceptor = new Acceptor(context, memory)
    this.acceptor.heardOf(Math.max(options.epochFloor ?? 0, this.epochs.highest()))
    this.renewals = new Renewals(context as Context<never>)
    this.founding = new Founding(context, options)
    this.proposer = new Proposer(
      context,
      {
        configDigest: configDigest(options.config),
        send: (to, message) => this.send(to, message),
        acceptors: (after) => (after === null ? this.founding.founders : after.voters.filter((id) => id !== null)),
        isQuorum: (after, ids) => this.isQuorum(after, ids),
        choose: (attempt) => this.choose(attempt),
        decided: (view) => this.decided(view),
      },
      Math.min(150, Math.max(25, this.sessionMs / 20)),
    )
    this.state = { acceptor: this.acceptor.state, proposer: this.proposer.state, addresses: this.founding.addresses }
  }

  get epochMax(): number {
    return this.acceptor.state.epochMax
  }

  get floor(): number {
    return this.epochs.entered
  }

  start(listener: RegisterListener): void {
    this.listener = listener
    if (this.mayFound) this.founding.begin()
  }

  propose(current: View, successor: View): void {
    // There is no successor past the last epoch that fits into a fence; only a false message leads there.
    if (this.listener === null || !this.isCurrent(current) || successor.epoch >= epochLimit) return
    this.wish = successor
    this.proposer.begin(current, viewId(current))
  }

  /** Voters wait for their own clocks; but an epoch that leaves others out must not stop them for long. */
  waitMs(current: View, epoch: number): number {
    return epoch === current.epoch + 1 ? 0 : Math.max(0, epochAtMs(epoch) - this.context.wallMs())
  }

  renew(current: View): void {
    const view = viewId(current)
    const sequence = this.renewals.ask(view)
    for (const id of current.voters) if (id !== null) this.send(id, { type: 'session.renew', view, sequence })
  }

  /** By its latest answer to a renewal: only voters answer. */
  vouchesFor(id: NodeId): boolean {
    const { current } = this.acceptor.state
    return current !== null && this.context.nowMs() - this.renewals.answeredMs(id) <= renewedAgainMs(current.config.sessionMs)
  }

  look(): void {
    // There is nothing to read: peers tell this node.
  }

  heard(view: View): void {
    if (this.listener === null) return
    const { current } = this.acceptor.state
    if (current === null) {
      if (!this.acceptor.mayInstall(view)) {
        // The founding that was accepted here may still be decided; if not, only a new start helps.
        if (!this.sealed) this.context.setTimer('vote.sealed', this.sessionMs, { type: 'register', what: 'sealed' })
        this.sealed = true
        return
      }
      this.acceptor.heardOf(view.epoch)
      // Another node has a view. By now an earlier founding has listed this node, or it is dead.
      if (this.proposer.state.attempt !== null || this.mayFound) {
        this.proposer.stop()
        this.founding.later(this.sessionMs)
      }
    } else if (view.epoch <= current.epoch) return
    this.decided(view)
  }

  peerAt(id: NodeId, address: string): void {
    this.founding.peerAt(id, address)
  }

  receive(from: NodeId, message: RegisterMessage): void {
    if (this.listener === null) return
    switch (message.type) {
      case 'vote.prepare':
        return this.prepare(from, message)
      case 'vote.accept':
        return this.accept(from, message)
      case 'vote.promise':
        return this.proposer.promised(from, message)
      case 'vote.accepted':
        return this.proposer.accepted(from, message)
      case 'vote.reject':
        if (message.after === null) this.giveWay('asking')
        return this.proposer.rejected(message)
      case 'session.renew':
        return this.acknowledge(from, message)
      case 'session.renewed':
        return this.renewed(from, message)
      default:
        return unreachable(message)
    }
  }

  timer(timer: RegisterTimer): void {
    if (this.listener === null) return
    switch (timer.what) {
      case 'found':
        return this.found()
      case 'retry':
        return this.proposer.timer()
      case 'unfinished':
        return this.unfinished()
      case 'sealed':
        if (this.acceptor.state.current === null)
          this.listener.ended({ reason: 'founding', message: 'this voter accepted a founding that did not come about' })
        return
    }
  }

  stop(): void {
    this.listener = null
    this.proposer.stop()
    for (const key of ['vote.found', 'vote.unfinished', 'vote.sealed']) this.context.clearTimer(key)
  }

  private get mayFound(): boolean {
    return this.acceptor.state.current === null && this.founding.entry !== -1
  }

  private isCurrent(view: View): boolean {
    const { currentId } = this.acceptor.state
    return currentId !== null && sameViewId(viewId(view), currentId)
  }

  /** Tries to found a view, as long as this node is in none. */
  private found(): void {
    if (!this.mayFound) return
    this.founding.later(100)
    if (this.founding.isQuorum(new Set(this.founding.founders))) this.proposer.begin(null, null)
  }

  private giveWay(to: 'asking' | 'voting'): void {
    if (!this.mayFound) return
    this.proposer.stop()
    this.founding.giveWay(to)
  }

  private isQuorum(view: View | null, ids: ReadonlySet<NodeId>): boolean {
    if (view === null) return this.founding.isQuorum(ids)
    return isQuorum(this.options.config.joinList, (entry) => {
      const voter = view.voters[entry] ?? null
      return voter !== null && ids.has(voter)
    })
  }

  private choose(attempt: Candidacy): View | null {
    if (attempt.after !== null) {
      const promises = [...attempt.promises.values()]
      const accepted = highestAccepted(promises)
      return accepted ?? (this.wish && sparedByAges(attempt.after, this.wish, promises))
    }
    // A founder that could not save its own promise would found a view of the others alone, and no node would tell them.
    const founded = attempt.promises.has(this.context.self) ? this.founding.viewOf(attempt.promises) : null
    if (founded !== null) return founded
    this.proposer.stop()
    this.founding.standAside()
    return null
  }

  private decided(view: View): void {
    if (isMember(view, this.context.self)) {
      // A process never goes back: what it asked for lies above, so this is a view that it is being left out of.
      if (this.acceptor.state.current === null && view.epoch < this.epochs.entered) return
      this.epochs.enter(view.epoch)
      this.acceptor.installed(view, viewId(view))
      for (const key of ['vote.found', 'vote.unfinished', 'vote.sealed']) this.context.clearTimer(key)
      this.proposer.stop()
      this.wish = null
    }
    this.listener?.decided(view)
  }

  private prepare(from: NodeId, message: MessageOf<'vote.prepare'>): void {
    this.proposer.sawBallot(message.ballot)
    if (!this.mayVote(from, message.after)) return
    // A founder with other options would be in a view that it must refuse, and its missing vote would end that view.
    if (message.after === null && message.config !== configDigest(this.options.config)) return
    const answer = this.acceptor.prepare(message)
    if (answer === null) return
    if (message.after !== null) this.awaitSuccessor()
    else if (from !== this.context.self && answer.type === 'vote.promise') this.giveWay('asking')
    this.send(from, answer)
  }

  private accept(from: NodeId, message: MessageOf<'vote.accept'>): void {
    const { after, view } = message
    if (!this.mayVote(from, after)) return
    const { current } = this.acceptor.state
    if (current !== null && !maySucceed(current, view, this.context.wallMs())) return
    // The nodes that promised for a founding and are in it vote for it. If another process at this address promised, this one
    // does not know of that promise. If this one's clock is wrong, no proposer may wait for its vote.
    const isHeard = after !== null || (isMember(view, this.context.self) && this.hasOwnConfig(view))
    const answer = isHeard ? this.acceptor.accept(message) : null
    if (message.after !== null) this.awaitSuccessor()
    else if (from !== this.context.self && answer?.type !== 'vote.reject') this.giveWay('voting')
    if (answer !== null) this.send(from, answer)
  }

  /**
   * A voter votes only on the successor of the newest view that it knows decided, and on foundings only while it is in
   * no view. A proposer that asks for less is told of that view.
   */
  private mayVote(from: NodeId, after: ViewId | null): boolean {
    const { current, currentId } = this.acceptor.state
    if (current === null) return after === null && this.founding.entry !== -1
    if (sameInstance(after, currentId)) return current.voters.includes(this.context.self)
    if (after === null || after.epoch <= current.epoch) this.send(from, { type: 'view.newest', view: current })
    return false
  }

  private hasOwnConfig(view: View): boolean {
    return configText(view.config) === configText(this.options.config)
  }

  /** If the user demanded that votes are kept, none is given then. Proposers ask again and again, so this is reported seldom. */
  private unsaved(error: Error): void {
    const nowMs = this.context.nowMs()
    if (nowMs - this.unsavedAtMs < this.sessionMs) return
    this.unsavedAtMs = nowMs
    const type = this.options.isVoteDemanded === true ? 'voteUnsaved' : 'stateUnsaved'
    this.context.emit({ type, message: error.message })
  }

  /** The voters are sealed, so this view's sessions run out: if the proposer fails, another node must finish. */
  private awaitSuccessor(): void {
    this.context.setTimer('vote.unfinished', this.sessionMs / 6, { type: 'register', what: 'unfinished' })
  }

  private unfinished(): void {
    if (!this.acceptor.isSealed) return
    this.awaitSuccessor()
    this.listener?.unfinished()
  }

  private acknowledge(from: NodeId, message: MessageOf<'session.renew'>): void {
    const { current, currentId } = this.acceptor.state
    if (current === null || currentId === null) return
    if (!sameViewId(message.view, currentId)) {
      if (message.view.epoch <= current.epoch) this.send(from, { type: 'view.newest', view: current })
      return
    }
    if (!isMember(current, from) || !current.voters.includes(this.context.self) || !this.acceptor.acknowledge(from)) return
    this.send(from, { type: 'session.renewed', view: message.view, sequence: message.sequence })
    if (from !== this.context.self) this.listener?.renewing()
  }

  private renewed(from: NodeId, message: MessageOf<'session.renewed'>): void {
    const { current, currentId } = this.acceptor.state
    if (current === null || currentId === null || !sameViewId(message.view, currentId)) return
    const started = this.renewals.answered(from, message.view, message.sequence, (yes) => this.isQuorum(current, yes))
    if (started !== null) this.listener?.renewed(started)
  }

  /** Oneself is a voter like any other, without a link. */
  private send(to: NodeId, message: RegisterMessage | MessageOf<'view.newest'>): void {
    if (to !== this.context.self) this.context.send(to, message)
    else if (message.type !== 'view.newest') this.receive(to, message)
  }
}
