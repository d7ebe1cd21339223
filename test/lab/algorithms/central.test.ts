import { expect } from 'chai'
import { central } from '../../../lib/lab/algorithms/central.ts'
import type { Wish } from '../../../lib/sim/explorer/situation.ts'
import { GlobalState } from '../../../lib/sim/explorer/global-state.ts'
import { complies } from '../../mutex/compliance.ts'

complies(central, { idle: 'never', bypassMax: (sites) => sites - 1, links: 'in any order' })

const exclusive: Wish = { mode: 'exclusive' }

describe('a coordinator among its peers', () => {
  const worldOf = (sites: number): GlobalState =>
    new GlobalState({ kind: central, wishes: Array.from({ length: sites }, () => []), firstPlace: 'b' })

  it('costs three messages, and none for itself', () => {
    const world = worldOf(4)
    for (const at of world.ids) {
      const before = world.messages
      world.request(at, exclusive)
      world.settle()
      expect(world.seat(at).inside).to.equal(1)
      world.take({ do: 'release', at })
      world.settle()
      expect(world.messages - before).to.equal(at === 'b' ? 0 : 3)
    }
  })

  it('serves in the order of arrival, and two messages pass from one holder to the next', () => {
    const world = worldOf(4)
    for (const at of ['c', 'a', 'd']) {
      world.request(at, exclusive)
      world.settle()
    }
    for (const at of ['c', 'a']) {
      const before = world.messages
      world.take({ do: 'release', at })
      world.settle()
      expect(world.messages - before).to.equal(2)
    }
    expect(world.entries.map(({ at }) => at)).to.deep.equal(['c', 'a', 'd'])
  })

  it('a site that withdraws as its turn comes is passed over', () => {
    const world = worldOf(3)
    world.request('a', exclusive)
    world.settle()
    world.request('c', { ...exclusive, fickle: true })
    world.settle()
    world.take({ do: 'release', at: 'a' })
    world.take({ do: 'deliver', from: 'a', to: 'b' })
    world.take({ do: 'cancel', at: 'c' })
    world.request('a', exclusive)
    world.settle()
    expect([world.seat('a').inside, world.seat('c').inside]).to.deep.equal([1, 0])
  })
})
