/**
 * This file writes a recording while a run goes on: it listens to the arena, gives every event its Lamport and vector time
 * (Lamport 1978; Fidge 1988, Mattern 1989), and keeps what each node knew. It changes nothing in the run.
 */
import type { Body } from '../../mutex/contract.ts'
import type { Arena } from '../arena/arena.ts'
import type { MessageLoss, ArenaViolation } from '../arena/options.ts'
import type { Due } from '../arena/due-queue.ts'
import type { Seat } from '../arena/seat.ts'
import {
  type Breach,
  type Flight,
  later,
  type Parted,
  type Guarantee,
  type Recording,
  type SiteEvent,
  type SiteEventKind,
  type SiteState,
  type Span,
  type RecordedStep,
  type ViewMark,
} from './recording.ts'
import { contentOf, variablesOf } from './state-text.ts'

type Open<T> = { -readonly [Key in keyof T]: T[Key] }

/** Messages that are the token, by what algorithms call them; what others call it is seen by who has it no more. */
const tokenKinds: readonly string[] = ['token', 'privilege', 'baton', 'homeward']

/** Listens to one arena. */
export class Recorder<Message extends Body> {
  readonly steps: Open<RecordedStep>[] = []
  readonly events: SiteEvent[] = []
  readonly flights: Open<Flight>[] = []
  readonly breaches: Breach[] = []
  /** Messages that are under way, by number. */
  readonly underWay = new Map<number, Due<Message>>()
  private readonly spans: Open<Span>[] = []
  private readonly parted: Open<Parted>[] = []
  private readonly views: ViewMark[] = []
  private readonly states: SiteState[][]
  private readonly open = new Map<string, Open<Span>>()
  private readonly numbers = new Map<Due<Message>, number>()
  private readonly lamport: number[]
  private readonly vectors: Uint32Array[]
  private readonly touched = new Set<Seat<Message>>()
  private readonly arena: Arena<Message>
  private readonly hasToken: boolean

  constructor(arena: Arena<Message>) {
    this.arena = arena
    const { seats } = arena
    this.lamport = seats.map(() => 0)
    this.vectors = seats.map(() => new Uint32Array(seats.length))
    this.states = seats.map(() => [])
    this.hasToken = seats.some((seat) => seat.algorithm.describe().token)
    arena.listener = {
      requested: (seat) => {
        this.at(seat, 'request')
        this.begin(seat, 'waiting')
      },
      entered: (seat) => {
        this.end(seat, 'waiting')
        const fence = arena.fenceOf(seat)
        this.at(seat, 'enter', -1, fence)
        this.begin(seat, 'inside', fence)
      },
      left: (seat) => {
        this.end(seat, 'inside')
        this.at(seat, 'leave')
      },
      sent: (due) => this.sent(due),
      copied: (due, copy, isSecond) => this.copied(due, copy, isSecond),
      arrived: (due) => this.arrived(due),
      lost: (due, why) => this.lost(due, why),
      violated: (violation) => this.violated(violation),
    }
    this.endStep('')
  }

  /** The number of the step that is being taken. */
  get step(): number {
    return this.steps.length
  }

  /** Everything that belongs to this step has happened; what `done` says was an intervention. */
  endStep(done: string): void {
    if (this.hasToken) this.countTokens()
    for (const seat of this.arena.seats) {
      const last = this.states[seat.index]?.at(-1)
      // A user who queues up is no event of the algorithm, and yet it is shown beside the line.
      if (last === undefined || this.touched.has(seat) || last.backlog !== seat.backlog.length) this.keepState(seat)
    }
    this.touched.clear()
    this.steps.push({ atT: this.arena.nowT, eventsTo: this.events.length, done })
  }

  /** An event happened at a node. */
  at(seat: Seat<Message>, kind: SiteEventKind, message = -1, fence = 0): SiteEvent {
    const { index: node } = seat
    const vector = this.vectors[node] as Uint32Array
    vector[node] = (vector[node] as number) + 1
    const lamport = (this.lamport[node] as number) + 1
    this.lamport[node] = lamport
    const { step } = this
    const event = {
      index: this.events.length,
      step,
      atT: this.arena.nowT,
      node,
      kind,
      message,
      lamport,
      vector: vector.slice(),
      fence,
    }
    this.events.push(event)
    this.touched.add(seat)
    return event
  }

  /** A stretch of the node's line begins. */
  begin(seat: Seat<Message>, kind: Span['kind'], fence = 0): void {
    const key = `${kind}${seat.index}`
    if (this.open.has(key)) return
    const span = { node: seat.index, kind, fromStep: this.step, fromT: this.arena.nowT, toStep: later, toT: later, fence }
    this.open.set(key, span)
    this.spans.push(span)
  }

  /** That stretch ends, if it ever began. */
  end(seat: Seat<Message>, kind: Span['kind']): boolean {
    const key = `${kind}${seat.index}`
    const span = this.open.get(key)
    if (span === undefined) return false
    this.open.delete(key)
    span.toStep = this.step
    span.toT = this.arena.nowT
    return true
  }

  /** The network is in these parts from now on; none is whole. */
  part(parts: Parted['parts']): void {
    const last = this.parted.at(-1)
    if (last !== undefined && last.toStep === later) Object.assign(last, { toStep: this.step, toT: this.arena.nowT })
    if (parts.length > 0) this.parted.push({ parts, fromStep: this.step, fromT: this.arena.nowT, toStep: later, toT: later })
  }

