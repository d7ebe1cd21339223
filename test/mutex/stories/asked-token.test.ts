import { expect } from 'chai'
import { seededRandom } from '../../../lib/base/random.ts'
import type { Wish } from '../../../lib/sim/explorer/situation.ts'
import type { GlobalState } from '../../../lib/sim/explorer/global-state.ts'
import { exclusive, leave, visit, stateOf } from '../visits.ts'

const fickle: Wish = { mode: 'exclusive', fickle: true }
const trying: Wish = { mode: 'exclusive', ifFree: true }

/** So many entries at sites drawn alike, one request at a time: messages for each. */
function light(state: GlobalState, entries: number): number {
  const random = seededRandom(entries)
  const before = state.messages
  for (let i = 0; i < entries; i++) visit(state, state.ids[random.below(state.ids.length)] as string)
  return (state.messages - before) / entries
}

/** Each site asks again as soon as it has left, and all messages arrive before the next leaves. */
function saturated(state: GlobalState, entries: number): { readonly mean: number; readonly order: string } {
  for (const at of state.ids) state.request(at, exclusive)
  state.settle()
  const turn = (): string => {
    const at = state.ids.find((id) => state.seat(id).inside > 0) as string
    leave(state, at)
    state.request(at, exclusive)
    state.settle()
    return at
  }
  for (let i = 0; i < 3 * state.ids.length; i++) turn()
  const before = state.messages
  const order = Array.from({ length: entries }, turn).join('')
  return { mean: (state.messages - before) / entries, order }
}

const insideOf = (state: GlobalState): string => state.ids.filter((id) => state.seat(id).inside > 0).join()

describe('Suzuki and Kasami 1985', () => {
  for (const sites of [2, 5, 9]) {
    it(`an entry costs 0 messages where the token is and ${sites} elsewhere; saturated always ${sites}`, () => {
      const state = stateOf('suzuki-kasami', sites)
      let last = 'a'
      for (const at of [...state.ids, ...state.ids, 'a', 'a']) {
        expect(visit(state, at)).to.equal(at === last ? 0 : sites)
        last = at
      }
      expect(saturated(stateOf('suzuki-kasami', sites), 10 * sites).mean).to.equal(sites)
    })
  }

  it('N−1 messages on average with one request at a time: 0 for one site of N, N for the others', () => {
    expect(light(stateOf('suzuki-kasami', 6), 4000)).to.be.within(4.9, 5.1)
  })

  it('the queue is served from its head: all in turn, in the order in which they were first seen to wait', () => {
    const { order } = saturated(stateOf('suzuki-kasami', 5), 25)
    expect(new Set(order.slice(0, 5)).size).to.equal(5)
    expect(order).to.equal(order.slice(0, 5).repeat(5))
  })

  it('numbers of withdrawn requests leave gaps, and the request after them is served all the same', () => {
    const state = stateOf('suzuki-kasami', 3)
    state.request('a', exclusive)
    for (let i = 0; i < 3; i++) {
      state.request('b', fickle)
      state.settle()
      state.take({ do: 'cancel', at: 'b' })
    }
    state.request('b', exclusive)
    state.settle()
    leave(state, 'a')
    expect(insideOf(state)).to.equal('b')
  })

  it('a request that arrives after the token which has served it moves nothing', () => {
    const state = stateOf('suzuki-kasami', 3, { unordered: true })
    state.request('c', exclusive)
    state.take({ do: 'deliver', from: 'c', to: 'a' })
    state.take({ do: 'deliver', from: 'a', to: 'c' })
    state.take({ do: 'release', at: 'c' })
    state.request('b', exclusive)
    state.take({ do: 'deliver', from: 'b', to: 'c' })
    state.take({ do: 'deliver', from: 'c', to: 'b', nth: 1 })
    state.take({ do: 'release', at: 'b' })
    const before = state.messages
    state.take({ do: 'deliver', from: 'c', to: 'b' })
    expect(state.messages).to.equal(before)
    expect(visit(state, 'b')).to.equal(0)
  })

  it('a token that comes unwanted goes on to a waiter', () => {
    const state = stateOf('suzuki-kasami', 3)
    state.request('b', fickle)
    state.take({ do: 'deliver', from: 'b', to: 'a' })
    state.take({ do: 'cancel', at: 'b' })
    state.request('c', exclusive)
    state.settle()
    expect(insideOf(state)).to.equal('c')
  })
})

