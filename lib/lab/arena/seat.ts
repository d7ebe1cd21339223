/**
 * This file is one site of the arena: the algorithm's instance, its clock, its requests, and the `Site` that the algorithm acts
 * on.
 */
import { inRingOrder, type NodeId } from '../../base/ids.ts'
import type { Mode } from '../../base/mode.ts'
import { type Random, seededRandom } from '../../base/random.ts'
import type { Stamp } from '../../clock/stamp.ts'
import type { Algorithm, Body, Site } from '../../mutex/contract.ts'
import type { Carried } from '../../view/flush-host.ts'
import type { Arena } from './arena.ts'
import type { Due } from './due-queue.ts'

/** One request, from the moment it is made. Times are in units of T, the mean delay of a message. */
export interface Request {
  /** Its number among the requests of its site, from 1. */
  readonly number: number
  /** The Lamport stamp that its messages carry. */
  readonly stamp: Stamp
  /** What it asks for. */
  readonly mode: Mode
  /** When the user came; with a queue at the site that is before the algorithm was asked. */
  readonly arrivedAtT: number
  /** When the algorithm was asked. */
  readonly askedAtT: number
  /** When it entered; -1 before. */
  enteredAtT: number
  /** When it left; -1 before. */
  leftAtT: number
  /** Its place among all entries, from 0; -1 before it entered. */
  entry: number
  /** Messages that name this request, by kind (as `Arena.kinds` numbers them). */
  readonly messages: number[]
  /** Which requests its site knew of when it was made; null when that is not counted. */
  readonly known: Uint32Array | null
}

/** How many of a site's requests are remembered: messages that name an older one count for no request. */
const recentMax = 4

/** One site of the arena: an instance of the algorithm, its clock, and the user at it. */
export class Seat<Message extends Body> {
  /** Its place among the sites, from 0. */
  readonly index: number
  /** Its id. */
  readonly id: NodeId
  /** The arena that it is in. */
  readonly arena: Arena<Message>
  /** Its instance of the algorithm, a fresh one in each view. */
  algorithm: Algorithm<Message>
  /** Lamport's clock, by which requests are stamped. */
  clock = 0
  /** The largest fence counter heard of in this view. */
  counter = 0
  /** What its user does. */
  state: 'out' | 'waiting' | 'inside' = 'out'
  /** The request that waits or is inside. */
  request: Request | null = null
  /** Requests whose messages still count for them, newest last. */
  readonly recent: Request[] = []
  /** Users who came while one was being served: when. */
  readonly backlog: number[] = []
  /** Its entries so far. */
  entries = 0
  /** Its requests so far. */
  requests = 0
  /** Whether it has stopped for good. */
  isCrashed = false
  /** Whether it stands still at present. */
  isPaused = false
  /** What came due while it was paused. */
  readonly heldBack: Due<Message>[] = []
  /** Messages between different parts are lost. */
  part = 0
  /** Which requests it knows of, by seat; empty when that is not counted. */
  known: Uint32Array
  private shared: Uint32Array | null = null

  constructor(arena: Arena<Message>, index: number, id: NodeId, knownOf: number) {
    this.arena = arena
    this.index = index
    this.id = id
    this.known = new Uint32Array(knownOf)
    this.algorithm = noAlgorithm as Algorithm<Message>
  }

  /** What it knows now, to be read by others: made once until it learns more. */
  knowledge(): Uint32Array | null {
    if (this.known.length === 0) return null
    this.shared ??= this.known.slice()
    return this.shared
  }

  /** It knows of its own latest request. */
  learnOwn(): void {
    if (this.known.length === 0) return
    this.known[this.index] = this.requests
    this.shared = null
  }

  /** It knows of the requests that another site knew of. */
  learn(other: Uint32Array): void {
    const { known } = this
    for (let i = 0; i < known.length; i++) {
      const theirs = other[i] as number
      if (theirs > (known[i] as number)) {
        known[i] = theirs
        this.shared = null
      }
    }
  }

  /** Its user asks now, having come then. */
  newRequest(nowT: number, arrivedAtT: number, mode: Mode): Request {
    this.requests++
    this.learnOwn()
    const request: Request = {
      number: this.requests,
      stamp: { time: ++this.clock, count: 0, id: this.id },
      mode,
      arrivedAtT,
      askedAtT: nowT,
      enteredAtT: -1,
      leftAtT: -1,
      entry: -1,
      messages: [],
      known: this.knowledge(),
    }
    this.request = request
    this.state = 'waiting'
    return request
  }

  /** Keeps a request among the recent ones, and returns the request that is forgotten for it. */
  remember(request: Request): Request | null {
    this.recent.push(request)
    return this.recent.length > recentMax ? (this.recent.shift() as Request) : null
  }

  /** The recent request that this stamp names. */
  named(stamp: Stamp): Request | null {
    const { recent } = this
    for (let i = recent.length - 1; i >= 0; i--) {
      const request = recent[i] as Request
      if (request.stamp.time === stamp.time) return request
    }
    return null
  }
}

/** What an algorithm of the lab may use beyond `Site`: the clock on the wall, timers and chance. No algorithm of the product may. */
export interface LabSite<Message extends Body> extends Site<Message> {
  /** The time, in units of T. */
  nowT(): number
  /** Calls `then` so much later, unless the view has changed or the site has crashed. */
  after(delayT: number, then: () => void): void
  /** Draws from the site's own stream of the seed. */
  readonly random: Random
}

/** A seat as its algorithm sees it, in one view. */
export class ArenaSite<Message extends Body> implements LabSite<Message> {
  readonly self: NodeId
  readonly peers: readonly NodeId[]
  readonly carried: readonly Carried[]
  readonly firstPlace: NodeId
  private readonly seat: Seat<Message>
  private chance: Random | null = null

  constructor(seat: Seat<Message>, members: readonly NodeId[], carried: readonly Carried[], firstPlace: NodeId) {
    this.seat = seat
    this.self = seat.id
    this.peers = inRingOrder(members, seat.id)
    this.carried = carried
    this.firstPlace = firstPlace
  }

  get random(): Random {
    this.chance ??= seededRandom(this.seat.arena.seed * 1009 + this.seat.index + 1)
    return this.chance
  }

  send(to: NodeId, body: Message): void {
    this.seat.arena.send(this.seat, to, body)
  }

  broadcast(to: Iterable<NodeId>, body: Message): void {
    for (const id of to) this.send(id, body)
  }

  granted(): void {
    this.seat.arena.granted(this.seat)
  }

  refused(): void {
    this.seat.arena.refused(this.seat)
  }

  pause(isBrief = false): void {
    this.after(isBrief ? 0 : 1, () => this.seat.algorithm.wake?.())
  }

  /** No site is suspected in the arena. */
  isSilent(): boolean {
    return false
  }

  nowT(): number {
    return this.seat.arena.nowT
  }

  after(delayT: number, then: () => void): void {
    const { seat } = this
    const { algorithm } = seat
    seat.arena.call(seat, delayT, () => {
      if (seat.algorithm === algorithm || algorithm === noAlgorithm) then()
    })
  }
}

const noAlgorithm = {} as Algorithm<never>
