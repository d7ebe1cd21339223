/** A ring of four sites, one of which is silent, for the tests of `token-ring`. */
import type { GlobalState } from '../../lib/sim/explorer/global-state.ts'
import type { Situation } from '../../lib/sim/explorer/situation.ts'
import { stateOf } from './visits.ts'

/** Four sites in the ring a, b, c, d. The site `silent` reads nothing, and all others suspect it. */
export function ring(silent: string, options: Partial<Situation> & { readonly algorithm?: string } = {}): GlobalState {
  const { algorithm = 'token-ring', ...rest } = options
  const state = stateOf(algorithm, 4, rest)
  for (const at of state.ids) if (at !== silent) state.take({ do: 'suspect', at, peer: silent })
  return state
}

/** Delivers everything but what lies at these sites. */
export function settleBut(state: GlobalState, ...unread: readonly string[]): void {
  for (;;) {
    const step = state.steps().find((each) => each.do === 'deliver' && !unread.includes(each.to))
    if (step === undefined) return
    state.take(step)
  }
}

export function hearAll(state: GlobalState, peer: string): void {
  for (const at of state.ids) if (state.seat(at).silent.includes(peer)) state.take({ do: 'hear', at, peer })
}

export function insideOf(state: GlobalState): string {
  return state.ids.filter((id) => state.seat(id).inside > 0).join()
}

/** What lies unread at that site, by kind. */
export function unreadAt(state: GlobalState, to: string): string {
  return state.ids.flatMap((from) => state.queue(from, to).map(({ body }) => body.kind)).join()
}
