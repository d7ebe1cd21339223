/** What the papers of the algorithms that ask all sites say, on schedules that can be counted: Lamport, Singhal, Lodha, Raymond. */
import { expect } from 'chai'
import { BadOptionError } from '../../../lib/base/errors.ts'
import { seededRandom } from '../../../lib/base/random.ts'
import { compareStamps } from '../../../lib/clock/stamp.ts'
import { algorithmKind } from '../../../lib/mutex/algorithms.ts'
import type { CarriedWish } from '../../../lib/sim/explorer/situation.ts'
import { checkEnd } from '../../../lib/sim/explorer/checks.ts'
import type { Wish } from '../../../lib/sim/explorer/situation.ts'
import type { GlobalState } from '../../../lib/sim/explorer/global-state.ts'
import { exclusive, leave, visit, stateOf } from '../visits.ts'

const permit: Wish = { mode: 2 }
const carriedBy = (holder: string): readonly CarriedWish[] => [{ lock: 'door', holder, mode: 'exclusive', fence: 1n }]

function saturated(algorithm: string, sites: number, times: number): GlobalState {
  const wishes = Array.from({ length: sites }, () => Array.from({ length: times }, () => exclusive))
  const state = stateOf(algorithm, sites, { wishes })
  state.walk(seededRandom(sites), 100_000)
  expect(state.entries).to.have.length(sites * times)
  return state
}

const insideOf = (state: GlobalState): string => state.ids.filter((id) => state.seat(id).inside > 0).join('')

function expectByStamp(state: GlobalState): void {
  const stamps = state.entries.map(({ stamp }) => stamp)
  expect(stamps).to.deep.equal([...stamps].sort(compareStamps))
}

describe('Lamport 1978', () => {
  for (const sites of [1, 2, 3, 5, 8]) {
    it(`an entry costs 3(N−1) messages with ${sites} sites, at any load, in the order of the stamps`, () => {
      const light = stateOf('lamport', sites)
      for (let i = 0; i < 20; i++) expect(visit(light, light.ids[i % sites] as string)).to.equal(3 * (sites - 1))
      const busy = saturated('lamport', sites, 6)
      expect(busy.messages).to.equal(busy.entries.length * 3 * (sites - 1))
      expectByStamp(busy)
    })
  }

  it('where an acknowledgement overtakes an earlier request two are inside', () => {
    const state = stateOf('lamport', 2)
    state.request('a', exclusive)
    state.request('b', exclusive)
    state.take({ do: 'deliver', from: 'b', to: 'a' })
    const [request, acknowledgement] = state.queue('a', 'b')
    expect([request?.body.kind, acknowledgement?.body.kind]).to.deep.equal(['request', 'acknowledge'])
    state.post.put('a', 'b', state.post.takeNth('a', 'b'))
    expect(() => state.settle()).to.throw('a and b are inside together')
  })

  it('a release removes the request that it names and no other', () => {
    const state = stateOf('lamport', 3)
    state.request('a', exclusive)
    state.settle()
    state.request('b', exclusive)
    state.settle()
    state.slip('a', 'b', { kind: 'release', stamp: { time: 1, count: 0, id: 'c' } })
    state.settle()
    expect(insideOf(state)).to.equal('a')
    leave(state, 'a')
    expect(insideOf(state)).to.equal('b')
  })

  it('a withdrawn request is acknowledged once, and its withdrawal not at all', () => {
    const state = stateOf('lamport', 3)
    state.request('a', { ...exclusive, fickle: true })
    state.take({ do: 'cancel', at: 'a' })
    state.settle()
    expect(state.sent).to.deep.equal({ request: 2, withdraw: 2, acknowledge: 2 })
    for (const id of state.ids) expect(state.seat(id).algorithm.idle(), id).to.equal(true)
  })

  it('a carried holder acknowledges when it has left', () => {
    const state = stateOf('lamport', 3, { carried: carriedBy('c') })
    state.request('a', exclusive)
    state.settle()
    expect([insideOf(state), state.seat('a').algorithm.mayHold('c')]).to.deep.equal(['c', true])
    leave(state, 'c')
    expect([insideOf(state), state.seat('a').algorithm.mayHold('c')]).to.deep.equal(['a', false])
  })
})

