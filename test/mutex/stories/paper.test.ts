import { expect } from 'chai'
import { Mode } from '../../../lib/base/mode.ts'
import { InvariantViolation } from '../../../lib/base/assert.ts'
import { BadOptionError } from '../../../lib/base/errors.ts'
import { seededRandom } from '../../../lib/base/random.ts'
import { compareStamps, type Stamp } from '../../../lib/clock/stamp.ts'
import { algorithmKind } from '../../../lib/mutex/algorithms.ts'
import type { GlobalState } from '../../../lib/sim/explorer/global-state.ts'
import { exclusive, visit, worldOf } from '../visits.ts'

describe('Ricart and Agrawala 1981', () => {
  for (const sites of [1, 2, 3, 5, 8]) {
    it(`§3: an entry costs 2(N−1) messages with ${sites} sites, at any load`, () => {
      const light = worldOf('ricart-agrawala', sites)
      for (let i = 0; i < 20; i++) expect(visit(light, light.ids[i % sites] as string)).to.equal(2 * (sites - 1))
      const saturated = worldOf('ricart-agrawala', sites, {
        wishes: Array.from({ length: sites }, () => Array.from({ length: 6 }, () => exclusive)),
      })
      saturated.walk(seededRandom(sites), 100_000)
      expect(saturated.messages).to.equal(saturated.entries.length * 2 * (sites - 1))
    })
  }

  it('§4: entries come in the order of the stamps, ties by id', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const world = worldOf('ricart-agrawala', 4, { wishes: Array.from({ length: 4 }, () => [exclusive, exclusive, exclusive]) })
      world.walk(seededRandom(seed), 10_000)
      const stamps = world.entries.map(({ stamp }) => stamp)
      expect(stamps).to.have.length(12)
      expect(stamps).to.deep.equal([...stamps].sort(compareStamps))
    }
  })

  it('two requests of the same time do not both go first', () => {
    const world = worldOf('ricart-agrawala', 2)
    world.request('b', exclusive)
    world.request('a', exclusive)
    world.settle()
    expect([world.seat('a').inside, world.seat('b').inside]).to.deep.equal([1, 0])
  })

  it('a late reply to a withdrawn request does not count for the next', () => {
    const world = worldOf('ricart-agrawala', 3)
    world.request('a', { ...exclusive, fickle: true })
    world.take({ do: 'deliver', from: 'a', to: 'b' })
    world.take({ do: 'cancel', at: 'a' })
    world.request('b', exclusive)
    world.settle()
    expect(world.seat('b').inside).to.equal(1)
    world.request('a', exclusive)
    world.settle()
    expect(world.seat('a').inside).to.equal(0)
    world.take({ do: 'release', at: 'b' })
    world.settle()
    expect(world.seat('a').inside).to.equal(1)
  })

  it('a reply that comes twice counts once', () => {
    const world = worldOf('ricart-agrawala', 3)
    world.request('c', exclusive)
    world.settle()
    world.request('a', exclusive)
    const stamp = world.seat('a').pendingStamp
    world.take({ do: 'deliver', from: 'a', to: 'b' })
    world.slip('b', 'a', { kind: 'reply', stamp: stamp as Stamp, using: 0, keep: false })
    world.settle()
    expect(world.seat('a').inside).to.equal(0)
  })
})