  viewed(): void {
    const members = this.arena.seats.filter((seat) => !seat.isCrashed)
    this.views.push({ step: this.step, atT: this.arena.nowT, epoch: this.arena.epoch, members: members.map(({ id }) => id) })
    for (const seat of members) this.touched.add(seat)
  }

  breach(property: Guarantee, text: string): void {
    this.breaches.push({ step: this.step, atT: this.arena.nowT, property, text })
  }

  /** What was recorded so far: it goes on growing with the run. */
  recording(isOver: boolean): Recording {
    const { steps, events, flights, spans, parted, views, breaches, states, hasToken, arena } = this
    const nodes = arena.seats.map(({ id }) => id)
    return { algorithm: arena.kind.name, nodes, steps, events, flights, spans, parted, views, breaches, states, hasToken, isOver }
  }

  private sent(due: Due<Message>): void {
    const { from, seat, body } = due
    if (from === null || body === null) return
    const event = this.at(from, 'send', this.flights.length + 1)
    this.fly(due, {
      number: event.message,
      from: from.index,
      to: seat.index,
      kind: body.kind,
      content: contentOf(body),
      isToken: this.hasToken && tokenKinds.includes(body.kind),
      sentEvent: event.index,
      fromStep: event.step,
      sentAtT: event.atT,
      plans: [{ fromStep: event.step, atT: due.atT }],
      toStep: later,
      endAtT: later,
      end: 'under way',
      why: null,
      arrivedEvent: -1,
      copyOf: 0,
    })
  }

  private copied(due: Due<Message>, copy: Due<Message>, isSecond: boolean): void {
    const flight = this.flightOf(due)
    if (flight === null) return
    const plan = { fromStep: this.step, atT: copy.atT }
    if (isSecond) {
      this.fly(copy, { ...flight, number: this.flights.length + 1, fromStep: this.step, plans: [plan], copyOf: flight.number })
      return
    }
    flight.plans = [...flight.plans, plan]
    this.numbers.delete(due)
    this.numbers.set(copy, flight.number)
    this.underWay.set(flight.number, copy)
  }

  private fly(due: Due<Message>, flight: Open<Flight>): void {
    this.flights.push(flight)
    this.numbers.set(due, flight.number)
    this.underWay.set(flight.number, due)
  }

  private arrived(due: Due<Message>): void {
    const flight = this.flightOf(due)
    if (flight === null) return
    const to = flight.to
    const sent = this.events[flight.sentEvent] as SiteEvent
    const vector = this.vectors[to] as Uint32Array
    for (const [node, count] of sent.vector.entries()) if (count > (vector[node] as number)) vector[node] = count
    this.lamport[to] = Math.max(this.lamport[to] as number, sent.lamport)
    flight.arrivedEvent = this.at(due.seat, 'arrive', flight.number).index
    this.land(due, flight, 'arrived', null)
  }

  private lost(due: Due<Message>, why: MessageLoss): void {
    const flight = this.flightOf(due)
    if (flight !== null) this.land(due, flight, 'lost', why)
  }

  private land(due: Due<Message>, flight: Open<Flight>, end: Flight['end'], why: MessageLoss | null): void {
    flight.end = end
    flight.why = why
    flight.toStep = this.step
    flight.endAtT = this.arena.nowT
    this.numbers.delete(due)
    this.underWay.delete(flight.number)
  }

  private flightOf(due: Due<Message>): Open<Flight> | null {
    return this.flights[(this.numbers.get(due) ?? 0) - 1] ?? null
  }

  private violated({ property, text }: ArenaViolation): void {
    this.breach(property, text)
  }

  private countTokens(): void {
    const holders = this.arena.seats.filter((seat) => !seat.isCrashed && seat.algorithm.describe().token)
    for (const seat of this.arena.seats) {
      if (holders.includes(seat)) this.begin(seat, 'token')
      else if (this.end(seat, 'token')) this.findToken(seat)
    }
    const flying = [...this.underWay.keys()].filter((number) => this.flights[number - 1]?.isToken === true)
    if (holders.length + flying.length > 1 && !this.isTwofold) {
      const places = [...holders.map(({ id }) => `at ${id}`), ...flying.map((number) => `in message ${number}`)]
      this.breach('one token', `there are ${places.length} tokens: ${places.join(', ')}`)
    }
    this.isTwofold = holders.length + flying.length > 1
  }

  private isTwofold = false

  /** The token left this node in this step: if no message of it is known as the token, its last one must be. */
  private findToken(seat: Seat<Message>): void {
    let last: Open<Flight> | null = null
    for (let at = this.flights.length - 1; at >= 0; at--) {
      const flight = this.flights[at] as Open<Flight>
      if (flight.fromStep < this.step) break
      if (flight.from !== seat.index) continue
      if (flight.isToken) return
      last ??= flight
    }
    if (last !== null) last.isToken = true
  }

  private keepState(seat: Seat<Message>): void {
    const { token, permissions } = seat.algorithm.describe()
    this.states[seat.index]?.push({
      fromStep: this.steps.length,
      variables: variablesOf(seat.algorithm),
      clock: seat.clock,
      counter: seat.counter,
      backlog: seat.backlog.length,
      hasToken: token && !seat.isCrashed,
      permissions,
    })
  }
}