describe('Singhal 1992', () => {
  it('begins as a staircase: each site asks those below it', () => {
    for (let step = 0; step < 5; step++) {
      const state = stateOf('singhal-dynamic', 5)
      expect(visit(state, state.ids[step] as string)).to.equal(2 * step)
    }
  })

  it('the last holder enters again without a message', () => {
    const state = stateOf('singhal-dynamic', 5)
    visit(state, 'd')
    expect(visit(state, 'd')).to.equal(0)
    expect(visit(state, 'a')).to.equal(2)
  })

  it('costs N−1 messages at the mean with one request in the system at a time', () => {
    const random = seededRandom(1)
    const state = stateOf('singhal-dynamic', 6)
    for (let i = 0; i < 100; i++) visit(state, state.ids[random.below(6)] as string)
    const before = state.messages
    for (let i = 0; i < 4000; i++) visit(state, state.ids[random.below(6)] as string)
    expect((state.messages - before) / 4000).to.be.within(4.9, 5.1)
  })

  it('saturated, an entry costs at most 2(N−1) messages', () => {
    const state = saturated('singhal-dynamic', 5, 20)
    expect(state.messages / 100).to.be.within(4, 8)
  })

  it('two requests that are made without knowing of each other: the younger is asked about the older one', () => {
    const state = stateOf('singhal-dynamic', 2)
    state.request('b', exclusive)
    state.request('a', exclusive)
    expect(insideOf(state), 'a asks no site').to.equal('a')
    state.settle()
    leave(state, 'a')
    expect(insideOf(state)).to.equal('b')
  })

  it('all sites ask a carried holder, and it asks none', () => {
    const state = stateOf('singhal-dynamic', 3, { carried: carriedBy('c') })
    state.request('a', exclusive)
    state.settle()
    expect(insideOf(state)).to.equal('c')
    leave(state, 'c')
    expect(insideOf(state)).to.equal('a')
  })

  it('after a rest the staircase is as it was', () => {
    const state = stateOf('singhal-dynamic', 5)
    for (const at of ['e', 'c', 'd', 'b']) visit(state, at)
    for (const at of state.ids) {
      state.take({ do: 'rest', at })
      state.settle()
    }
    for (const at of state.ids) expect(state.seat(at).algorithm.idle(), at).to.equal(true)
    expect(visit(state, 'd')).to.equal(6)
  })
})

describe('Lodha and Kshemkalyani 2000', () => {
  it('an entry costs 2(N−1) messages when no other site asks', () => {
    const state = stateOf('lodha-kshemkalyani', 5)
    for (let i = 0; i < 20; i++) expect(visit(state, state.ids[i % 5] as string)).to.equal(8)
  })

  it('when all requests cross, an entry costs N−1 requests and a flush, and there is no reply', () => {
    const state = stateOf('lodha-kshemkalyani', 5)
    for (const at of state.ids) state.request(at, exclusive)
    state.settle()
    for (const at of state.ids) {
      expect(insideOf(state)).to.equal(at)
      leave(state, at)
    }
    expect(state.sent).to.deep.equal({ request: 20, flush: 4 })
    expectByStamp(state)
  })

  it('at any load from N−1 to 2(N−1) messages, in the order of the stamps', () => {
    for (let sites = 2; sites <= 7; sites++) {
      const state = saturated('lodha-kshemkalyani', sites, 10)
      expect(state.messages / state.entries.length).to.be.within(sites - 1, 2 * (sites - 1))
      expectByStamp(state)
    }
  })

  it('a request that came after the own one is replied to when the own one has left', () => {
    const state = stateOf('lodha-kshemkalyani', 2)
    state.request('a', exclusive)
    state.settle()
    state.request('b', exclusive)
    state.settle()
    leave(state, 'a')
    expect(insideOf(state)).to.equal('b')
    expect(state.sent).to.deep.equal({ request: 2, served: 2 })
  })

  it('a withdrawn request goes on for the others, and leaves when it is its turn', () => {
    const state = stateOf('lodha-kshemkalyani', 3)
    for (const at of state.ids) state.request(at, { ...exclusive, fickle: true })
    state.settle()
    state.take({ do: 'cancel', at: 'b' })
    leave(state, 'a')
    expect(insideOf(state)).to.equal('c')
  })
})

