/** This file finds what part of a figure lies under a point: the nearest event, else the nearest message, else a lane. */
import { Geometry, type FigureView, isInWindow, type Point, type Selection } from '../../sim/story/geometry.ts'
import type { Story } from '../../sim/story/story.ts'

const reach = { event: 9, head: 13, flight: 6 } as const

/** The part of the figure that a point selects; null if nothing is near. */
export function hitAt(story: Story, view: FigureView, x: number, y: number): Selection | null {
  const geometry = new Geometry(story, view)
  const head = nearestFlight(geometry, [x, y], true)
  if (head !== null) return head
  return nearestEvent(geometry, [x, y]) ?? nearestFlight(geometry, [x, y], false)
}

function nearestEvent(geometry: Geometry, point: Point): Selection | null {
  let best: Selection | null = null
  let least: number = reach.event
  for (const event of geometry.story.events) {
    if (event.step > geometry.view.cursor) break
    const along = geometry.along(geometry.unit(event.step, event.at))
    const place = geometry.point(along, geometry.lane(event.node))
    const distance = Math.hypot(place[0] - point[0], place[1] - point[1])
    // Of events at one place the last is taken: it knows of the others.
    if (distance > least) continue
    least = distance
    best = { kind: 'event', event: event.index }
  }
  return best
}

/** Heads of messages under way come before everything: they can be acted on. */
function nearestFlight(geometry: Geometry, point: Point, isHead: boolean): Selection | null {
  let best: Selection | null = null
  let least: number = isHead ? reach.head : reach.flight
  for (const flight of geometry.story.flights) {
    if (flight.fromStep > geometry.view.cursor) break
    if (!isInWindow(geometry, flight)) continue
    const route = geometry.flight(flight)
    if (isHead && !route.isUnderWay) continue
    const to = isHead ? route.head : route.isUnderWay ? route.aim : route.head
    const distance = isHead ? Math.hypot(to[0] - point[0], to[1] - point[1]) : toSegment(point, route.from, to)
    if (distance >= least) continue
    least = distance
    best = { kind: 'flight', number: flight.number }
  }
  return best
}

function toSegment([x, y]: Point, [x1, y1]: Point, [x2, y2]: Point): number {
  const [dx, dy] = [x2 - x1, y2 - y1]
  const length = dx * dx + dy * dy
  const share = length === 0 ? 0 : Math.min(1, Math.max(0, ((x - x1) * dx + (y - y1) * dy) / length))
  return Math.hypot(x - (x1 + share * dx), y - (y1 + share * dy))
}
