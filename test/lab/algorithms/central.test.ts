import { expect } from 'chai'
import { central } from '../../../lib/lab/algorithms/central.ts'
import type { Wish } from '../../../lib/sim/explorer/situation.ts'
import { GlobalState } from '../../../lib/sim/explorer/global-state.ts'
import { complies } from '../../mutex/compliance.ts'

complies(central, { idle: 'never', bypassMax: (sites) => sites - 1, links: 'in any order' })

const exclusive: Wish = { mode: 'exclusive' }

describe('a coordinator among its peers', () => {
  const stateOf = (sites: number): GlobalState =>
    new GlobalState({ kind: central, wishes: Array.from({ length: sites }, () => []), firstPlace: 'b' })

  it('costs three messages, and none for itself', () => {
    const state = stateOf(4)
    for (const at of state.ids) {
      const before = state.messages
      state.request(at, exclusive)
      state.settle()
      expect(state.seat(at).inside).to.equal(1)
      state.take({ do: 'release', at })
      state.settle()
      expect(state.messages - before).to.equal(at === 'b' ? 0 : 3)
    }
  })

  it('serves in the order of arrival, and two messages pass from one holder to the next', () => {
    const state = stateOf(4)
    for (const at of ['c', 'a', 'd']) {
      state.request(at, exclusive)
      state.settle()
    }
    for (const at of ['c', 'a']) {
      const before = state.messages
      state.take({ do: 'release', at })
      state.settle()
      expect(state.messages - before).to.equal(2)
    }
    expect(state.entries.map(({ at }) => at)).to.deep.equal(['c', 'a', 'd'])
  })

  it('a site that withdraws as its turn comes is passed over', () => {
    const state = stateOf(3)
    state.request('a', exclusive)
    state.settle()
    state.request('c', { ...exclusive, fickle: true })
    state.settle()
    state.take({ do: 'release', at: 'a' })
    state.take({ do: 'deliver', from: 'a', to: 'b' })
    state.take({ do: 'cancel', at: 'c' })
    state.request('a', exclusive)
    state.settle()
    expect([state.seat('a').inside, state.seat('c').inside]).to.deep.equal([1, 0])
  })
})
