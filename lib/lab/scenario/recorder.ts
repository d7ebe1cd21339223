/**
 * This file records the story of a run of the arena while the run goes on: it listens to the arena, and keeps what each node knew.
 * It changes nothing in the run.
 */
import type { Body } from '../../mutex/contract.ts'
import type { Breach } from '../../sim/story/story.ts'
import { contentOf } from '../../sim/story/value-text.ts'
import { type OpenFlight, StoryWriter } from '../../sim/story/writer.ts'
import type { Arena } from '../arena/arena.ts'
import type { Due } from '../arena/due-queue.ts'
import { fenceText } from '../arena/fence-text.ts'
import type { Seat } from '../arena/seat.ts'
import type { Recording, SiteState } from './recording.ts'
import { variablesOf } from './state-text.ts'
import { lossTexts, recordedText } from './words.ts'

/** Messages that are the token, by what algorithms call them; what others call it is seen by who has it no more. */
const tokenKinds: readonly string[] = ['token', 'privilege', 'baton', 'turn', 'homeward']

/** Listens to one arena. */
export class Recorder<Message extends Body> {
  readonly writer: StoryWriter
  /** Messages that are under way, by number. */
  readonly underWay = new Map<number, Due<Message>>()
  private readonly numbers = new Map<Due<Message>, number>()
  private readonly states: SiteState[][]
  private readonly touched = new Set<Seat<Message>>()
  private readonly arena: Arena<Message>
  private readonly unitT: number
  private readonly hasToken: boolean
  /** What was lost in this step, in words. */
  private readonly lost: string[] = []
  private isTwofold = false

  /** @param unitT so many units of the arena are one of the story. */
  constructor(arena: Arena<Message>, unitT = 1) {
    this.arena = arena
    this.unitT = unitT
    const { seats } = arena
    const names = seats.map(({ id }) => id)
    this.writer = new StoryWriter(arena.kind.name, 'T', names, () => arena.nowT / unitT)
    this.states = seats.map(() => [])
    this.hasToken = seats.some((seat) => seat.algorithm.describe().token)
    const { writer } = this
    arena.listener = {
      requested: (seat) => {
        this.at(seat, 'asks')
        writer.begin(seat.index, 'waiting')
      },
      entered: (seat) => {
        writer.end(seat.index, 'waiting')
        const fence = fenceText(arena.fenceOf(seat))
        this.at(seat, 'enters', fence)
        writer.begin(seat.index, 'inside', fence)
      },
      left: (seat) => {
        writer.end(seat.index, 'inside')
        this.at(seat, 'leaves')
      },
      sent: (due) => this.sent(due),
      copied: (due, copy, isSecond) => this.copied(due, copy, isSecond),
      arrived: (due) => this.arrived(due),
      lost: (due, why) => {
        const flight = this.flightOf(due)
        if (flight === null) return
        writer.lose(flight, why)
        if (why !== 'dropped') this.lost.push(`message ${flight.number} to ${writer.nodes[flight.to]} is ${lossTexts[why]}`)
        this.land(due, flight)
      },
      violated: (breach) => this.breach(breach),
    }
    this.endStep('')
  }

  /** How much is written: it changes with every visible event. */
  get size(): number {
    const { events, flights, breaches } = this.writer
    return events.length + flights.length + breaches.length
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
    this.writer.endStep(recordedText(this.writer, done, this.lost.splice(0)))
  }

  /** An event that is no message happened at a node. */
  at(seat: Seat<Message>, kind: 'asks' | 'withdraws' | 'enters' | 'leaves' | 'dies' | 'pauses' | 'resumes', fence = ''): void {
    this.touched.add(seat)
    this.writer.event(seat.index, kind, -1, fence)
  }

  viewed(): void {
    const members = this.arena.seats.filter((seat) => !seat.isCrashed)
    this.writer.viewed(
      this.arena.epoch,
      members.map(({ id }) => id),
    )
    for (const seat of members) this.touched.add(seat)
  }

  breach({ property, text }: Omit<Breach, 'at'>): void {
    this.writer.breach(property, text)
  }

  /** What was recorded so far: it goes on growing with the run. */
  recording(isOver: boolean): Recording {
    const { states, hasToken } = this
    return { ...this.writer.story, states, hasToken, isOver }
  }

  private sent(due: Due<Message>): void {
    const { from, seat, body } = due
    if (from === null || body === null) return
    this.touched.add(from)
    const isToken = this.hasToken && tokenKinds.includes(body.kind)
    const message = { kind: body.kind, content: contentOf(body), isToken }
    this.fly(due, this.writer.send(from.index, seat.index, message, due.atT / this.unitT))
  }

  private copied(due: Due<Message>, copy: Due<Message>, isSecond: boolean): void {
    const flight = this.flightOf(due)
    if (flight === null) return
    if (isSecond) return this.fly(copy, this.writer.copy(flight, copy.atT / this.unitT))
    flight.plans = [...flight.plans, { fromStep: this.writer.step, at: copy.atT / this.unitT }]
    this.numbers.delete(due)
    this.fly(copy, flight)
  }

  private fly(due: Due<Message>, { number }: OpenFlight): void {
    this.numbers.set(due, number)
    this.underWay.set(number, due)
  }

  private arrived(due: Due<Message>): void {
    const flight = this.flightOf(due)
    if (flight === null) return
    this.touched.add(due.seat)
    this.writer.arrive(flight)
    this.land(due, flight)
  }

  private land(due: Due<Message>, { number }: OpenFlight): void {
    this.numbers.delete(due)
    this.underWay.delete(number)
  }

  private flightOf(due: Due<Message>): OpenFlight | null {
    return this.writer.flights[(this.numbers.get(due) ?? 0) - 1] ?? null
  }

  private countTokens(): void {
    const { arena, writer } = this
    const holders = arena.seats.filter((seat) => !seat.isCrashed && seat.algorithm.describe().token)
    for (const seat of arena.seats) {
      if (holders.includes(seat)) writer.begin(seat.index, 'token')
      else if (writer.end(seat.index, 'token')) this.findToken(seat)
    }
    const flying = [...this.underWay.keys()].filter((number) => writer.flights[number - 1]?.isToken === true)
    if (holders.length + flying.length > 1 && !this.isTwofold) {
      const places = [...holders.map(({ id }) => `at ${id}`), ...flying.map((number) => `in message ${number}`)]
      writer.breach('one token', `there are ${places.length} tokens: ${places.join(', ')}`)
    }
    this.isTwofold = holders.length + flying.length > 1
  }

  /** The token left this node in this step: if no message of it is known as the token, its last one must be. */
  private findToken(seat: Seat<Message>): void {
    const own = this.writer.flights.filter(({ fromStep, from }) => fromStep >= this.writer.step && from === seat.index)
    const last = own.at(-1)
    if (last !== undefined && !own.some(({ isToken }) => isToken)) last.isToken = true
  }

  private keepState(seat: Seat<Message>): void {
    const { token, permissions } = seat.algorithm.describe()
    this.states[seat.index]?.push({
      fromStep: this.writer.step,
      variables: variablesOf(seat.algorithm),
      clock: seat.clock,
      counter: seat.counter,
      backlog: seat.backlog.length,
      hasToken: token && !seat.isCrashed,
      permissions,
    })
  }
}
