/** This file begins the views of an arena, with a fresh instance of the algorithm at each living site, as the view layer does. */
import type { NodeId } from '../../base/ids.ts'
import type { Body } from '../../mutex/contract.ts'
import type { Carried } from '../../view/flush-host.ts'
import type { Arena } from './arena.ts'
import { ArenaSite } from './seat.ts'

/** A view of the living sites begins, with these holds. */
export function beginView<Message extends Body>({ seats, kind }: Arena<Message>, carried: readonly Carried[]): void {
  const living = seats.filter((seat) => !seat.isCrashed)
  const members = living.map(({ id }) => id)
  const firstPlace = members[0] as NodeId
  for (const seat of living) {
    seat.counter = 0
    seat.algorithm = kind.create(new ArenaSite(seat, members, carried, firstPlace))
  }
}

/** As after a crash: what is on its way is forgotten, the survivors begin anew, holds are carried over, requests are made again. */
export function beginNextView<Message extends Body>(arena: Arena<Message>): void {
  for (const due of arena.flights()) arena.drop(due, 'old view')
  for (const { heldBack } of arena.seats) {
    for (const due of heldBack.splice(0)) {
      if (due.from === null) heldBack.push(due)
      else arena.drop(due, 'old view')
    }
  }
  arena.epoch++
  const { mode, seats } = arena
  const holders = seats.filter(({ isCrashed, state }) => !isCrashed && state === 'inside')
  beginView(
    arena,
    holders.map(({ id }) => ({ lock: 'lock', holder: id, mode, fence: 1n })),
  )
  for (const { isCrashed, state, request, algorithm } of seats) {
    if (!isCrashed && state === 'waiting' && request !== null) algorithm.request(request.stamp, request.mode, false)
  }
}
