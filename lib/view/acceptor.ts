/**
 * This file is a voter's side of single-decree Paxos for one view's successor. It also acknowledges sessions, and keeps the
 * vote.
 */
import type { Context } from '../world/context.ts'
import type { NodeId } from '../base/ids.ts'
import type { Ballot, MessageOf } from '../wire/messages.ts'
import { wallEpoch } from './successor.ts'
import { sameViewId, type View, type ViewId, viewId } from './view.ts'
import { epochLimit, type VoteKeeper } from './vote.ts'

/** What a voter knows of its instance of Paxos, and of the sessions that it acknowledged. */
export interface AcceptorState {
  /** The view whose successor is voted on; null while this node is in no view and votes on foundings. */
  current: View | null
  currentId: ViewId | null
  /** INV-P1: never falls within an instance. */
  promised: Ballot | null
  accepted: { readonly ballot: Ballot; readonly view: View } | null
  /** The highest epoch accepted, installed or heard of. */
  epochMax: number
  /** The highest reading of the wall clock: for votes the clock never falls. */
  wallMaxMs: number
  /** When each session of the current view was last acknowledged here, and when the view was installed, by the monotonic clock. */
  readonly acknowledgedMs: Map<NodeId, number>
  installedMs: number
}

type Clocks = Pick<Context<never>, 'nowMs' | 'wallMs'>
type Promise = MessageOf<'vote.promise'>
type Rejection = MessageOf<'vote.reject'>

/** How a voter keeps its vote, and what it calls if it cannot. */
export interface VoteMemory {
  readonly keeper: VoteKeeper
  /** The voter gives no vote that it cannot keep. Otherwise the wall clock replaces a disk that fails. */
  readonly isDemanded: boolean
  unsaved(error: Error): void
}

/** No correct proposer reaches such a round: it would take years of higher ballots at full speed. */
export const roundMax = 2 ** 40
/** With a disk an epoch may be ahead of the wall clock and of all earlier votes, but not by decades. */
const epochsAheadMax = 2 ** 33

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

/**
 * A voter's side of single-decree Paxos (Lamport 2001, "Paxos made simple"): one instance for the successor of the newest view
 * that it knows, one for foundings while it is in none. Its answers also carry sessions: a voter that has *promised* for the
 * successor of e is sealed, and acknowledges no session of e any more.
 *
 * Foundings deviate from Paxos on purpose. A founding that was accepted under a lower ballot is dead and never proposed again:
 * its founders may be gone by then. Three rules keep two foundings apart: a voter with a view votes for no founding, a voter that
 * accepted one enters no view below it, and a founded view waits for the end of every session that there may be.
 *
 * With a `dataDir` the vote is kept before it is given. A voter that cannot keep it acts as one without a memory: it accepts an
 * epoch when its wall clock has reached it, or gives no vote if the user demanded that votes are kept.
 */
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
  private readonly memory: VoteMemory | null

  constructor(clocks: Clocks, memory: VoteMemory | null = null) {
    this.clocks = clocks
    this.memory = memory
    const found = memory?.keeper.found ?? null
    if (found === null) return
    this.state.epochMax = found.epochMax
    // In the vote on a view's successor another id was the voter; in foundings the entry of the list votes.
    if (found.after === null) this.state.promised = found.promised
  }

  /** Whether this voter has promised for the successor of its view, and so does no more for that view. */
  get isSealed(): boolean {
    return this.state.current !== null && this.state.promised !== null
  }

  /** A voter that accepted a founding enters no view below it: the founding waits for the end of such a view's sessions. */
  mayInstall(view: View): boolean {
    return this.state.accepted === null || view.epoch >= this.state.accepted.view.epoch
  }

  /** There is, or was, a view with this epoch. */
  heardOf(epoch: number): void {
    this.state.epochMax = Math.max(this.state.epochMax, epoch)
  }

  installed(view: View, id: ViewId): void {
    this.heardOf(view.epoch)
    this.state.current = view
    this.state.currentId = id
    this.state.promised = null
    this.state.accepted = null
    this.state.acknowledgedMs.clear()
    this.state.installedMs = this.clocks.nowMs()
  }

  /** Null if the promise could not be saved, or the round is out of range. */
  prepare(message: MessageOf<'vote.prepare'>): Promise | Rejection | null {
    const { after, ballot } = message
    const { promised, accepted, epochMax } = this.state
    if (promised !== null && isHigher(promised, ballot)) return { type: 'vote.reject', after, ballot, promised }
    if (ballot.round > roundMax) return null
    if (!this.isKept(after, ballot, accepted, epochMax) && this.isDemanded) return null
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

  /**
   * Null while the epoch is ahead of the wall clock, or if the vote could not be saved: the proposer asks again, and by then the
   * clock may have come, or the disk may have space.
   */
  accept(message: MessageOf<'vote.accept'>): MessageOf<'vote.accepted'> | Rejection | null {
    const { after, ballot, view } = message
    const { promised, accepted } = this.state
    if (promised !== null && isHigher(promised, ballot)) return { type: 'vote.reject', after, ballot, promised }
    const isNew = accepted === null || !sameBallot(ballot, accepted.ballot)
    // This voter has heard of a view since the promise, and the founding would be below it: another ballot will respect it.
    if (isNew && after === null && view.epoch <= this.state.epochMax)
      return { type: 'vote.reject', after, ballot, promised: ballot }
    if (isNew) {
      const nowEpoch = wallEpoch(this.wallMs())
      if (ballot.round > roundMax || view.epoch > this.epochHighest(nowEpoch)) return null
      const epochMax = Math.max(this.state.epochMax, view.epoch)
      const isKept = this.isKept(after, ballot, { ballot, view }, epochMax)
      if (!isKept && (this.isDemanded || view.epoch > nowEpoch)) return null
      this.state.promised = ballot
      this.state.accepted = { ballot, view }
      this.heardOf(view.epoch)
    }
    return { type: 'vote.accepted', after, ballot }
  }

  /** Whether this voter still acknowledges a session of its view; then its age counts from now. */
  acknowledge(from: NodeId): boolean {
    if (this.isSealed) return false
    this.state.acknowledgedMs.set(from, this.clocks.nowMs())
    return true
  }

  /** Without a disk the wall clock is the memory: the voter accepts no epoch that it could fall below after a restart. */
  private epochHighest(nowEpoch: number): number {
    if (this.memory === null) return nowEpoch
    return Math.min(epochLimit - 1, Math.max(nowEpoch, this.state.epochMax) + epochsAheadMax)
  }

  private get isDemanded(): boolean {
    return this.memory?.isDemanded === true
  }

  private isKept(after: ViewId | null, promised: Ballot, accepted: AcceptorState['accepted'], epochMax: number): boolean {
    if (this.memory === null) return false
    const kept = accepted === null ? null : { ballot: accepted.ballot, view: viewId(accepted.view) }
    try {
      this.memory.keeper.keep({ after, promised, accepted: kept, epochMax })
      return true
    } catch (error) {
      this.memory.unsaved(error as Error)
      return false
    }
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
