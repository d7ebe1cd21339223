/**
 * This file finds which events may have caused an event, and which it may have caused: happens-before (Lamport 1978), read off
 * vector times. Everything else is concurrent with it.
 */
import type { Flight, Story, StoryEvent } from './story.ts'

/** How an event stands to another one. */
export type Relation = 'self' | 'past' | 'future' | 'concurrent'

/** How `other` stands to `event`. */
export function relation(event: StoryEvent, other: StoryEvent): Relation {
  if (event.index === other.index) return 'self'
  if ((event.vector[other.node] as number) >= (other.vector[other.node] as number)) return 'past'
  if ((other.vector[event.node] as number) >= (event.vector[event.node] as number)) return 'future'
  return 'concurrent'
}

/** How a message stands to an event: it is past when its arrival is, and future when its sending is. */
export function flightRelation(story: Story, event: StoryEvent, flight: Flight): Relation {
  const sent = story.events[flight.sentEvent]
  const arrived = story.events[flight.arrivedEvent]
  if (arrived !== undefined) {
    const of = relation(event, arrived)
    if (of === 'past' || of === 'self') return 'past'
  }
  if (sent === undefined) return 'concurrent'
  const of = relation(event, sent)
  return of === 'future' || of === 'self' ? 'future' : 'concurrent'
}

/** How many events are before it, after it and beside it, up to a step. */
export function cones(story: Story, event: StoryEvent, cursor: number): Readonly<Record<Relation, number>> {
  const counts = { self: 0, past: 0, future: 0, concurrent: 0 }
  for (const other of story.events) {
    if (other.step > cursor) break
    counts[relation(event, other)]++
  }
  return counts
}
