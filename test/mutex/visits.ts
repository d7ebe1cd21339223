/** A quiet world for the tests of papers: one request at a time, and everything that it causes. */
import { expect } from 'chai'
import { algorithmKind } from '../../lib/mutex/algorithms.ts'
import type { Situation, Wish } from '../../lib/sim/explorer/situation.ts'
import { GlobalState } from '../../lib/sim/explorer/global-state.ts'

export const exclusive: Wish = { mode: 'exclusive' }

/** So many sites that want nothing by themselves. */
export function worldOf(algorithm: string, sites: number, options: Partial<Situation> = {}): GlobalState {
  return new GlobalState({ kind: algorithmKind(algorithm), wishes: Array.from({ length: sites }, () => []), ...options })
}

/** Leaves, and lets everything arrive. */
export function leave(world: GlobalState, at: string): void {
  world.take({ do: 'release', at })
  world.settle()
}

/** Asks, lets everything arrive, leaves: what one entry costs when nobody else wants it. */
export function visit(world: GlobalState, at: string, wish = exclusive): number {
  const before = world.messages
  world.request(at, wish)
  world.settle()
  expect(world.seat(at).inside, `${at} is inside`).to.equal(1)
  leave(world, at)
  return world.messages - before
}
