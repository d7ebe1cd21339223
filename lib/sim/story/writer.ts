/**
 * This file writes a story while a run goes on. It gives every event its Lamport and vector time (Lamport 1978; Fidge 1988, Mattern
 * 1989), and every message its number. What a run consists of, its recorder knows: lib/sim/history/story.ts for the simulator,
 * lib/sim/explorer/story.ts for the explorer, lib/lab/scenario/recorder.ts for the arena.
 */
import {
  type Flight,
  later,
  type Mark,
  type MessageLoss,
  type Parted,
  type Span,
  type StepBreach,
  type SpanKind,
  type Story,
  type StoryEvent,
  type StoryStep,
  type ViewMark,
} from './story.ts'

type Open<T> = { -readonly [Key in keyof T]: T[Key] }

/** A message that was sent, while its end is not written. */
export type OpenFlight = Open<Flight>

/** Writes one story. What it has written so far can be read at any time. */
export class StoryWriter implements Story {
  readonly title: string
  readonly unit: Story['unit']
  readonly nodes: readonly string[]
  readonly steps: StoryStep[] = []
  readonly events: StoryEvent[] = []
  readonly flights: OpenFlight[] = []
  readonly spans: Open<Span>[] = []
  readonly parted: Open<Parted>[] = []
  readonly views: ViewMark[] = []
  readonly breaches: StepBreach[] = []
  private readonly now: () => number
  private readonly open = new Map<string, Open<Span>>()
  private readonly lamport: number[]
  private readonly vectors: Uint32Array[]

  /** @param now the time, asked for at each entry; the beginning is written at once. */
  constructor(title: string, unit: Story['unit'], nodes: readonly string[], now: () => number) {
    this.title = title
    this.unit = unit
    this.nodes = nodes
    this.now = now
    this.lamport = nodes.map(() => 0)
    this.vectors = nodes.map(() => new Uint32Array(nodes.length))
  }

  /** The story as plain data, which grows with what is written. */
  get story(): Story {
    const { title, unit, nodes, steps, events, flights, spans, parted, views, breaches } = this
    return { title, unit, nodes, steps, events, flights, spans, parted, views, breaches }
  }

  /** The number of the step that is being written. */
  get step(): number {
    return this.steps.length
  }

  /** Everything that belongs to this step is written. */
  endStep(text = ''): void {
    this.steps.push({ at: this.now(), eventsTo: this.events.length, text })
  }

  /** An event happened at a node. */
  event(node: number, kind: Mark, message = -1, fence = ''): StoryEvent {
    const vector = this.vectors[node] as Uint32Array
    vector[node] = (vector[node] as number) + 1
    const lamport = (this.lamport[node] as number) + 1
    this.lamport[node] = lamport
    const { step, events } = this
    const event = { index: events.length, step, at: this.now(), node, kind, message, lamport, vector: vector.slice(), fence }
    events.push(event)
    return event
  }

  /** A stretch of the node's line begins, if it has not begun. */
  begin(node: number, kind: SpanKind, fence = ''): void {
    const key = `${kind}${node}`
    if (this.open.has(key)) return
    const span = { node, kind, fromStep: this.step, fromAt: this.now(), toStep: later, toAt: later, fence }
    this.open.set(key, span)
    this.spans.push(span)
  }

  /** That stretch ends, if it ever began. */
  end(node: number, kind: SpanKind): boolean {
    const key = `${kind}${node}`
    const span = this.open.get(key)
    if (span === undefined) return false
    this.open.delete(key)
    Object.assign(span, { toStep: this.step, toAt: this.now() })
    return true
  }

  /** From now on the node is all of that, and nothing else. */
  become(node: number, kinds: readonly SpanKind[], fence = ''): void {
    for (const { kind, node: of } of [...this.open.values()]) if (of === node && !kinds.includes(kind)) this.end(node, kind)
    for (const kind of kinds) this.begin(node, kind, kind === 'inside' ? fence : '')
  }

  /** The network is in these parts from now on; with none it is whole. */
  part(parts: Parted['parts']): void {
    const last = this.parted.at(-1)
    if (last?.toStep === later) Object.assign(last, { toStep: this.step, toAt: this.now() })
    if (parts.length > 0) this.parted.push({ parts, fromStep: this.step, fromAt: this.now(), toStep: later, toAt: later })
  }

  /** A view began. */
  viewed(epoch: number, members: readonly string[]): void {
    this.views.push({ step: this.step, at: this.now(), epoch, members })
  }

  /** A promise was broken. */
  breach(property: string, text: string): void {
    this.breaches.push({ property, text, at: this.now(), step: this.step })
  }

  /** A message was sent, which is to arrive at that time. */
  send(from: number, to: number, message: Pick<Flight, 'kind' | 'content' | 'isToken'>, arrivesAt = this.now()): OpenFlight {
    const event = this.event(from, 'sends', this.flights.length + 1)
    const flight: OpenFlight = {
      ...message,
      number: event.message,
      from,
      to,
      sentEvent: event.index,
      fromStep: event.step,
      sentAt: event.at,
      plans: [{ fromStep: event.step, at: arrivesAt }],
      toStep: later,
      endAt: later,
      end: 'under way',
      why: null,
      arrivedEvent: -1,
      copyOf: 0,
    }
    this.flights.push(flight)
    return flight
  }

  /** A message is under way a second time. */
  copy(flight: Flight, arrivesAt: number): OpenFlight {
    const { step } = this
    const plans = [{ fromStep: step, at: arrivesAt }]
    const copy = { ...flight, number: this.flights.length + 1, fromStep: step, plans, copyOf: flight.number }
    this.flights.push(copy)
    return copy
  }

  /** A message arrived: its receiver has heard of all that its sender knew. */
  arrive(flight: OpenFlight): void {
    const { to } = flight
    const sent = this.events[flight.sentEvent] as StoryEvent
    const vector = this.vectors[to] as Uint32Array
    for (const [node, count] of sent.vector.entries()) if (count > (vector[node] as number)) vector[node] = count
    this.lamport[to] = Math.max(this.lamport[to] as number, sent.lamport)
    const arrivedEvent = this.event(to, 'receives', flight.number).index
    Object.assign(flight, { arrivedEvent, end: 'arrived', toStep: this.step, endAt: this.now() })
  }

  /** A message was lost. */
  lose(flight: OpenFlight, why: MessageLoss): void {
    Object.assign(flight, { end: 'lost', why, toStep: this.step, endAt: this.now() })
  }
}
