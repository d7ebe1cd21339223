import { expect } from 'chai'
import { Mode } from '../../../lib/base/mode.ts'
import { InvariantViolation } from '../../../lib/base/assert.ts'
import { BadOptionError } from '../../../lib/base/errors.ts'
import { seededRandom } from '../../../lib/base/random.ts'
import { compareStamps, type Stamp } from '../../../lib/clock/stamp.ts'
import { algorithmKind } from '../../../lib/mutex/algorithms.ts'
import type { GlobalState } from '../../../lib/sim/explorer/global-state.ts'
import { exclusive, visit, stateOf } from '../visits.ts'

describe('Ricart and Agrawala 1981', () => {
  for (const sites of [1, 2, 3, 5, 8]) {
    it(`§3: an entry costs 2(N−1) messages with ${sites} sites, at any load`, () => {
      const light = stateOf('ricart-agrawala', sites)
      for (let i = 0; i < 20; i++) expect(visit(light, light.ids[i % sites] as string)).to.equal(2 * (sites - 1))
      const saturated = stateOf('ricart-agrawala', sites, {
        wishes: Array.from({ length: sites }, () => Array.from({ length: 6 }, () => exclusive)),
      })
      saturated.walk(seededRandom(sites), 100_000)
      expect(saturated.messages).to.equal(saturated.entries.length * 2 * (sites - 1))
    })
  }

  it('§4: entries come in the order of the stamps, ties by id', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const state = stateOf('ricart-agrawala', 4, { wishes: Array.from({ length: 4 }, () => [exclusive, exclusive, exclusive]) })
      state.walk(seededRandom(seed), 10_000)
      const stamps = state.entries.map(({ stamp }) => stamp)
      expect(stamps).to.have.length(12)
      expect(stamps).to.deep.equal([...stamps].sort(compareStamps))
    }
  })

  it('two requests of the same time do not both go first', () => {
    const state = stateOf('ricart-agrawala', 2)
    state.request('b', exclusive)
    state.request('a', exclusive)
    state.settle()
    expect([state.seat('a').inside, state.seat('b').inside]).to.deep.equal([1, 0])
  })

  it('a late reply to a withdrawn request does not count for the next', () => {
    const state = stateOf('ricart-agrawala', 3)
    state.request('a', { ...exclusive, fickle: true })
    state.take({ do: 'deliver', from: 'a', to: 'b' })
    state.take({ do: 'cancel', at: 'a' })
    state.request('b', exclusive)
    state.settle()
    expect(state.seat('b').inside).to.equal(1)
    state.request('a', exclusive)
    state.settle()
    expect(state.seat('a').inside).to.equal(0)
    state.take({ do: 'release', at: 'b' })
    state.settle()
    expect(state.seat('a').inside).to.equal(1)
  })

  it('a reply that comes twice counts once', () => {
    const state = stateOf('ricart-agrawala', 3)
    state.request('c', exclusive)
    state.settle()
    state.request('a', exclusive)
    const stamp = state.seat('a').pending[0]?.stamp
    state.take({ do: 'deliver', from: 'a', to: 'b' })
    state.slip('b', 'a', { kind: 'reply', stamp: stamp as Stamp, using: 0, keep: false })
    state.settle()
    expect(state.seat('a').inside).to.equal(0)
  })
})

