import { expect } from 'chai'
import { seededRandom } from '../../../lib/base/random.ts'
import type { Wish } from '../../../lib/sim/explorer/situation.ts'
import type { GlobalState } from '../../../lib/sim/explorer/global-state.ts'
import { exclusive, leave, visit, worldOf } from '../visits.ts'

const fickle: Wish = { mode: 'exclusive', fickle: true }
const trying: Wish = { mode: 'exclusive', ifFree: true }

/** So many entries at sites drawn alike, one request at a time: messages for each. */
function light(world: GlobalState, entries: number): number {
  const random = seededRandom(entries)
  const before = world.messages
  for (let i = 0; i < entries; i++) visit(world, world.ids[random.below(world.ids.length)] as string)
  return (world.messages - before) / entries
}

/** Everybody asks again as soon as it has left, and whatever was sent arrives before the next leaves. */
function saturated(world: GlobalState, entries: number): { readonly mean: number; readonly order: string } {
  for (const at of world.ids) world.request(at, exclusive)
  world.settle()
  const turn = (): string => {
    const at = world.ids.find((id) => world.seat(id).inside > 0) as string
    leave(world, at)
    world.request(at, exclusive)
    world.settle()
    return at
  }
  for (let i = 0; i < 3 * world.ids.length; i++) turn()
  const before = world.messages
  const order = Array.from({ length: entries }, turn).join('')
  return { mean: (world.messages - before) / entries, order }
}

const insideOf = (world: GlobalState): string => world.ids.filter((id) => world.seat(id).inside > 0).join()

describe('Suzuki and Kasami 1985', () => {
  for (const sites of [2, 5, 9]) {
    it(`an entry costs 0 messages where the token is and ${sites} elsewhere; saturated always ${sites}`, () => {
      const world = worldOf('suzuki-kasami', sites)
      let last = 'a'
      for (const at of [...world.ids, ...world.ids, 'a', 'a']) {
        expect(visit(world, at)).to.equal(at === last ? 0 : sites)
        last = at
      }
      expect(saturated(worldOf('suzuki-kasami', sites), 10 * sites).mean).to.equal(sites)
    })
  }

  it('N−1 messages on average with one request at a time: 0 for one site of N, N for the others', () => {
    expect(light(worldOf('suzuki-kasami', 6), 4000)).to.be.within(4.9, 5.1)
  })

  it('the queue is served from its head: all in turn, in the order in which they were first seen to wait', () => {
    const { order } = saturated(worldOf('suzuki-kasami', 5), 25)
    expect(new Set(order.slice(0, 5)).size).to.equal(5)
    expect(order).to.equal(order.slice(0, 5).repeat(5))
  })

  it('numbers of withdrawn requests leave gaps, and the request after them is served all the same', () => {
    const world = worldOf('suzuki-kasami', 3)
    world.request('a', exclusive)
    for (let i = 0; i < 3; i++) {
      world.request('b', fickle)
      world.settle()
      world.take({ do: 'cancel', at: 'b' })
    }
    world.request('b', exclusive)
    world.settle()
    leave(world, 'a')
    expect(insideOf(world)).to.equal('b')
  })

  it('a request that arrives after the token which has served it moves nothing', () => {
    const world = worldOf('suzuki-kasami', 3, { unordered: true })
    world.request('c', exclusive)
    world.take({ do: 'deliver', from: 'c', to: 'a' })
    world.take({ do: 'deliver', from: 'a', to: 'c' })
    world.take({ do: 'release', at: 'c' })
    world.request('b', exclusive)
    world.take({ do: 'deliver', from: 'b', to: 'c' })
    world.take({ do: 'deliver', from: 'c', to: 'b', nth: 1 })
    world.take({ do: 'release', at: 'b' })
    const before = world.messages
    world.take({ do: 'deliver', from: 'c', to: 'b' })
    expect(world.messages).to.equal(before)
    expect(visit(world, 'b')).to.equal(0)
  })

  it('a token that comes unwanted goes on to a waiter', () => {
    const world = worldOf('suzuki-kasami', 3)
    world.request('b', fickle)
    world.take({ do: 'deliver', from: 'b', to: 'a' })
    world.take({ do: 'cancel', at: 'b' })
    world.request('c', exclusive)
    world.settle()
    expect(insideOf(world)).to.equal('c')
  })
})

