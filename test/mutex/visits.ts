/** Quiet runs for the tests of papers: one request at a time, and all its consequences. */
import { expect } from 'chai'
import { algorithmKind } from '../../lib/mutex/algorithms.ts'
import type { Situation, Wish } from '../../lib/sim/explorer/situation.ts'
import { GlobalState } from '../../lib/sim/explorer/global-state.ts'

export const exclusive: Wish = { mode: 'exclusive' }

/** The global state of that many sites that want nothing by themselves. */
export function stateOf(algorithm: string, sites: number, options: Partial<Situation> = {}): GlobalState {
  return new GlobalState({ kind: algorithmKind(algorithm), wishes: Array.from({ length: sites }, () => []), ...options })
}

/** Leaves, and lets everything arrive. */
export function leave(state: GlobalState, at: string): void {
  state.take({ do: 'release', at })
  state.settle()
}

/** Asks, lets everything arrive, leaves: what one entry costs when no other site wants it. */
export function visit(state: GlobalState, at: string, wish = exclusive): number {
  const before = state.messages
  state.request(at, wish)
  state.settle()
  expect(state.seat(at).inside, `${at} is inside`).to.equal(1)
  leave(state, at)
  return state.messages - before
}
