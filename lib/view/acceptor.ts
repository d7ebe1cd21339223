import type { Context } from '../actor/context.ts'
import type { NodeId } from '../base/ids.ts'
import type { Ballot, MessageOf } from '../wire/messages.ts'
import { wallEpoch } from './successor.ts'
import { sameViewId, type View, type ViewId } from './view.ts'

/**
 * A voter's side of single-decree Paxos (Lamport 2001, "Paxos made simple"): one instance for the successor of the
 * newest view that it knows, one for foundings while it is in none. What it answers also makes sessions: a voter that has
 * *promised* for the successor of e is sealed, and acknowledges no session of e any more, for good.
 *
 * Foundings deviate from Paxos on purpose. A founding that was accepted under a lower ballot is dead and never proposed
 * again: its founders may be gone by then. What keeps two foundings apart is that whoever has a view votes for none, that
 * whoever accepted one enters no view below it, and that a founded view waits out every session there may be.
 */
export interface AcceptorState {
  /** The view whose successor is voted on; null while in none, when foundings are. */
  current: View | null
  currentId: ViewId | null
  /** INV-P1: never falls within an instance. */
  promised: Ballot | null
  accepted: { readonly ballot: Ballot; readonly view: View } | null
  /** The highest epoch accepted, installed or heard of. */
  epochMax: number
  /** The highest reading of the wall clock: for votes it never falls. */
  wallMaxMs: number
  /** When each session of the current view was last acknowledged here, and when the view was installed, by the monotonic clock. */
  readonly acknowledgedMs: Map<NodeId, number>
  installedMs: number
}

type Clocks = Pick<Context<never>, 'nowMs' | 'wallMs'>

/** The order of ballots: by round, and by proposer within a round. */
export function isHigher(a: Ballot, b: Ballot | null): boolean {
  return b === null || a.round > b.round || (a.round === b.round && a.proposer > b.proposer)
}

export function sameBallot(a: Ballot, b: Ballot | null): boolean {
  return b !== null && a.round === b.round && a.proposer === b.proposer
}

/** Both name the same instance. */
export function sameInstance(a: ViewId | null, b: ViewId | null): boolean {
  return a === null || b === null ? a === b : sameViewId(a, b)
}

export class Acceptor {
  readonly state: AcceptorState = {
    current: null,
    currentId: null,
    promised: null,
    accepted: null,
    epochMax: 0,
    wallMaxMs: 0,
    acknowledgedMs: new Map(),
    installedMs: 0,
  }
  private readonly clocks: Clocks

  constructor(clocks: Clocks) {
    this.clocks = clocks
  }

  /** A voter that promised for the successor of its view, and so ended what it does for that view. */
  get isSealed(): boolean {
    return this.state.current !== null && this.state.promised !== null
  }

  /** Whoever accepted a founding enters no view below it: such a view's sessions are being waited out. */
  mayInstall(view: View): boolean {
    return this.state.current !== null || this.state.accepted === null || view.epoch >= this.state.accepted.view.epoch
  }

  heard(view: View): void {
    this.state.epochMax = Math.max(this.state.epochMax, view.epoch)
  }

  installed(view: View, id: ViewId): void {
    this.heard(view)
    this.state.current = view
    this.state.currentId = id
    this.state.promised = null
    this.state.accepted = null
    this.state.acknowledgedMs.clear()
    this.state.installedMs = this.clocks.nowMs()
  }

  prepare(message: MessageOf<'vote.prepare'>): MessageOf<'vote.promise'> | MessageOf<'vote.reject'> {
    const { after, ballot } = message
    const { promised } = this.state
    if (promised !== null && isHigher(promised, ballot)) return { type: 'vote.reject', after, ballot, promised }
    this.state.promised = ballot
    return {
      type: 'vote.promise',
      after,
      ballot,
      accepted: this.state.accepted,
      epochMax: this.state.epochMax,
      wallMs: this.wallMs(),
      ages: this.ages(),
    }
  }

  /** Null while the epoch lies ahead of the wall clock: the proposer asks again, and by then it may have been reached. */
  accept(message: MessageOf<'vote.accept'>): MessageOf<'vote.accepted'> | MessageOf<'vote.reject'> | null {
    const { after, ballot, view } = message
    const { promised, accepted } = this.state
    if (promised !== null && isHigher(promised, ballot)) return { type: 'vote.reject', after, ballot, promised }
    const isNew = accepted === null || !sameBallot(ballot, accepted.ballot)
    // A view was heard of since the promise, and the founding would be below it: another ballot will count it in.
    if (isNew && after === null && view.epoch <= this.state.epochMax)
      return { type: 'vote.reject', after, ballot, promised: ballot }
    if (isNew) {
      // Without a disk the wall clock is what remembers: no epoch is accepted that a restart could fall below.
      if (view.epoch > wallEpoch(this.wallMs())) return null
      this.state.promised = ballot
      this.state.accepted = { ballot, view }
      this.heard(view)
    }
    return { type: 'vote.accepted', after, ballot }
  }

  /** Whether this voter still vouches for a session of its view; then its age counts from now. */
  acknowledge(from: NodeId): boolean {
    if (this.isSealed) return false
    this.state.acknowledgedMs.set(from, this.clocks.nowMs())
    return true
  }

  private ages(): { readonly id: NodeId; readonly ageMs: number }[] {
    const { current, acknowledgedMs, installedMs } = this.state
    const nowMs = this.clocks.nowMs()
    return (current?.members ?? []).map(({ id }) => ({ id, ageMs: nowMs - (acknowledgedMs.get(id) ?? installedMs) }))
  }

  private wallMs(): number {
    this.state.wallMaxMs = Math.max(this.state.wallMaxMs, this.clocks.wallMs())
    return this.state.wallMaxMs
  }
}