describe('Singhal 1989', () => {
  it('begins as a staircase below which the token is: each site asks those before it', () => {
    for (let step = 0; step < 5; step++) {
      const world = worldOf('singhal-heuristic', 5)
      world.request(world.ids[step] as string, exclusive)
      expect(world.messages).to.equal(step)
    }
    const world = worldOf('singhal-heuristic', 5, { firstPlace: 'd' })
    world.request('b', exclusive)
    expect(world.messages, 'a, and d where the token is').to.equal(2)
  })

  it('the last holder is not asked for what it gave away: two that take turns pay two messages', () => {
    const world = worldOf('singhal-heuristic', 6)
    for (const at of ['b', 'a', 'b', 'a']) visit(world, at)
    for (const at of ['b', 'a', 'b', 'a']) expect(visit(world, at)).to.equal(2)
  })

  for (const sites of [2, 5, 8]) {
    it(`(N−1)(N+2)/2N messages on average with one request at a time, N saturated: ${sites} sites`, () => {
      const world = worldOf('singhal-heuristic', sites)
      light(world, 200)
      const expected = ((sites - 1) * (sites + 2)) / (2 * sites)
      expect(light(world, 4000)).to.be.within(0.97 * expected, 1.03 * expected)
      expect(saturated(worldOf('singhal-heuristic', sites), 10 * sites).mean).to.equal(sites)
    })
  }

  it('the waiters are served by their place in the ring, each once a round', () => {
    const { order } = saturated(worldOf('singhal-heuristic', 5), 25)
    expect('abcdeabcde').to.include(order.slice(0, 5))
    expect(order).to.equal(order.slice(0, 5).repeat(5))
  })

  it('of two that ask, one hears of the other and asks it as well, so that neither waits for ever', () => {
    const world = worldOf('singhal-heuristic', 4)
    world.request('d', exclusive)
    world.request('b', exclusive)
    world.settle()
    const first = insideOf(world)
    leave(world, first)
    expect([first, insideOf(world)]).to.have.members(['b', 'd'])
  })

  it('a request that arrives after the token which has served it does not make two sites forget to ask each other', () => {
    const world = worldOf('singhal-heuristic', 3)
    const deliver = (link: string): void => world.take({ do: 'deliver', from: link.charAt(0), to: link.charAt(1) })
    world.request('c', exclusive)
    for (const link of ['ca', 'ac']) deliver(link)
    world.request('a', exclusive)
    deliver('ac')
    world.take({ do: 'release', at: 'c' })
    deliver('ca')
    world.request('b', exclusive)
    deliver('ba')
    world.take({ do: 'release', at: 'a' })
    deliver('ab')
    // b is inside, and the first request of c comes only now; c asks again before it hears from b.
    deliver('cb')
    world.request('c', exclusive)
    deliver('ca')
    world.settle()
    leave(world, 'b')
    expect(insideOf(world)).to.equal('c')
  })
})

describe('tokens that are asked for: trying', () => {
  for (const algorithm of ['suzuki-kasami', 'singhal-heuristic']) {
    it(`${algorithm}: a try has an unused token at the price of asking, and busy from one that is in use, which forgets it`, () => {
      const world = worldOf(algorithm, 4)
      visit(world, 'd')
      world.request('b', trying)
      world.settle()
      expect(insideOf(world)).to.equal('b')
      world.request('c', trying)
      world.settle()
      expect(world.refusals).to.equal(1)
      leave(world, 'b')
      expect(insideOf(world)).to.equal('')
      expect(visit(world, 'b'), 'the token has stayed').to.equal(0)
    })

    it(`${algorithm}: a view that begins with a holder has its token there`, () => {
      const carried = [{ lock: 'door', holder: 'c', mode: 'exclusive' as const, fence: 1n }]
      const world = worldOf(algorithm, 4, { carried })
      for (const id of ['a', 'b', 'd']) world.request(id, exclusive)
      world.settle()
      expect(world.entries).to.have.length(0)
      const order = ['c']
      for (let i = 0; i < 3; i++) {
        leave(world, order.at(-1) as string)
        order.push(insideOf(world))
      }
      expect(order.join('')).to.equal('cdab')
    })
  }
})
