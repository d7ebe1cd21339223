/**
 * This file computes where the parts of a space-time diagram lie: time runs along, nodes lie across. Horizontal figures have
 * time to the right, vertical ones downward, as in Lamport's. Along the axis is either time in T, or steps of equal width, for
 * runs that are crowded.
 */
import { type Flight, later, plannedAt, type Story, timeAt } from './story.ts'

/** What of a story is looked at, and how. Lengths are in pixels. */
export interface FigureView {
  readonly isVertical: boolean
  readonly along: 'time' | 'steps'
  /** Pixels for each T, or each step. */
  readonly scale: number
  /** The time, or step, at the figure's near edge. */
  readonly from: number
  /** Room along the time axis. */
  readonly length: number
  /** From the near edge to the first lane, and from lane to lane. */
  readonly firstLane: number
  readonly laneGap: number
  /** How many steps have been taken. */
  readonly cursor: number
  /** The moment shown, between the step before the cursor's and the next; default: the cursor's. */
  readonly nowAt?: number
  /** An event by index, a message by number, or a node by place. */
  readonly selected?: Selection | null
}

/** What the reader points at. */
export type Selection =
  | { readonly kind: 'event'; readonly event: number }
  | { readonly kind: 'flight'; readonly number: number }
  | { readonly kind: 'node'; readonly node: number }

/** A point in pixels. */
export type Point = readonly [x: number, y: number]

/** The places of the parts of a story in one view. */
export class Geometry {
  readonly story: Story
  readonly view: FigureView
  readonly nowAt: number
  /** The times, or steps, at both edges. */
  readonly from: number
  readonly to: number

  constructor(story: Story, view: FigureView) {
    this.story = story
    this.view = view
    this.nowAt = view.nowAt ?? timeAt(story, view.cursor)
    this.from = view.from
    this.to = view.from + view.length / view.scale
  }

  /** Where a time is along the axis, in its units. */
  unit(step: number, atT: number): number {
    return this.view.along === 'time' ? atT : step
  }

  /** The present. */
  get now(): number {
    return this.unit(this.view.cursor, this.nowAt)
  }

  along(unit: number): number {
    return (unit - this.view.from) * this.view.scale
  }

  lane(node: number): number {
    return this.view.firstLane + node * this.view.laneGap
  }

  /** The size across: room for every lane. */
  get breadth(): number {
    return this.view.firstLane + (this.story.nodes.length - 0.5) * this.view.laneGap
  }

  point(along: number, across: number): Point {
    return this.view.isVertical ? [across, along] : [along, across]
  }

  /** The end of a stretch that may still go on. */
  endOf(item: { readonly toStep: number; readonly toAt: number }): number {
    return item.toStep > this.view.cursor ? this.now : this.unit(item.toStep, item.toAt)
  }

  /** Where a message begins, where it is (or ended), and where it was going. */
  flight(flight: Flight): Route {
    const { cursor } = this.view
    const from = this.point(this.along(this.unit(flight.fromStep, flight.sentAt)), this.lane(flight.from))
    const isUnderWay = flight.toStep > cursor
    const arrivesT = plannedAt(flight, cursor)
    const aimed = this.view.along === 'time' ? arrivesT : Math.max(this.now + 1, flight.fromStep + 2)
    const aim = this.point(this.along(Math.max(aimed, isUnderWay ? this.now : aimed)), this.lane(flight.to))
    if (isUnderWay) {
      const begun = this.unit(flight.fromStep, flight.sentAt)
      const share = aimed > begun ? (this.now - begun) / (aimed - begun) : 1
      return { from, aim, head: between(from, aim, Math.min(0.97, Math.max(0.06, share))), isUnderWay, isLost: false }
    }
    if (flight.end === 'arrived') {
      const head = this.point(this.along(this.unit(flight.toStep, flight.endAt)), this.lane(flight.to))
      return { from, aim: head, head, isUnderWay, isLost: false }
    }
    return { from, aim, head: this.lostAt(flight, from, arrivesT), isUnderWay, isLost: true }
  }

  /** Who is lost at once is drawn on its way all the same, or it could not be seen. */
  private lostAt(flight: Flight, from: Point, arrivesT: number): Point {
    const isAtArrival = flight.why === 'crash'
    if (this.view.along === 'steps') {
      const step = isAtArrival ? flight.toStep : Math.max(flight.toStep, flight.fromStep + 1)
      const end = this.point(this.along(step), this.lane(flight.to))
      return isAtArrival ? end : between(from, end, 0.5)
    }
    const aim = this.point(this.along(Math.max(arrivesT, flight.endAt)), this.lane(flight.to))
    if (isAtArrival) return this.point(this.along(flight.endAt), this.lane(flight.to))
    const wholeT = arrivesT - flight.sentAt
    const share = wholeT > 0 ? (flight.endAt - flight.sentAt) / wholeT : 1
    return between(from, aim, Math.min(0.9, Math.max(0.4, share)))
  }
}

/** A message's way in pixels. */
export interface Route {
  readonly from: Point
  readonly head: Point
  readonly aim: Point
  readonly isUnderWay: boolean
  readonly isLost: boolean
}

/** The point that far on the way from one to another. */
export function between(a: Point, b: Point, share: number): Point {
  return [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share]
}

/** Whether a message is anywhere in the window. */
export function isInWindow(geometry: Geometry, flight: Flight): boolean {
  const { cursor } = geometry.view
  if (flight.fromStep > cursor) return false
  const begins = geometry.unit(flight.fromStep, flight.sentAt)
  if (begins > geometry.to) return false
  if (flight.toStep > cursor) return true
  const ends = geometry.unit(flight.toStep, flight.endAt === later ? geometry.nowAt : flight.endAt)
  const aimed = flight.end === 'lost' ? Math.max(ends + 2, plannedAt(flight, cursor)) : ends
  return aimed >= geometry.from
}
