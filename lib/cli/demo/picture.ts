/** This file declares what one picture of the demo shows, and finds the state of each worker at the moment that is shown. */
import { bucketMs, type WorkerSlot, type Tally } from './tally.ts'
import type { Books } from './ledger.ts'
import type { WorkerState } from './protocol.ts'

/** The data of a picture. */
export interface Picture {
  readonly tally: Tally
  readonly algorithm: string
  readonly locked: boolean
  readonly nowMs: number
  /** How long the run is meant to last from when the workers began. */
  readonly secondsLeft: number | null
  readonly totalBefore: number
  readonly books: Books | null
  /** How to look at this run from another terminal. */
  readonly hint: string
}

/**
 * How far the picture is behind the present: reports come in batches, and the picture needs the reports of all workers. Without
 * this delay two workers would seem to be inside at once.
 */
const delayMs = 80

/** The moment that is shown. */
export function shownMs(picture: Picture): number {
  return picture.nowMs - delayMs
}

/** What a worker was doing at that moment. */
export function shownState(picture: Picture, place: WorkerSlot): WorkerState | 'dead' {
  return picture.tally.stateAt(place, shownMs(picture))
}

/** Since when. */
export function shownSinceMs(picture: Picture, place: WorkerSlot): number {
  if (shownState(picture, place) === 'dead') return place.sinceMs
  return picture.tally.transitionAt(place, shownMs(picture))?.atMs ?? shownMs(picture)
}

/** Entries by complete quarter seconds up to then, the pauses among them. */
export function shownBuckets(picture: Picture): number[] {
  const complete = Math.max(0, Math.floor((shownMs(picture) - picture.tally.startedMs) / bucketMs))
  return Array.from({ length: complete }, (_, i) => picture.tally.buckets[i] ?? 0)
}

/** Entries in the last complete second. */
export function recentRate(picture: Picture): number {
  const perSecond = 1000 / bucketMs
  return shownBuckets(picture)
    .slice(-perSecond)
    .reduce((sum, count) => sum + count, 0)
}
