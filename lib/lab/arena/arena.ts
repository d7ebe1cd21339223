/**
 * The arena: the sites of one algorithm, and nothing else, on virtual time in units of T. No node, no membership, no bytes: what
 * the papers assume. It is fast enough for a million messages a second and can be taken one step at a time. So the experiments,
 * the diagram in the browser and the checks of a user's own algorithm all run the same actors in the same world.
 *
 * Links keep order and lose nothing unless told otherwise. Messages to oneself do not exist. Everything is drawn from one seed.
 */
import { invariant } from '../../base/assert.ts'
import type { NodeId } from '../../base/ids.ts'
import { Mode } from '../../base/mode.ts'
import { type Random, seededRandom } from '../../base/random.ts'
import type { AlgorithmKind, Body } from '../../mutex/contract.ts'
import { stampIn } from '../../mutex/stamped.ts'
import type { Breach, MessageLoss } from '../../sim/story/story.ts'
import { type DelayLaw, exponential } from './delays.ts'
import { Due, DueQueue } from './due-queue.ts'
import { ArenaLinks } from './links.ts'
import { MessageCounts } from './message-counts.ts'
import { nodeNames } from './names.ts'
import type { ArenaListener, ArenaOptions } from './options.ts'
import { Seat } from './seat.ts'
import { CriticalSection, type Violate } from './section.ts'
import { beginNextView, beginView } from './view-change.ts'

/** Ids, the view, the messages under way and the users of one run. */
export class Arena<Message extends Body> {
  /** The sites, in the order of their ids. */
  readonly seats: readonly Seat<Message>[]
  /** The seed from which delays and users are drawn. */
  readonly seed: number
  /** The algorithm that runs. */
  readonly kind: AlgorithmKind<Message>
  /** What every user wants. */
  readonly mode: Mode
  /** The law by which the delays of messages are drawn. */
  readonly delay: DelayLaw
  /** The time, in units of T. */
  nowT = 0
  /** The number of the view, which rises with every change. */
  epoch = 1
  /** Entries into the critical section so far. */
  entries = 0
  /** Messages sent so far. */
  messages = 0
  /** Messages that are on their way. */
  inFlight = 0
  /** The violations found so far. */
  readonly violations: Breach[] = []
  /** Messages by kind and by request. */
  readonly counts = new MessageCounts<Message>((stamp) => this.byId.get(stamp.id)?.named(stamp) ?? null)
  /** Hears what happens, as it happens. */
  listener: ArenaListener<Message> = {}
  private readonly options: ArenaOptions<Message>
  private readonly due = new DueQueue<Message>()
  private readonly byId = new Map<NodeId, Seat<Message>>()
  private readonly links: ArenaLinks
  private readonly section = new CriticalSection((property, text) => this.violate(property, text))
  private readonly work: Random
  private order = 0

  constructor(options: ArenaOptions<Message>) {
    const { kind, nodes, delay, seed } = options
    invariant(Number.isInteger(nodes) && nodes >= 1, 'an arena has at least one node')
    this.options = options
    this.mode = Mode.of(options.mode ?? 'exclusive')
    this.kind = kind
    this.delay = delay
    this.seed = seed
    this.links = new ArenaLinks(options)
    this.work = seededRandom(seed * 2 + 2)
    const knownOf = options.causality === true ? nodes : 0
    this.seats = nodeNames(nodes).map((id, index) => new Seat(this, index, id, knownOf))
    for (const seat of this.seats) this.byId.set(seat.id, seat)
    beginView(this, [])
  }

  /** The site of that id. */
  seat(id: NodeId): Seat<Message> {
    const seat = this.byId.get(id)
    invariant(seat !== undefined, 'only nodes of the arena are asked for')
    return seat
  }

  /** A fence counter like the product's: it rises within the view, and with the view. */
  fenceOf(seat: Seat<Message>): number {
    return this.epoch * 2 ** 28 + seat.counter
  }

  // What users do.

  /** A user comes to this seat, and is served after the users who came before. */
  arrive(seat: Seat<Message>): void {
    if (seat.isCrashed) return
    if (seat.state === 'out') this.ask(seat, this.nowT)
    else seat.backlog.push(this.nowT)
  }

  /** Calls `then` so much later, at that seat. */
  call(seat: Seat<Message>, delayT: number, then: () => void): void {
    this.due.add(new Due(this.nowT + delayT, this.order++, seat, null, null, then, this.epoch, 0, this.nowT, null))
  }

