/**
 * This file keeps the global state of an exploration, which is the state of every site and of the messages between them. It
 * takes steps, and copies itself.
 */
import type { NodeId } from '../../base/ids.ts'
import { Mode } from '../../base/mode.ts'
import { entriesOf } from '../../base/mode-counts.ts'
import type { Random } from '../../base/random.ts'
import { sameStamp, type Stamp } from '../../clock/stamp.ts'
import type { Algorithm, Body } from '../../mutex/contract.ts'
import type { Carried } from '../../view/flush-host.ts'
import { checkEntry, checkMoment } from './checks.ts'
import { copyOf } from './copy.ts'
import { stepsOf } from './moves.ts'
import { type Parcel, Traffic } from './post.ts'
import { ExploredSite, type PendingWish, SharedSite, type SiteHost, type ActingHost } from './seat.ts'
import { BrokenRule } from './rules.ts'
import type { Situation, Step, Wish } from './situation.ts'
import { StateHash } from './state-hash.ts'
import { request, take } from './take.ts'
import type { ViewChange } from './view-change.ts'

const isShared = (value: object): boolean => value instanceof SharedSite
const isFixed = (value: object): boolean => isShared(value) || value instanceof Mode

/**
 * A few sites of one algorithm and the messages between them, in order on each link and otherwise in any order at all. It does
 * what the lock layer does: it forgets an idle instance, hands requests over to the next view, and keeps an entrant waiting while
 * an evicted site may still be inside.
 */
export class GlobalState implements SiteHost {
  readonly situation: Situation
  readonly ids: readonly NodeId[]
  readonly sent: Record<string, number> = {}
  readonly entries: { readonly at: NodeId; readonly stamp: Stamp }[] = []
  refusals = 0
  /** The view change that is under way or over; null before one is decided. */
  change: ViewChange | null = null
  /** A message was lost, and nothing has been done about it. */
  isBroken = false
  highestFence = 0
  /** A request has entered. */
  hasWinner = false
  /** How often a site may still begin to suspect another. */
  suspicionsLeft: number
  readonly seats: Map<NodeId, ExploredSite>
  readonly post: Traffic
  /** Who holds the lock in the first view. */
  private readonly carriedAtFirst: readonly Carried[]
  private readonly stage: ActingHost
  /** Seats that no other state has. */
  private readonly owned = new Set<ExploredSite>()
  private readonly hashing: StateHash
  private readonly hashes: WeakMap<object, number>

  constructor(situation: Situation, original?: GlobalState) {
    this.situation = situation
    this.ids = original?.ids ?? situation.wishes.map((_, i) => String.fromCharCode(97 + i))
    this.carriedAtFirst =
      original?.carriedAtFirst ?? (situation.carried ?? []).map((hold) => ({ ...hold, mode: Mode.of(hold.mode) }))
    this.stage = original?.stage ?? { acting: null }
    this.hashing = original?.hashing ?? new StateHash(isShared)
    this.hashes = original?.hashes ?? new WeakMap()
    this.seats = new Map(original?.seats)
    this.post = original?.post.copy() ?? new Traffic()
    this.suspicionsLeft = original?.suspicionsLeft ?? situation.suspicionsMax ?? 0
    if (original !== undefined) {
      this.change = original.change
      this.isBroken = original.isBroken
      this.highestFence = original.highestFence
      this.hasWinner = original.hasWinner
      return
    }
    this.stage.acting = this
    for (const id of this.ids) this.sit(id)
  }

  seat(id: NodeId): ExploredSite {
    return this.seats.get(id) as ExploredSite
  }

  /** A seat that may be changed: what other states share is copied first. */
  own(id: NodeId): ExploredSite {
    const seat = this.seat(id)
    if (this.owned.has(seat)) return seat
    const copy = copyOf(seat, isFixed)
    this.seats.set(id, copy)
    this.owned.add(copy)
    return copy
  }

  /** The sites that are members of the newest view, decided or begun. */
  get members(): readonly NodeId[] {
    const gone = this.change?.gone ?? null
    return gone === null ? this.ids : this.ids.filter((id) => id !== gone)
  }

  /** It was cut off, and its session is over: it does nothing any more. */
  isOver(id: NodeId): boolean {
    return this.change !== null && this.change.gone === id && !this.change.isLive
  }

  /** Who holds the lock as the view of this site begins. */
  carriedOf(id: NodeId): readonly Carried[] {
    return this.seat(id).epoch === 1 ? this.carriedAtFirst : (this.change?.carried ?? [])
  }

  /** Where a token begins in that view if the lock is free. */
  firstPlace(epoch: number): NodeId {
    const { firstPlace = 'a' } = this.situation
    const members = epoch === 1 ? this.ids : this.members
    return members.includes(firstPlace) ? firstPlace : (members[0] as NodeId)
  }

  /** Everything that may happen next. */
  steps(): Step[] {
    return stepsOf(this)
  }

  /** @throws an error that says which rule the step broke. */
  take(step: Step): void {
    this.stage.acting = this
    take(this, step)
    checkMoment(this)
  }

  /** Asks for the next wish of a site, or for this one. */
  request(id: NodeId, wish?: Wish): void {
    this.stage.acting = this
    request(this, id, wish)
  }

  /** Delivers all that is on its way, and what that causes, oldest link first. */
  settle(): void {
    for (let steps = this.steps(); ; steps = this.steps()) {
      const step = steps.find((each) => each.do === 'deliver')
      if (step === undefined) return
      this.take(step)
    }
  }