describe('Carvalho and Roucairol 1983', () => {
  it('the last holder enters again without a message', () => {
    const world = worldOf('carvalho-roucairol', 5)
    expect(visit(world, 'c')).to.equal(8)
    for (let i = 0; i < 10; i++) expect(visit(world, 'c')).to.equal(0)
  })

  it('a second site asks only those whose permission it does not keep', () => {
    const world = worldOf('carvalho-roucairol', 4)
    visit(world, 'a')
    expect(visit(world, 'b')).to.equal(6)
    // a lost only the permission of b, and asks it back.
    expect(visit(world, 'a')).to.equal(2)
  })

  it('0 to 2(N−1) messages for an entry when all sites ask', () => {
    const world = worldOf('carvalho-roucairol', 5, {
      wishes: Array.from({ length: 5 }, () => Array.from({ length: 20 }, () => exclusive)),
    })
    world.walk(seededRandom(3), 100_000)
    expect(world.entries).to.have.length(100)
    expect(world.messages / 100).to.be.within(0, 8)
  })

  it('a shared holder gives permission for one entry only', () => {
    const world = worldOf('carvalho-roucairol', 2)
    world.request('a', { mode: 'shared' })
    world.settle()
    expect(visit(world, 'b', { mode: 'shared' })).to.equal(2)
    world.request('b', exclusive)
    world.settle()
    expect(world.seat('b').inside).to.equal(0)
  })

  it('a request that relies on a permission given up to a sharer asks again before one that excludes it', () => {
    const world = worldOf('carvalho-roucairol', 3)
    for (let i = 0; i < 6; i++) visit(world, 'b')
    world.request('c', exclusive)
    world.settle()
    // b keeps the permission of a, and waits for c only.
    world.request('b', { mode: 'shared' })
    world.settle()
    world.request('a', { mode: 'shared', fickle: true })
    world.settle()
    world.take({ do: 'cancel', at: 'a' })
    world.settle()
    // An older stamp than that of b, of whose request a knows nothing.
    world.request('a', exclusive)
    expect(compareStamps(world.seat('a').pendingStamp as Stamp, world.seat('b').pendingStamp as Stamp)).to.be.below(0)
    world.settle()
    world.take({ do: 'release', at: 'c' })
    world.settle()
    expect([world.seat('a').inside, world.seat('b').inside]).to.deep.equal([1, 0])
    world.take({ do: 'release', at: 'a' })
    world.settle()
    expect(world.seat('b').inside).to.equal(1)
  })

  it('after a rest nothing is kept and every site is as new', () => {
    const world = worldOf('carvalho-roucairol', 4)
    visit(world, 'a')
    visit(world, 'b')
    for (const at of world.ids) world.take({ do: 'rest', at })
    world.settle()
    for (const at of world.ids) expect(world.seat(at).algorithm.idle(), at).to.equal(true)
    expect(visit(world, 'c')).to.equal(6)
  })

  it('a late reply to a withdrawn request does not clear the note that permission was given', () => {
    const world = worldOf('carvalho-roucairol', 4)
    world.request('a', { ...exclusive, fickle: true })
    world.request('b', exclusive)
    world.take({ do: 'deliver', from: 'a', to: 'b' })
    world.take({ do: 'deliver', from: 'b', to: 'a' })
    expect(world.seat('a').algorithm.mayHold('b'), 'deferred').to.equal(false)
    world.take({ do: 'cancel', at: 'a' })
    world.take({ do: 'deliver', from: 'b', to: 'a' })
    expect(world.seat('a').algorithm.mayHold('b'), 'given').to.equal(true)
    world.settle()
    expect(world.seat('b').inside).to.equal(1)
  })
})

