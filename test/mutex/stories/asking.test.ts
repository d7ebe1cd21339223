/** What the papers of the algorithms that ask everybody say, on schedules that can be counted: Lamport, Singhal, Lodha, Raymond. */
import { expect } from 'chai'
import { BadOptionError } from '../../../lib/base/errors.ts'
import { seededRandom } from '../../../lib/base/random.ts'
import { compareStamps } from '../../../lib/clock/stamp.ts'
import { algorithmKind } from '../../../lib/mutex/algorithms.ts'
import type { CarriedWish } from '../../../lib/sim/explorer/situation.ts'
import { checkEnd } from '../../../lib/sim/explorer/checks.ts'
import type { Wish } from '../../../lib/sim/explorer/situation.ts'
import type { GlobalState } from '../../../lib/sim/explorer/global-state.ts'
import { exclusive, leave, visit, worldOf } from '../visits.ts'

const permit: Wish = { mode: 2 }
const carriedBy = (holder: string): readonly CarriedWish[] => [{ lock: 'door', holder, mode: 'exclusive', fence: 1n }]

function saturated(algorithm: string, sites: number, times: number): GlobalState {
  const wishes = Array.from({ length: sites }, () => Array.from({ length: times }, () => exclusive))
  const world = worldOf(algorithm, sites, { wishes })
  world.walk(seededRandom(sites), 100_000)
  expect(world.entries).to.have.length(sites * times)
  return world
}

const insideOf = (world: GlobalState): string => world.ids.filter((id) => world.seat(id).inside > 0).join('')

function expectByStamp(world: GlobalState): void {
  const stamps = world.entries.map(({ stamp }) => stamp)
  expect(stamps).to.deep.equal([...stamps].sort(compareStamps))
}

describe('Lamport 1978', () => {
  for (const sites of [1, 2, 3, 5, 8]) {
    it(`an entry costs 3(N−1) messages with ${sites} sites, at any load, in the order of the stamps`, () => {
      const light = worldOf('lamport', sites)
      for (let i = 0; i < 20; i++) expect(visit(light, light.ids[i % sites] as string)).to.equal(3 * (sites - 1))
      const busy = saturated('lamport', sites, 6)
      expect(busy.messages).to.equal(busy.entries.length * 3 * (sites - 1))
      expectByStamp(busy)
    })
  }

  it('where an acknowledgement overtakes an earlier request two are inside', () => {
    const world = worldOf('lamport', 2)
    world.request('a', exclusive)
    world.request('b', exclusive)
    world.take({ do: 'deliver', from: 'b', to: 'a' })
    const [request, acknowledgement] = world.queue('a', 'b')
    expect([request?.body.kind, acknowledgement?.body.kind]).to.deep.equal(['request', 'acknowledge'])
    world.post.put('a', 'b', world.post.takeNth('a', 'b'))
    expect(() => world.settle()).to.throw('a and b are inside together')
  })

  it('a release removes the request that it names and no other', () => {
    const world = worldOf('lamport', 3)
    world.request('a', exclusive)
    world.settle()
    world.request('b', exclusive)
    world.settle()
    world.slip('a', 'b', { kind: 'release', stamp: { time: 1, count: 0, id: 'c' } })
    world.settle()
    expect(insideOf(world)).to.equal('a')
    leave(world, 'a')
    expect(insideOf(world)).to.equal('b')
  })

  it('a withdrawn request is acknowledged once, and its withdrawal not at all', () => {
    const world = worldOf('lamport', 3)
    world.request('a', { ...exclusive, fickle: true })
    world.take({ do: 'cancel', at: 'a' })
    world.settle()
    expect(world.sent).to.deep.equal({ request: 2, withdraw: 2, acknowledge: 2 })
    for (const id of world.ids) expect(world.seat(id).algorithm.idle(), id).to.equal(true)
  })

  it('a carried holder acknowledges when it has left', () => {
    const world = worldOf('lamport', 3, { carried: carriedBy('c') })
    world.request('a', exclusive)
    world.settle()
    expect([insideOf(world), world.seat('a').algorithm.mayHold('c')]).to.deep.equal(['c', true])
    leave(world, 'c')
    expect([insideOf(world), world.seat('a').algorithm.mayHold('c')]).to.deep.equal(['a', false])
  })
})