describe('Carvalho and Roucairol 1983', () => {
  it('the last holder enters again without a message', () => {
    const state = stateOf('carvalho-roucairol', 5)
    expect(visit(state, 'c')).to.equal(8)
    for (let i = 0; i < 10; i++) expect(visit(state, 'c')).to.equal(0)
  })

  it('a second site asks only those whose permission it does not keep', () => {
    const state = stateOf('carvalho-roucairol', 4)
    visit(state, 'a')
    expect(visit(state, 'b')).to.equal(6)
    // a lost only the permission of b, and asks it back.
    expect(visit(state, 'a')).to.equal(2)
  })

  it('0 to 2(N−1) messages for an entry when all sites ask', () => {
    const state = stateOf('carvalho-roucairol', 5, {
      wishes: Array.from({ length: 5 }, () => Array.from({ length: 20 }, () => exclusive)),
    })
    state.walk(seededRandom(3), 100_000)
    expect(state.entries).to.have.length(100)
    expect(state.messages / 100).to.be.within(0, 8)
  })

  it('a shared holder gives permission for one entry only', () => {
    const state = stateOf('carvalho-roucairol', 2)
    state.request('a', { mode: 'shared' })
    state.settle()
    expect(visit(state, 'b', { mode: 'shared' })).to.equal(2)
    state.request('b', exclusive)
    state.settle()
    expect(state.seat('b').inside).to.equal(0)
  })

  it('a request that relies on a permission given up to a sharer asks again before one that excludes it', () => {
    const state = stateOf('carvalho-roucairol', 3)
    for (let i = 0; i < 6; i++) visit(state, 'b')
    state.request('c', exclusive)
    state.settle()
    // b keeps the permission of a, and waits for c only.
    state.request('b', { mode: 'shared' })
    state.settle()
    state.request('a', { mode: 'shared', fickle: true })
    state.settle()
    state.take({ do: 'cancel', at: 'a' })
    state.settle()
    // An older stamp than that of b, of whose request a knows nothing.
    state.request('a', exclusive)
    expect(compareStamps(state.seat('a').pending[0]?.stamp as Stamp, state.seat('b').pending[0]?.stamp as Stamp)).to.be.below(0)
    state.settle()
    state.take({ do: 'release', at: 'c' })
    state.settle()
    expect([state.seat('a').inside, state.seat('b').inside]).to.deep.equal([1, 0])
    state.take({ do: 'release', at: 'a' })
    state.settle()
    expect(state.seat('b').inside).to.equal(1)
  })

  it('after a rest nothing is kept and every site is as new', () => {
    const state = stateOf('carvalho-roucairol', 4)
    visit(state, 'a')
    visit(state, 'b')
    for (const at of state.ids) state.take({ do: 'rest', at })
    state.settle()
    for (const at of state.ids) expect(state.seat(at).algorithm.idle(), at).to.equal(true)
    expect(visit(state, 'c')).to.equal(6)
  })

  it('a late reply to a withdrawn request does not clear the note that permission was given', () => {
    const state = stateOf('carvalho-roucairol', 4)
    state.request('a', { ...exclusive, fickle: true })
    state.request('b', exclusive)
    state.take({ do: 'deliver', from: 'a', to: 'b' })
    state.take({ do: 'deliver', from: 'b', to: 'a' })
    expect(state.seat('a').algorithm.mayHold('b'), 'deferred').to.equal(false)
    state.take({ do: 'cancel', at: 'a' })
    state.take({ do: 'deliver', from: 'b', to: 'a' })
    expect(state.seat('a').algorithm.mayHold('b'), 'given').to.equal(true)
    state.settle()
    expect(state.seat('b').inside).to.equal(1)
  })
})

describe('what a permission-based site knows of the others', () => {
  for (const algorithm of ['ricart-agrawala', 'carvalho-roucairol']) {
    it(`${algorithm}: a site that withdrew while the answer was on its way is not told of freed permits`, () => {
      const state = stateOf(algorithm, 2)
      state.request('a', { mode: 2 })
      state.settle()
      state.request('b', { mode: 2, fickle: true })
      state.take({ do: 'deliver', from: 'b', to: 'a' })
      state.take({ do: 'cancel', at: 'b' })
      state.take({ do: 'deliver', from: 'b', to: 'a' })
      state.take({ do: 'release', at: 'a' })
      expect(state.sent.freed ?? 0).to.equal(0)
    })

    it(`${algorithm}: a carried holder that gives permission and uses nothing has left`, () => {
      const carried = [{ lock: 'door', holder: 'b', mode: 'exclusive' as const, fence: 1n }]
      const state = stateOf(algorithm, 3, { carried })
      state.request('a', exclusive)
      state.settle()
      expect([state.seat('a').inside, state.seat('a').algorithm.mayHold('b')]).to.deep.equal([0, true])
      state.take({ do: 'release', at: 'b' })
      state.settle()
      expect([state.seat('a').inside, state.seat('a').algorithm.mayHold('b')]).to.deep.equal([1, false])
    })
  }

  it('carvalho-roucairol: who gives its permission to keep has done with what it was given', () => {
    const state = stateOf('carvalho-roucairol', 3)
    visit(state, 'a')
    visit(state, 'b')
    expect(state.seat('a').algorithm.mayHold('b'), 'given').to.equal(true)
    visit(state, 'a')
    expect(state.seat('a').algorithm.mayHold('b'), 'given back').to.equal(false)
  })
})