describe('what a permission-based site knows of the others', () => {
  for (const algorithm of ['ricart-agrawala', 'carvalho-roucairol']) {
    it(`${algorithm}: a site that withdrew while the answer was on its way is not told of freed permits`, () => {
      const world = worldOf(algorithm, 2)
      world.request('a', { mode: 2 })
      world.settle()
      world.request('b', { mode: 2, fickle: true })
      world.take({ do: 'deliver', from: 'b', to: 'a' })
      world.take({ do: 'cancel', at: 'b' })
      world.take({ do: 'deliver', from: 'b', to: 'a' })
      world.take({ do: 'release', at: 'a' })
      expect(world.sent.freed ?? 0).to.equal(0)
    })

    it(`${algorithm}: a carried holder that gives permission and uses nothing has left`, () => {
      const carried = [{ lock: 'door', holder: 'b', mode: 'exclusive' as const, fence: 1n }]
      const world = worldOf(algorithm, 3, { carried })
      world.request('a', exclusive)
      world.settle()
      expect([world.seat('a').inside, world.seat('a').algorithm.mayHold('b')]).to.deep.equal([0, true])
      world.take({ do: 'release', at: 'b' })
      world.settle()
      expect([world.seat('a').inside, world.seat('a').algorithm.mayHold('b')]).to.deep.equal([1, false])
    })
  }

  it('carvalho-roucairol: who gives its permission to keep has done with what it was given', () => {
    const world = worldOf('carvalho-roucairol', 3)
    visit(world, 'a')
    visit(world, 'b')
    expect(world.seat('a').algorithm.mayHold('b'), 'given').to.equal(true)
    visit(world, 'a')
    expect(world.seat('a').algorithm.mayHold('b'), 'given back').to.equal(false)
  })
})

describe('Le Lann 1977', () => {
  for (const algorithm of ['token-ring', 'token-ring-perpetual']) {
    it(`${algorithm}: saturated, an entry costs one message, and the turns go round`, () => {
      const world = worldOf(algorithm, 5)
      for (const at of world.ids) world.request(at, exclusive)
      world.settle()
      for (let lap = 0; lap < 3; lap++) turn(world)
      const before = world.messages
      const entriesBefore = world.entries.length
      for (let lap = 0; lap < 10; lap++) turn(world)
      expect(world.entries.length - entriesBefore).to.equal(50)
      expect(world.messages - before).to.equal(50)
      const order = world.entries.slice(-10).map(({ at }) => at)
      expect(order.slice(0, 5)).to.deep.equal(order.slice(5))
      expect(new Set(order).size).to.equal(5)
    })
  }

  it('the parked token is used where it is without a message', () => {
    const world = worldOf('token-ring', 5)
    expect(visit(world, 'a')).to.equal(0)
    visit(world, 'c')
    for (let i = 0; i < 5; i++) expect(visit(world, 'c')).to.equal(0)
  })

  it('a withdrawn request whose token still comes sends it on or lets it rest, and no site waits for it', () => {
    const world = worldOf('token-ring', 4)
    world.request('a', exclusive)
    world.request('b', { ...exclusive, fickle: true })
    world.settle()
    world.request('c', exclusive)
    world.settle()
    world.take({ do: 'cancel', at: 'b' })
    world.take({ do: 'release', at: 'a' })
    world.settle()
    expect(world.seat('c').inside).to.equal(1)
    world.take({ do: 'release', at: 'c' })
    world.settle()
    expect(visit(world, 'd')).to.be.greaterThan(0)
  })

  it('a token that comes twice is noticed, never used twice', () => {
    const world = worldOf('token-ring', 3)
    world.slip('c', 'a', { kind: 'token', starter: 'c', hops: 1, homing: false })
    expect(() => world.settle()).to.throw(InvariantViolation)
  })

  it('the token begins at the carried holder', () => {
    const carried = [{ lock: 'door', holder: 'c', mode: 'exclusive' as const, fence: 1n }]
    const world = worldOf('token-ring', 3, { carried })
    world.request('a', exclusive)
    world.settle()
    expect([world.seat('a').inside, world.seat('c').inside]).to.deep.equal([0, 1])
    world.take({ do: 'release', at: 'c' })
    world.settle()
    expect(world.seat('a').inside).to.equal(1)
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

/** Whoever is inside leaves and asks again, once for each site. */
function turn(world: GlobalState): void {
  for (let i = 0; i < world.ids.length; i++) {
    const at = world.ids.find((id) => world.seat(id).inside > 0)
    if (at === undefined) {
      const paused = world.steps().find((step) => step.do === 'wake')
      if (paused !== undefined) world.take(paused)
      world.settle()
      i--
      continue
    }
    world.take({ do: 'release', at })
    world.request(at, exclusive)
    world.settle()
  }
}