describe('Raymond 1989, k permits', () => {
  it('an entry costs 2(N−1) messages when no site is inside, and no more when k are', () => {
    const state = stateOf('raymond-k', 5)
    for (let i = 0; i < 10; i++) expect(visit(state, state.ids[i % 5] as string, permit)).to.equal(8)
    const wishes = Array.from({ length: 5 }, () => Array.from({ length: 20 }, () => permit))
    const busy = stateOf('raymond-k', 5, { wishes })
    busy.walk(seededRandom(5), 100_000)
    expect(busy.entries).to.have.length(100)
    expect(busy.messages / 100).to.be.within(4, 8)
  })

  it('N−k replies are enough, and one less is not', () => {
    const state = stateOf('raymond-k', 4)
    state.request('a', permit)
    for (const peer of ['b', 'c']) {
      expect(insideOf(state)).to.equal('')
      state.take({ do: 'deliver', from: 'a', to: peer })
      state.take({ do: 'deliver', from: peer, to: 'a' })
    }
    expect(insideOf(state)).to.equal('a')
  })

  it('a reply that comes late does not count for the next request', () => {
    const state = stateOf('raymond-k', 3)
    state.request('c', permit)
    state.settle()
    expect(visit(state, 'a', permit), 'c is silent').to.equal(3)
    state.request('b', permit)
    state.settle()
    state.request('a', permit)
    leave(state, 'c')
    expect(insideOf(state)).to.equal('ab')
    const waiting = stateOf('raymond-k', 3)
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
    const state = stateOf('raymond-k', 2)
    for (let i = 0; i < 2; i++) {
      state.request('a', permit)
      state.settle()
    }
    expect(state.seat('a').inside).to.equal(1)
    state.request('b', permit)
    state.settle()
    expect(insideOf(state)).to.equal('ab')
    leave(state, 'a')
    expect(state.seat('a').inside).to.equal(1)
  })

  it('raymond-k:many lets one site use all permits, and counts them', () => {
    const state = stateOf('raymond-k:many', 3)
    for (let i = 0; i < 2; i++) {
      state.request('a', permit)
      state.settle()
    }
    expect(state.seat('a').inside).to.equal(2)
    state.request('b', permit)
    state.settle()
    expect(state.seat('b').inside).to.equal(0)
    leave(state, 'a')
    expect([state.seat('a').inside, state.seat('b').inside]).to.deep.equal([1, 1])
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
      const state = stateOf('raymond-k:many', wishes.length, { wishes, rests: true, napsMax: random.below(3) })
      state.walk(random, 5000)
      checkEnd(state)
    }
  })

  it('an exclusive request waits for every permit, and every permit for it', () => {
    const state = stateOf('raymond-k', 3)
    state.request('a', permit)
    state.settle()
    state.request('b', exclusive)
    state.settle()
    state.request('c', permit)
    state.settle()
    expect(insideOf(state)).to.equal('a')
    leave(state, 'a')
    expect(insideOf(state)).to.equal('b')
    leave(state, 'b')
    expect(insideOf(state)).to.equal('c')
  })

  it('takes the option many, and no other', () => {
    expect(algorithmKind('raymond-k:many').name).to.equal('raymond-k:many')
    expect(() => algorithmKind('raymond-k:few')).to.throw(BadOptionError, /many/)
  })
})