describe('Singhal 1992', () => {
  it('begins as a staircase: each site asks those below it', () => {
    for (let step = 0; step < 5; step++) {
      const world = worldOf('singhal-dynamic', 5)
      expect(visit(world, world.ids[step] as string)).to.equal(2 * step)
    }
  })

  it('the last holder enters again without a message', () => {
    const world = worldOf('singhal-dynamic', 5)
    visit(world, 'd')
    expect(visit(world, 'd')).to.equal(0)
    expect(visit(world, 'a')).to.equal(2)
  })

  it('costs N−1 messages at the mean with one request in the system at a time', () => {
    const random = seededRandom(1)
    const world = worldOf('singhal-dynamic', 6)
    for (let i = 0; i < 100; i++) visit(world, world.ids[random.below(6)] as string)
    const before = world.messages
    for (let i = 0; i < 4000; i++) visit(world, world.ids[random.below(6)] as string)
    expect((world.messages - before) / 4000).to.be.within(4.9, 5.1)
  })

  it('saturated, an entry costs at most 2(N−1) messages', () => {
    const world = saturated('singhal-dynamic', 5, 20)
    expect(world.messages / 100).to.be.within(4, 8)
  })

  it('two requests that are made without knowing of each other: the younger is asked about the older one', () => {
    const world = worldOf('singhal-dynamic', 2)
    world.request('b', exclusive)
    world.request('a', exclusive)
    expect(insideOf(world), 'a asks nobody').to.equal('a')
    world.settle()
    leave(world, 'a')
    expect(insideOf(world)).to.equal('b')
  })

  it('all sites ask a carried holder, and it asks none', () => {
    const world = worldOf('singhal-dynamic', 3, { carried: carriedBy('c') })
    world.request('a', exclusive)
    world.settle()
    expect(insideOf(world)).to.equal('c')
    leave(world, 'c')
    expect(insideOf(world)).to.equal('a')
  })

  it('after a rest the staircase is as it was', () => {
    const world = worldOf('singhal-dynamic', 5)
    for (const at of ['e', 'c', 'd', 'b']) visit(world, at)
    for (const at of world.ids) {
      world.take({ do: 'rest', at })
      world.settle()
    }
    for (const at of world.ids) expect(world.seat(at).algorithm.idle(), at).to.equal(true)
    expect(visit(world, 'd')).to.equal(6)
  })
})

describe('Lodha and Kshemkalyani 2000', () => {
  it('an entry costs 2(N−1) messages when no other site asks', () => {
    const world = worldOf('lodha-kshemkalyani', 5)
    for (let i = 0; i < 20; i++) expect(visit(world, world.ids[i % 5] as string)).to.equal(8)
  })

  it('when all requests cross, an entry costs N−1 requests and a flush, and there is no reply', () => {
    const world = worldOf('lodha-kshemkalyani', 5)
    for (const at of world.ids) world.request(at, exclusive)
    world.settle()
    for (const at of world.ids) {
      expect(insideOf(world)).to.equal(at)
      leave(world, at)
    }
    expect(world.sent).to.deep.equal({ request: 20, flush: 4 })
    expectByStamp(world)
  })

  it('at any load from N−1 to 2(N−1) messages, in the order of the stamps', () => {
    for (let sites = 2; sites <= 7; sites++) {
      const world = saturated('lodha-kshemkalyani', sites, 10)
      expect(world.messages / world.entries.length).to.be.within(sites - 1, 2 * (sites - 1))
      expectByStamp(world)
    }
  })

  it('a request that came after the own one is replied to when the own one has left', () => {
    const world = worldOf('lodha-kshemkalyani', 2)
    world.request('a', exclusive)
    world.settle()
    world.request('b', exclusive)
    world.settle()
    leave(world, 'a')
    expect(insideOf(world)).to.equal('b')
    expect(world.sent).to.deep.equal({ request: 2, served: 2 })
  })

  it('a withdrawn request goes on for the others, and leaves when it is its turn', () => {
    const world = worldOf('lodha-kshemkalyani', 3)
    for (const at of world.ids) world.request(at, { ...exclusive, fickle: true })
    world.settle()
    world.take({ do: 'cancel', at: 'b' })
    leave(world, 'a')
    expect(insideOf(world)).to.equal('c')
  })
})

