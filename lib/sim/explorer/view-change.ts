/**
 * This file is a view change as the lock sees it (docs/concepts.md, *Views*). Every survivor stops its instance, says what it
 * holds, and says whether it can prove that the evicted site is not inside. When all have said so, fresh instances begin with
 * what was claimed. The evicted site knows nothing of it until its session is over.
 */
import type { NodeId } from '../../base/ids.ts'
import { Mode } from '../../base/mode.ts'
import { entriesOf } from '../../base/mode-counts.ts'
import type { Carried } from '../../view/flush-host.ts'
import type { GlobalState } from './global-state.ts'

export interface ViewChange {
  readonly epoch: number
  /** Who is not in the new view; null when it lists the same members. */
  readonly gone: NodeId | null
  /** The session of the evicted site is not over. */
  readonly isLive: boolean
  /** What all claims say together; null until all are there. */
  readonly carried: readonly Carried[] | null
  /** No survivor can prove that the evicted site is not inside. */
  readonly isDoubted: boolean
}

export function newChange(gone: NodeId | null): ViewChange {
  return { epoch: 2, gone, isLive: gone !== null, carried: null, isDoubted: gone !== null }
}

export function isMerged(change: ViewChange): boolean {
  return change.carried !== null
}

/** This survivor learns of the view: its instance stops, its claim is frozen, older messages are dropped from now on. */
export function install(state: GlobalState, id: NodeId): void {
  const { change } = state
  if (change === null) return
  const seat = state.own(id)
  const { entries, fence, algorithm } = seat
  const holdsAlone = entries.some(({ isAlone }) => isAlone)
  seat.claim = {
    holds: entries.map((mode) => ({ lock: 'lock', holder: id, mode, fence: BigInt(fence) })),
    doubts: change.gone !== null && !holdsAlone && algorithm.mayHold(change.gone),
  }
  seat.pending = seat.pending.map((each) => ({ ...each, isEntered: false }))
  seat.paused = false
  state.post.keepOnly(id, change.epoch)
  const claims = state.members.map((member) => state.seat(member).claim)
  if (claims.some((claim) => claim === null)) return
  const carried = claims.flatMap((claim) => claim?.holds ?? [])
  const isSettled = carried.some((each) => each.mode.isAlone)
  state.change = { ...change, carried, isDoubted: !isSettled && claims.every((claim) => claim?.doubts === true) }
}

/** The view begins here: a fresh instance, to which the waiting requests are handed before any message of the view. */
export function activate(state: GlobalState, id: NodeId): void {
  const { change } = state
  if (change === null) return
  const seat = state.own(id)
  const claimed = entriesOf(seat.claim?.holds ?? [], id)
  seat.epoch = change.epoch
  seat.counter = 0
  seat.claim = null
  seat.algorithm = state.newInstance(id, change.epoch)
  // What was claimed as one entry ends as one.
  seat.entries = seat.entries.filter((mode, i) => !mode.isOneEntry || seat.entries.findIndex((each) => each.equals(mode)) === i)
  // A hold that was claimed and ended before the activation is released on arrival.
  for (const { mode, count } of [...claimed])
    for (let left = count; left > seat.entries.filter((each) => each.equals(mode)).length; left--) seat.algorithm.release(mode)
  for (const { stamp, mode, ifFree, priority } of seat.pending)
    seat.algorithm.request(stamp, Mode.of(mode), ifFree === true, priority)
}

/** The site that is gone has lost its session; a site that waited for that is let in. */
export function expired(state: GlobalState, id: NodeId): void {
  state.own(id).entries = []
  if (state.change !== null) state.change = { ...state.change, isLive: false }
  state.post.clear(id)
  for (const member of state.members)
    for (const request of state.seat(member).pending) if (request.isEntered) state.admit(member, request)
}
