/** This file checks what must hold in every global state of an exploration, and in its last one. */
import { Mode } from '../../base/mode.ts'
import type { NodeId } from '../../base/ids.ts'
import { BrokenRule } from './rules.ts'
import type { ExploredSite } from './seat.ts'
import type { GlobalState } from './global-state.ts'

/** No site is inside beside a site that it excludes, and no site denies that another is inside while that one is. */
export function checkMoment(state: GlobalState): void {
  const inside = state.ids.filter((id) => state.seat(id).inside > 0)
  const entries = inside.flatMap((id) => state.seat(id).entries.map((mode) => ({ id, mode })))
  for (const [at, { id, mode }] of entries.entries()) {
    const other = entries.find((each, i) => i > at && !each.mode.isCompatibleWith(mode))
    if (other !== undefined) throw new BrokenRule('exclusion', `${id} and ${other.id} are inside together`)
    const sum = entries.filter((each) => each.mode.equals(mode)).length
    if (!mode.hasRoomBeside(sum - 1)) throw new BrokenRule('exclusion', `${sum} have ${mode.limit} permits`)
  }
  for (const i of inside) {
    const { epoch } = state.seat(i)
    for (const j of state.ids) {
      const { denied, algorithm, claim, epoch: other } = state.seat(j)
      // A site that has stopped or is in another view is not asked; what it said as it stopped is in its claim.
      if (i === j || (denied === null && (claim !== null || other !== epoch))) continue
      if (denied === null ? !algorithm.mayHold(i) : denied.includes(i))
        throw new BrokenRule('mayHold', `${j} denies that ${i} is inside`)
    }
  }
}

/** Throws unless everything has come to rest with no site left waiting. */
export function checkEnd(state: GlobalState): void {
  if (state.ids.some((id) => state.seat(id).denied !== null)) return
  const waiting = state.members.find((id) => state.seat(id).pending.length > 0)
  if (waiting !== undefined && !waitForHolder(state)) throw new BrokenRule('liveness', `${waiting} waits for ever`)
  if (state.situation.wins === true && !state.hasWinner) throw new BrokenRule('no winner', 'every request was refused')
  if (state.situation.rests !== true) return
  for (const id of state.members)
    if (!state.seat(id).algorithm.idle()) throw new BrokenRule('idle', `${id} is not idle at the end`)
}

/** One of those that wait is excluded by an entry that stays. The others may wait behind it. */
function waitForHolder(state: GlobalState): boolean {
  const entries = state.ids.flatMap((id) => state.seat(id).entries)
  const waiting = state.members.flatMap((id) => state.seat(id).pending.map(({ mode }) => Mode.of(mode)))
  return waiting.some((mode) => {
    const sum = entries.filter((each) => each.equals(mode)).length
    return !mode.hasRoomBeside(sum) || entries.some((each) => !each.isCompatibleWith(mode))
  })
}

/** An instance that was forgotten may come back as a fresh one, and meanwhile the rule for the untouched speaks for it. */
export function checkForgotten(state: GlobalState, id: NodeId): void {
  const { algorithm, epoch } = state.seat(id)
  const { kind } = state.situation
  const firstPlace = state.firstPlace(epoch)
  if (!algorithm.idle()) throw new BrokenRule('idle', `${id} was idle, and a fresh instance is not`)
  for (const peer of state.ids) {
    if (peer !== id && !kind.untouched(state.carriedOf(id), firstPlace, id, peer) && algorithm.mayHold(peer))
      throw new BrokenRule('mayHold', `without an instance ${id} denies that ${peer} is inside`)
  }
}

const countersMax = 1000

/** An entry takes its fence: above that of every exclusive entry before it. */
export function checkEntry(state: GlobalState, at: NodeId, seat: ExploredSite, mode: Mode): void {
  seat.counter++
  seat.fence = seat.epoch * countersMax + seat.counter
  if (!mode.isAlone) return
  if (seat.fence <= state.highestFence)
    throw new BrokenRule('fences rise', `${at} enters with fence ${seat.fence}, after ${state.highestFence}`)
  state.highestFence = seat.fence
}