describe('Le Lann 1977', () => {
  for (const algorithm of ['token-ring', 'token-ring-perpetual']) {
    it(`${algorithm}: saturated, an entry costs one message, and the turns go round`, () => {
      const state = stateOf(algorithm, 5)
      for (const at of state.ids) state.request(at, exclusive)
      state.settle()
      for (let lap = 0; lap < 3; lap++) turn(state)
      const before = state.messages
      const entriesBefore = state.entries.length
      for (let lap = 0; lap < 10; lap++) turn(state)
      expect(state.entries.length - entriesBefore).to.equal(50)
      expect(state.messages - before).to.equal(50)
      const order = state.entries.slice(-10).map(({ at }) => at)
      expect(order.slice(0, 5)).to.deep.equal(order.slice(5))
      expect(new Set(order).size).to.equal(5)
    })
  }

  it('the parked token is used where it is without a message', () => {
    const state = stateOf('token-ring', 5)
    expect(visit(state, 'a')).to.equal(0)
    visit(state, 'c')
    for (let i = 0; i < 5; i++) expect(visit(state, 'c')).to.equal(0)
  })

  it('a withdrawn request whose token still comes sends it on or lets it rest, and no site waits for it', () => {
    const state = stateOf('token-ring', 4)
    state.request('a', exclusive)
    state.request('b', { ...exclusive, fickle: true })
    state.settle()
    state.request('c', exclusive)
    state.settle()
    state.take({ do: 'cancel', at: 'b' })
    state.take({ do: 'release', at: 'a' })
    state.settle()
    expect(state.seat('c').inside).to.equal(1)
    state.take({ do: 'release', at: 'c' })
    state.settle()
    expect(visit(state, 'd')).to.be.greaterThan(0)
  })

  it('a token that comes twice is noticed, never used twice', () => {
    const state = stateOf('token-ring', 3)
    state.slip('c', 'a', { kind: 'token', starter: 'c', hops: 1, homing: false })
    expect(() => state.settle()).to.throw(InvariantViolation)
  })

  it('the token begins at the carried holder', () => {
    const carried = [{ lock: 'door', holder: 'c', mode: 'exclusive' as const, fence: 1n }]
    const state = stateOf('token-ring', 3, { carried })
    state.request('a', exclusive)
    state.settle()
    expect([state.seat('a').inside, state.seat('c').inside]).to.deep.equal([0, 1])
    state.take({ do: 'release', at: 'c' })
    state.settle()
    expect(state.seat('a').inside).to.equal(1)
  })
})

describe('the algorithms by name', () => {
  it('an unknown name is BAD_OPTION and lists the names', () => {
    expect(() => algorithmKind('paxos')).to.throw(BadOptionError, /carvalho-roucairol.*ricart-agrawala.*token-ring/)
  })

  it('without an instance, only carried holders may be inside by permission, and by token any site unless it begins here', () => {
    const carried = [{ lock: 'door', holder: 'b', mode: Mode.exclusive, fence: 1n }]
    for (const name of ['ricart-agrawala', 'carvalho-roucairol']) {
      const { untouched } = algorithmKind(name)
      expect([untouched(carried, 'c', 'a', 'b'), untouched(carried, 'c', 'a', 'c'), untouched([], 'c', 'a', 'b')]).to.deep.equal([
        true,
        false,
        false,
      ])
    }
    const { untouched } = algorithmKind('token-ring')
    expect([untouched([], 'a', 'a', 'b'), untouched([], 'b', 'a', 'c'), untouched(carried, 'a', 'a', 'c')]).to.deep.equal([
      false,
      true,
      true,
    ])
  })
})

/** The site inside leaves and asks again, once for each site. */
function turn(state: GlobalState): void {
  for (let i = 0; i < state.ids.length; i++) {
    const at = state.ids.find((id) => state.seat(id).inside > 0)
    if (at === undefined) {
      const paused = state.steps().find((step) => step.do === 'wake')
      if (paused !== undefined) state.take(paused)
      state.settle()
      i--
      continue
    }
    state.take({ do: 'release', at })
    state.request(at, exclusive)
    state.settle()
  }
}