  /** The one inside leaves. */
  leave(seat: Seat<Message>): void {
    if (seat.state !== 'inside' || seat.request === null) return
    const { request } = seat
    request.leftAtT = this.nowT
    seat.state = 'out'
    seat.request = null
    this.section.leave()
    this.listener.left?.(seat, request)
    seat.algorithm.release(request.mode)
    this.serveNext(seat)
  }

  /** The site's waiting user gives up. */
  cancel(seat: Seat<Message>): void {
    const { request } = seat
    if (seat.state !== 'waiting' || request === null) return
    seat.state = 'out'
    seat.request = null
    seat.algorithm.cancel(request.stamp)
    this.serveNext(seat)
  }

  // What time does.

  /** Whether anything can still happen. */
  get isOver(): boolean {
    return this.due.size === 0
  }

  /** What happens next without an intervention. */
  get next(): Due<Message> | undefined {
    return this.due.first
  }

  /** Takes the next step; false if the run is over. */
  step(): boolean {
    const due = this.due.take()
    if (due === undefined) return false
    if (due.isVoid) return true
    this.nowT = due.atT
    this.happen(due)
    return true
  }

  /** Goes on until `isEnough` or nothing is left; false when so many steps were not enough. */
  run(isEnough: () => boolean, stepsMax = Number.POSITIVE_INFINITY): boolean {
    for (let steps = 0; steps < stepsMax; steps++) if (isEnough() || !this.step()) return true
    return false
  }

  /** Who waits in vain, now that nothing is left to happen: each is a violation. */
  checkEnd(): void {
    if (this.due.size > 0) return
    for (const seat of this.seats) {
      if (seat.state === 'waiting' && !seat.isCrashed) this.violate('liveness', `${seat.id} waits for ever`)
    }
  }

  // What faults do.

  /** Messages that are on their way, the earliest first. */
  flights(): Due<Message>[] {
    return this.due
      .all()
      .filter((due) => due.from !== null && !due.isVoid)
      .sort((a, b) => a.atT - b.atT || a.order - b.order)
  }

  /** A message on its way is lost. */
  drop(due: Due<Message>, why: 'dropped' | 'old view' = 'dropped'): void {
    if (due.isVoid || due.from === null) return
    due.isVoid = true
    this.inFlight--
    this.listener.lost?.(due, why)
  }

  /** A message on its way arrives at another time, against its link's order if need be: at once, if that is now. */
  reschedule(due: Due<Message>, atT: number): void {
    const copy = this.copied(due, Math.max(atT, this.nowT), false)
    if (copy !== null) this.due.add(copy)
  }

  /** A message on its way arrives now, before anything else happens. */
  deliver(due: Due<Message>): void {
    const copy = this.copied(due, this.nowT, false)
    if (copy !== null) this.happen(copy)
  }

  /** A message on its way arrives twice. */
  duplicate(due: Due<Message>): void {
    const copy = this.copied(due, due.atT, true)
    if (copy === null) return
    this.inFlight++
    this.due.add(copy)
  }

  /** The site stops for good, and all that is sent to it is lost. */
  crash(seat: Seat<Message>): void {
    if (seat.isCrashed) return
    if (seat.state === 'inside') this.section.leave()
    seat.isCrashed = true
    seat.state = 'out'
    seat.request = null
    seat.backlog.length = 0
    for (const due of seat.heldBack.splice(0)) if (due.from !== null) this.lose(due, 'crash')
  }

  /** The site does nothing until it is resumed; what comes due meanwhile waits. */
  pause(seat: Seat<Message>): void {
    seat.isPaused = true
  }

  /** The paused site goes on, with what came due meanwhile. */
  resume(seat: Seat<Message>): void {
    if (!seat.isPaused) return
    seat.isPaused = false
    for (const due of seat.heldBack.splice(0)) {
      due.atT = this.nowT
      due.order = this.order++
      this.due.add(due)
    }
  }

  /** Sites of different parts do not reach each other; all sites that no part names are one part. */
  partition(parts: readonly (readonly NodeId[])[]): void {
    for (const seat of this.seats) seat.part = parts.findIndex((part) => part.includes(seat.id)) + 1
  }

  /** All sites reach each other again. */
  heal(): void {
    for (const seat of this.seats) seat.part = 0
  }

  /** As the view layer does after a crash: the survivors begin anew, holds are carried over, requests are made again. */
  changeView(): void {
    beginNextView(this)
  }