  /** Goes on at random until nothing can happen. */
  walk(random: Random, stepsMax: number): void {
    for (let i = 0; i < stepsMax; i++) {
      const steps = this.steps()
      if (steps.length === 0) return
      this.take(steps[random.below(steps.length)] as Step)
    }
    throw new BrokenRule('liveness', `still going after ${stepsMax} steps`)
  }

  get messages(): number {
    return Object.values(this.sent).reduce((sum, count) => sum + count, 0)
  }

  /** Everything that decides the future, as a number. */
  hash(): number {
    this.owned.clear()
    const parts: number[] = [
      this.isBroken ? 1 : 0,
      this.highestFence,
      this.suspicionsLeft,
      this.change === null ? 0 : this.hashOf(this.change),
    ]
    if (this.situation.wins === true) parts.push(this.hasWinner ? 1 : 0)
    for (const id of this.ids) parts.push(this.hashOf(this.seat(id)))
    for (const from of this.ids) {
      for (const to of this.ids) {
        const queue = this.queue(from, to)
        parts.push(queue.length === 0 ? 0 : this.hashOf(queue))
      }
    }
    return this.hashing.of(parts)
  }

  /** The same moment in another state, which then goes its own way. What neither changes they share. */
  copy(): GlobalState {
    this.owned.clear()
    return new GlobalState(this.situation, this)
  }

  /** What is on its way from one site to another. */
  queue(from: NodeId, to: NodeId): readonly Parcel[] {
    return this.post.of(from, to)
  }

  /** Puts a message on a link, as if that site had sent it. */
  slip<Message extends Body>(from: NodeId, to: NodeId, body: Message): void {
    const { epoch, counter } = this.seat(from)
    this.post.put(from, to, { epoch, counter, body })
  }

  // What the algorithms do.

  sending(from: NodeId, to: NodeId, body: Body): void {
    this.sent[body.kind] = (this.sent[body.kind] ?? 0) + 1
    const { epoch, claim } = this.seat(to)
    if (this.isOver(to)) return
    // A site that has installed a newer view drops what comes from an older one.
    if (epoch === this.seat(from).epoch ? claim === null : epoch < this.seat(from).epoch) this.slip(from, to, body)
  }

  granted(at: NodeId, stamp?: Stamp): void {
    const seat = this.own(at)
    const request = seat.pending.find((each) => stamp === undefined || sameStamp(each.stamp, stamp))
    if (request === undefined || request.isEntered) throw new BrokenRule('wrong move', `${at} is granted what it does not want`)
    if (stamp === undefined && seat.pending.length > 1)
      throw new BrokenRule('wrong move', `${at} is granted one of several, and not told which`)
    const { change } = this
    const isInDoubt = change !== null && seat.epoch === change.epoch && change.isLive && change.isDoubted
    if (!isInDoubt) this.admit(at, request)
    else seat.pending = seat.pending.map((each) => (each === request ? { ...each, isEntered: true } : each))
  }

  /** Gives the lock to the user for whom it was entered. */
  admit(at: NodeId, request: PendingWish): void {
    const seat = this.own(at)
    this.entries.push({ at, stamp: request.stamp })
    this.hasWinner = true
    const mode = Mode.of(request.mode)
    seat.pending = seat.pending.filter((each) => !sameStamp(each.stamp, request.stamp))
    seat.entries = [...seat.entries, mode].sort((one, other) => one.code - other.code)
    if (this.situation.fences === true) checkEntry(this, at, seat, mode)
  }

  refused(at: NodeId): void {
    const seat = this.own(at)
    if (seat.pending[0]?.ifFree !== true) throw new BrokenRule('wrong move', `${at} is refused what it did not ask for so`)
    seat.pending = []
    this.refusals++
  }

  paused(at: NodeId): void {
    this.own(at).paused = true
  }

  isSilent(at: NodeId, peer: NodeId): boolean {
    return this.seats.get(at)?.silent.includes(peer) === true
  }

  /** An instance as a fresh one would begin in this site's view. */
  newInstance(id: NodeId, epoch: number): Algorithm<Body> {
    const { situation } = this
    const members = epoch === 1 ? this.ids : this.members
    const carried = epoch === 1 ? this.carriedAtFirst : (this.change?.carried ?? [])
    return situation.kind.create(new SharedSite(this.stage, id, members, carried, this.firstPlace(epoch)))
  }

  private sit(id: NodeId): void {
    const wishes = this.situation.wishes[this.ids.indexOf(id)] ?? []
    const entries = [...entriesOf(this.carriedAtFirst, id)].flatMap(({ mode, count }) => new Array<Mode>(count).fill(mode))
    const seat = new ExploredSite(noAlgorithm, wishes, entries, this.situation.napsMax ?? 0)
    this.owned.add(seat)
    this.seats.set(id, seat)
    // A fresh token may ask for its pause at once.
    seat.algorithm = this.newInstance(id, 1)
  }

  private hashOf(part: object): number {
    let hash = this.hashes.get(part)
    if (hash === undefined) {
      // Where messages overtake each other, what is on a link has no order.
      hash = this.hashing.of(this.situation.unordered === true && Array.isArray(part) ? new Set(part) : part)
      this.hashes.set(part, hash)
    }
    return hash
  }
}

const noAlgorithm = {} as Algorithm<Body>
