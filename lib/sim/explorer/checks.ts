/** This file checks what must hold in every global state of an exploration, and in its last one. */
import type { NodeId } from '../../base/ids.ts'
import { excludes } from '../../base/mode.ts'
import { BrokenRule } from './rules.ts'
import type { ExploredSite } from './seat.ts'
import type { GlobalState } from './world.ts'

/** No site is inside beside one that it excludes, and none denies that another is inside that is. */
export function checkMoment(world: GlobalState): void {
  const inside = world.ids.filter((id) => world.seat(id).inside > 0)
  for (const i of inside) {
    const { mode, epoch } = world.seat(i)
    for (const j of inside) {
      if (i !== j && excludes(mode, world.seat(j).mode)) throw new BrokenRule('exclusion', `${i} and ${j} are inside together`)
    }
    const sum = inside.reduce((total, id) => total + world.seat(id).inside, 0)
    if (typeof mode === 'number' && sum > mode) throw new BrokenRule('exclusion', `${sum} have ${mode} permits`)
    for (const j of world.ids) {
      const { denied, algorithm, claim, epoch: other } = world.seat(j)
      // A site that has stopped or is in another view is not asked; what it said as it stopped is in its claim.
      if (i === j || (denied === null && (claim !== null || other !== epoch))) continue
      if (denied === null ? !algorithm.mayHold(i) : denied.includes(i))
        throw new BrokenRule('mayHold', `${j} denies that ${i} is inside`)
    }
  }
}

/** Throws unless everything has come to rest with no site left waiting. */
export function checkEnd(world: GlobalState): void {
  if (world.ids.some((id) => world.seat(id).denied !== null)) return
  for (const id of world.members) if (world.seat(id).pending !== null) throw new BrokenRule('liveness', `${id} waits for ever`)
  if (world.situation.wins === true && !world.hasWinner) throw new BrokenRule('nobody wins', 'every request was refused')
  if (world.situation.rests !== true) return
  for (const id of world.members)
    if (!world.seat(id).algorithm.idle()) throw new BrokenRule('idle', `${id} is not idle at the end`)
}

/** An instance that was forgotten may come back as a fresh one, and meanwhile the rule for the untouched speaks for it. */
export function checkForgotten(world: GlobalState, id: NodeId): void {
  const { algorithm, epoch } = world.seat(id)
  const { kind } = world.situation
  const firstPlace = world.firstPlace(epoch)
  if (!algorithm.idle()) throw new BrokenRule('idle', `${id} was idle, and a fresh instance is not`)
  for (const peer of world.ids) {
    if (peer !== id && !kind.untouched(world.carriedOf(id), firstPlace, id, peer) && algorithm.mayHold(peer))
      throw new BrokenRule('mayHold', `without an instance ${id} denies that ${peer} is inside`)
  }
}

const countersMax = 1000

/** An entry takes its fence: above that of every exclusive entry before it. */
export function checkEntry(world: GlobalState, at: NodeId, seat: ExploredSite): void {
  seat.counter++
  seat.fence = seat.epoch * countersMax + seat.counter
  if (seat.mode !== 'exclusive') return
  if (seat.fence <= world.highestFence)
    throw new BrokenRule('fences rise', `${at} enters with fence ${seat.fence}, after ${world.highestFence}`)
  world.highestFence = seat.fence
}