  // What algorithms do.

  /** A site sends a message. Called by `Site.send`. */
  send(from: Seat<Message>, id: NodeId, body: Message): void {
    const to = this.byId.get(id)
    if (to === from) return this.violate('wrong move', `${from.id} sends to itself`)
    if (to === undefined) return this.violate('wrong move', `${from.id} sends to '${String(id)}', and there is no such node`)
    this.messages++
    this.counts.add(body)
    const atT = this.links.arrivalT(this.nowT, from.index, to.index)
    const due = new Due(atT, this.order++, to, from, body, null, this.epoch, from.counter, this.nowT, from.knowledge())
    this.inFlight++
    this.listener.sent?.(due)
    if (from.part !== to.part) return this.lose(due, 'partition')
    if (this.links.loses()) return this.lose(due, 'loss')
    this.due.add(due)
    if (this.links.doubles()) this.duplicate(due)
  }

  /** The request of a site enters. Called by `Site.granted`. */
  granted(seat: Seat<Message>): void {
    const { request } = seat
    if (seat.state !== 'waiting' || request === null)
      return this.violate('wrong move', `${seat.id} is granted what it does not ask for`)
    seat.state = 'inside'
    request.enteredAtT = this.nowT
    request.entry = this.entries++
    seat.entries++
    seat.counter++
    this.section.enter(seat, request, this.fenceOf(seat), this.seats)
    this.listener.entered?.(seat, request)
    const { sectionT = 0.1, sectionVaries = false } = this.options
    const lengthT = sectionVaries ? exponential(this.work, sectionT) : sectionT
    if (lengthT === Number.POSITIVE_INFINITY) return
    this.call(seat, lengthT, () => {
      if (seat.request === request) this.leave(seat)
    })
  }

  /** The request of a site is refused. Called by `Site.refused`. */
  refused(seat: Seat<Message>): void {
    if (seat.state === 'waiting') this.violate('wrong move', `${seat.id} is refused what it would have waited for`)
  }

  /** Everything that counted for a request has come. */
  closeAll(): void {
    for (const seat of this.seats) for (const request of seat.recent.splice(0)) this.listener.closed?.(request)
  }

  private ask(seat: Seat<Message>, arrivedAtT: number): void {
    const request = seat.newRequest(this.nowT, arrivedAtT, this.mode)
    const closed = seat.remember(request)
    if (closed !== null) this.listener.closed?.(closed)
    this.listener.requested?.(seat, request)
    seat.algorithm.request(request.stamp, request.mode, false)
  }

  private serveNext(seat: Seat<Message>): void {
    const arrivedAtT = seat.backlog.shift()
    if (arrivedAtT !== undefined && seat.state === 'out') this.ask(seat, arrivedAtT)
  }

  private happen(due: Due<Message>): void {
    const { seat, body, from } = due
    if (seat.isCrashed) {
      if (from !== null) this.lose(due, 'crash')
      return
    }
    if (seat.isPaused) {
      seat.heldBack.push(due)
      return
    }
    if (body === null || from === null) {
      due.call?.()
      return
    }
    this.inFlight--
    if (due.counter > seat.counter) seat.counter = due.counter
    if (due.known !== null) seat.learn(due.known)
    const stamp = stampIn(body)
    if (stamp !== null && stamp.time > seat.clock) seat.clock = stamp.time
    this.listener.arrived?.(due)
    seat.algorithm.receive(from.id, body)
  }

  private lose(due: Due<Message>, why: MessageLoss): void {
    this.inFlight--
    due.isVoid = true
    this.listener.lost?.(due, why)
  }

  /** A copy of a message on its way, in its place or beside it. */
  private copied(due: Due<Message>, atT: number, isSecond: boolean): Due<Message> | null {
    const { seat, from, body, epoch, counter, sentAtT, known } = due
    if (due.isVoid || from === null) return null
    due.isVoid = !isSecond
    const copy = new Due(atT, this.order++, seat, from, body, null, epoch, counter, sentAtT, known)
    this.listener.copied?.(due, copy, isSecond)
    return copy
  }

  private violate(...[property, text]: Parameters<Violate>): void {
    const breach = { property, at: this.nowT, text }
    if (this.violations.length < violationsMax) this.violations.push(breach)
    this.listener.violated?.(breach)
  }
}

/** One wrong step tends to bring others: the first ones tell the story. */
const violationsMax = 1000