describe('Singhal 1989', () => {
  it('begins as a staircase below which the token is: each site asks those before it', () => {
    for (let step = 0; step < 5; step++) {
      const state = stateOf('singhal-heuristic', 5)
      state.request(state.ids[step] as string, exclusive)
      expect(state.messages).to.equal(step)
    }
    const state = stateOf('singhal-heuristic', 5, { firstPlace: 'd' })
    state.request('b', exclusive)
    expect(state.messages, 'a, and d where the token is').to.equal(2)
  })

  it('the last holder is not asked for what it gave away: two that take turns pay two messages', () => {
    const state = stateOf('singhal-heuristic', 6)
    for (const at of ['b', 'a', 'b', 'a']) visit(state, at)
    for (const at of ['b', 'a', 'b', 'a']) expect(visit(state, at)).to.equal(2)
  })

  for (const sites of [2, 5, 8]) {
    it(`(N−1)(N+2)/2N messages on average with one request at a time, N saturated: ${sites} sites`, () => {
      const state = stateOf('singhal-heuristic', sites)
      light(state, 200)
      const expected = ((sites - 1) * (sites + 2)) / (2 * sites)
      expect(light(state, 4000)).to.be.within(0.97 * expected, 1.03 * expected)
      expect(saturated(stateOf('singhal-heuristic', sites), 10 * sites).mean).to.equal(sites)
    })
  }

  it('the waiters are served by their place in the ring, each once a round', () => {
    const { order } = saturated(stateOf('singhal-heuristic', 5), 25)
    expect('abcdeabcde').to.include(order.slice(0, 5))
    expect(order).to.equal(order.slice(0, 5).repeat(5))
  })

  it('of two that ask, one hears of the other and asks it as well, so that neither waits for ever', () => {
    const state = stateOf('singhal-heuristic', 4)
    state.request('d', exclusive)
    state.request('b', exclusive)
    state.settle()
    const first = insideOf(state)
    leave(state, first)
    expect([first, insideOf(state)]).to.have.members(['b', 'd'])
  })

  it('a request that arrives after the token which has served it does not make two sites forget to ask each other', () => {
    const state = stateOf('singhal-heuristic', 3)
    const deliver = (link: string): void => state.take({ do: 'deliver', from: link.charAt(0), to: link.charAt(1) })
    state.request('c', exclusive)
    for (const link of ['ca', 'ac']) deliver(link)
    state.request('a', exclusive)
    deliver('ac')
    state.take({ do: 'release', at: 'c' })
    deliver('ca')
    state.request('b', exclusive)
    deliver('ba')
    state.take({ do: 'release', at: 'a' })
    deliver('ab')
    // b is inside, and the first request of c comes only now; c asks again before it hears from b.
    deliver('cb')
    state.request('c', exclusive)
    deliver('ca')
    state.settle()
    leave(state, 'b')
    expect(insideOf(state)).to.equal('c')
  })
})

describe('tokens that are asked for: trying', () => {
  for (const algorithm of ['suzuki-kasami', 'singhal-heuristic']) {
    it(`${algorithm}: a try has an unused token at the price of asking, and busy from one that is in use, which forgets it`, () => {
      const state = stateOf(algorithm, 4)
      visit(state, 'd')
      state.request('b', trying)
      state.settle()
      expect(insideOf(state)).to.equal('b')
      state.request('c', trying)
      state.settle()
      expect(state.refusals).to.equal(1)
      leave(state, 'b')
      expect(insideOf(state)).to.equal('')
      expect(visit(state, 'b'), 'the token has stayed').to.equal(0)
    })

    it(`${algorithm}: a view that begins with a holder has its token there`, () => {
      const carried = [{ lock: 'door', holder: 'c', mode: 'exclusive' as const, fence: 1n }]
      const state = stateOf(algorithm, 4, { carried })
      for (const id of ['a', 'b', 'd']) state.request(id, exclusive)
      state.settle()
      expect(state.entries).to.have.length(0)
      const order = ['c']
      for (let i = 0; i < 3; i++) {
        leave(state, order.at(-1) as string)
        order.push(insideOf(state))
      }
      expect(order.join('')).to.equal('cdab')
    })
  }
})