describe('Raymond 1989, k permits', () => {
  it('an entry costs 2(N−1) messages when no site is inside, and no more when k are', () => {
    const world = worldOf('raymond-k', 5)
    for (let i = 0; i < 10; i++) expect(visit(world, world.ids[i % 5] as string, permit)).to.equal(8)
    const wishes = Array.from({ length: 5 }, () => Array.from({ length: 20 }, () => permit))
    const busy = worldOf('raymond-k', 5, { wishes })
    busy.walk(seededRandom(5), 100_000)
    expect(busy.entries).to.have.length(100)
    expect(busy.messages / 100).to.be.within(4, 8)
  })

  it('N−k replies are enough, and one less is not', () => {
    const world = worldOf('raymond-k', 4)
    world.request('a', permit)
    for (const peer of ['b', 'c']) {
      expect(insideOf(world)).to.equal('')
      world.take({ do: 'deliver', from: 'a', to: peer })
      world.take({ do: 'deliver', from: peer, to: 'a' })
    }
    expect(insideOf(world)).to.equal('a')
  })

  it('a reply that comes late does not count for the next request', () => {
    const world = worldOf('raymond-k', 3)
    world.request('c', permit)
    world.settle()
    expect(visit(world, 'a', permit), 'c is silent').to.equal(3)
    world.request('b', permit)
    world.settle()
    world.request('a', permit)
    leave(world, 'c')
    expect(insideOf(world)).to.equal('ab')
    const waiting = worldOf('raymond-k', 3)
    for (const at of ['b', 'c']) {
      waiting.request(at, permit)
      waiting.settle()
    }
    waiting.slip('b', 'a', { kind: 'reply', stamp: { time: 1, count: 0, id: 'a' }, using: 0, keep: false })
    waiting.request('a', permit)
    waiting.settle()
    expect(insideOf(waiting)).to.equal('bc')
  })

  it('a site that is inside waits with its next request until it has left', () => {
    const world = worldOf('raymond-k', 2)
    for (let i = 0; i < 2; i++) {
      world.request('a', permit)
      world.settle()
    }
    expect(world.seat('a').inside).to.equal(1)
    world.request('b', permit)
    world.settle()
    expect(insideOf(world)).to.equal('ab')
    leave(world, 'a')
    expect(world.seat('a').inside).to.equal(1)
  })

  it('raymond-k:many lets one site use all permits, and counts them', () => {
    const world = worldOf('raymond-k:many', 3)
    for (let i = 0; i < 2; i++) {
      world.request('a', permit)
      world.settle()
    }
    expect(world.seat('a').inside).to.equal(2)
    world.request('b', permit)
    world.settle()
    expect(world.seat('b').inside).to.equal(0)
    leave(world, 'a')
    expect([world.seat('a').inside, world.seat('b').inside]).to.deep.equal([1, 1])
  })

  it('raymond-k:many: every order of events is sound in thousands of random stories', () => {
    for (let seed = 1; seed <= 1500; seed++) {
      const random = seededRandom(seed)
      const wishes = Array.from({ length: 2 + random.below(5) }, () =>
        Array.from({ length: random.below(5) }, () => ({
          mode: random.below(5) === 0 ? ('exclusive' as const) : 3,
          fickle: random.below(4) === 0,
          ifFree: random.below(5) === 0,
        })),
      )
      const world = worldOf('raymond-k:many', wishes.length, { wishes, rests: true, napsMax: random.below(3) })
      world.walk(random, 5000)
      checkEnd(world)
    }
  })

  it('an exclusive request waits for every permit, and every permit for it', () => {
    const world = worldOf('raymond-k', 3)
    world.request('a', permit)
    world.settle()
    world.request('b', exclusive)
    world.settle()
    world.request('c', permit)
    world.settle()
    expect(insideOf(world)).to.equal('a')
    leave(world, 'a')
    expect(insideOf(world)).to.equal('b')
    leave(world, 'b')
    expect(insideOf(world)).to.equal('c')
  })

  it('takes the option many, and no other', () => {
    expect(algorithmKind('raymond-k:many').name).to.equal('raymond-k:many')
    expect(() => algorithmKind('raymond-k:few')).to.throw(BadOptionError, /many/)
  })
})
