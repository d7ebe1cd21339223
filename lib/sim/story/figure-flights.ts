/**
 * This file draws the messages of a space-time diagram as arrows. A message that is on its way is drawn as far as it is, with a
 * head that the reader can take hold of.
 */
import { flightRelation } from './causality.ts'
import { between, type Geometry, isInWindow, type Point, type Route } from './geometry.ts'
import type { Ink, Pen, Stroke } from './pen.ts'
import type { Flight, StoryEvent } from './story.ts'

/** More arrows than this have no words on them. */
const labelledMax = 60

/** Draws the messages in the window. With an event chosen, only those before and after it stand out. */
export function drawFlights(geometry: Geometry, pen: Pen, chosen: StoryEvent | null): void {
  const { story, view } = geometry
  const seen: Flight[] = []
  for (const flight of story.flights) {
    if (flight.fromStep > view.cursor) break
    if (isInWindow(geometry, flight)) seen.push(flight)
  }
  // With a thousand arrows in view, each is a hair.
  const named: Point[] = []
  const width = seen.length > 400 ? 0.5 : seen.length > 150 ? 0.9 : 1.3
  // The token lies above everything: it is what one follows.
  const inOrder = [...seen.filter(({ isToken }) => !isToken), ...seen.filter(({ isToken }) => isToken)]
  for (const flight of inOrder) {
    const route = geometry.flight(flight)
    const looks = looksOf(geometry, flight, chosen, width)
    drawFlight(pen, route, looks, seen.length <= 400)
    const isNamed = seen.length <= labelledMax && (looks.opacity ?? 1) === 1
    if (isNamed) drawName(pen, flight, route, looks.ink, named)
  }
}

function looksOf(geometry: Geometry, flight: Flight, chosen: StoryEvent | null, width: number): Stroke {
  const { selected } = geometry.view
  if (selected?.kind === 'flight' && selected.number === flight.number) return { ink: 'select', width: 3 }
  if (chosen !== null) {
    const of = flightRelation(geometry.story, chosen, flight)
    if (of === 'past' || of === 'future') return { ink: of, width: 1.8 }
    return { ink: 'message', width, opacity: 0.16 }
  }
  if (flight.isToken) return { ink: 'token', width: Math.max(2.4, width * 2) }
  return { ink: 'message', width }
}

function drawFlight(pen: Pen, route: Route, looks: Stroke, isRoomy: boolean): void {
  const { from, head, aim } = route
  if (route.isUnderWay) {
    pen.line(...head, ...aim, { ...looks, width: 1, dash: 'dotted', opacity: (looks.opacity ?? 1) * 0.7 })
    pen.line(...from, ...head, looks)
    pen.circle(...head, 4.5, looks.ink === 'token' ? 'token' : 'ground', { ink: looks.ink, width: 1.75 })
    return
  }
  if (route.isLost) {
    const ink: Ink = looks.ink === 'message' ? 'wrong' : looks.ink
    const opacity = looks.opacity === undefined ? {} : { opacity: looks.opacity }
    pen.line(...from, ...head, { ink, width: looks.width, dash: 'dashed', ...opacity })
    const [x, y] = head
    pen.line(x - 4, y - 4, x + 4, y + 4, { ink: 'wrong', width: 2, ...opacity })
    pen.line(x - 4, y + 4, x + 4, y - 4, { ink: 'wrong', width: 2, ...opacity })
    return
  }
  pen.line(...from, ...head, looks)
  if (isRoomy) drawPoint(pen, from, head, looks)
}

/** The arrow's point. */
function drawPoint(pen: Pen, from: Point, head: Point, { ink, width, opacity = 1 }: Stroke): void {
  const angle = Math.atan2(head[1] - from[1], head[0] - from[0])
  const size = 5.5 + width
  const corner = (turn: number): Point => [head[0] - size * Math.cos(angle + turn), head[1] - size * Math.sin(angle + turn)]
  pen.polygon([head, corner(0.38), corner(-0.38)], ink, opacity)
}

/** What kind of message it is, along its arrow, if there is room for it among the names that are `taken`. */
function drawName(pen: Pen, flight: Flight, route: Route, ink: Ink, taken: Point[]): void {
  const end = route.isUnderWay ? route.aim : route.head
  const half = flight.kind.length * 3
  const length = Math.hypot(end[0] - route.from[0], end[1] - route.from[1])
  if (length < half * 2 + 24) return
  // Arrows of one broadcast begin together: their names are further on, where they have parted.
  const spot = spots.map((share) => between(route.from, end, share)).find((each) => isFree(each, half, taken))
  if (spot === undefined) return
  taken.push(spot)
  const [x, y] = spot
  let angle = Math.atan2(end[1] - route.from[1], end[0] - route.from[0])
  if (angle > Math.PI / 2) angle -= Math.PI
  if (angle < -Math.PI / 2) angle += Math.PI
  const [dx, dy] = [Math.sin(angle) * 4, -Math.cos(angle) * 4]
  const shown: Ink = ink === 'message' ? 'quiet' : ink
  pen.text(x + dx, y + dy, flight.kind, { ink: shown, size: 10, anchor: 'middle', angle, isRimmed: true })
}

/** Where on its arrow a name may stand, the best first. */
const spots = [0.62, 0.42, 0.74] as const

function isFree([x, y]: Point, half: number, taken: readonly Point[]): boolean {
  return taken.every(([otherX, otherY]) => Math.hypot(x - otherX, y - otherY) > half + 9)
}
