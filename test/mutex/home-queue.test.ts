import { expect } from 'chai'
import { Mode } from '../../lib/base/mode.ts'
import { algorithmKind } from '../../lib/mutex/algorithms.ts'
import type { Wish } from '../../lib/sim/explorer/situation.ts'
import { exclusive, visit, worldOf } from './visits.ts'

const trying: Wish = { mode: 'exclusive', ifFree: true }

describe('Mellor-Crummey and Scott 1991, by messages', () => {
  for (const sites of [2, 3, 5, 20]) {
    it(`with ${sites} sites an entry costs 3 messages, 2 when the home is requester or tail, none where the token is`, () => {
      for (let home = 0; home < sites; home++) {
        for (let tail = 0; tail < sites; tail++) {
          for (let requester = 0; requester < sites; requester++) {
            const world = worldOf('home-queue', sites, { firstPlace: String.fromCharCode(97 + home) })
            visit(world, world.ids[tail] as string)
            const cost = visit(world, world.ids[requester] as string)
            const expected = requester === tail ? 0 : home === requester || home === tail ? 2 : 3
            expect(cost, `home ${home}, tail ${tail}, requester ${requester}`).to.equal(expected)
          }
        }
      }
    })

    it(`with ${sites} sites that all ask again at once an entry costs 3 − 2/N, and is one message after the exit before it`, () => {
      const world = worldOf('home-queue', sites, { firstPlace: 'b' })
      for (const at of world.ids) world.request(at, exclusive)
      world.settle()
      const before = world.messages
      for (let i = 0; i < 10 * sites; i++) {
        const at = world.ids.find((id) => world.seat(id).inside > 0) as string
        world.take({ do: 'release', at })
        const sent = world.ids.flatMap((to) => world.queue(at, to))
        expect(sent.map(({ body }) => body.kind)).to.deep.equal(['baton'])
        world.request(at, exclusive)
        world.settle()
      }
      expect(world.messages - before).to.equal(10 * sites * 3 - 10 * 2)
    })
  }

  it('the waiters are served in the order in which the requests came to the home', () => {
    const world = worldOf('home-queue', 5, { firstPlace: 'c' })
    for (const at of ['e', 'a', 'd', 'b', 'c']) {
      world.request(at, exclusive)
      if (at !== 'c') world.take({ do: 'deliver', from: at, to: 'c' })
    }
    world.settle()
    for (let i = 0; i < 5; i++) {
      world.take({ do: 'release', at: world.ids.find((id) => world.seat(id).inside > 0) as string })
      world.settle()
    }
    expect(world.entries.map(({ at }) => at).join('')).to.equal('eadbc')
  })

  it('a silent site that was not asked stalls no other', () => {
    const world = worldOf('home-queue', 6, { firstPlace: 'a' })
    visit(world, 'b')
    for (const at of ['c', 'd']) {
      world.request(at, exclusive)
      for (;;) {
        const step = world.steps().find((each) => each.do === 'deliver' && !'ef'.includes(each.to))
        if (step === undefined) break
        world.take(step)
      }
      expect(world.seat(at).inside).to.equal(1)
      world.take({ do: 'release', at })
    }
    expect(world.ids.flatMap((from) => [...world.queue(from, 'e'), ...world.queue(from, 'f')])).to.deep.equal([])
  })

  it('a token that rests goes home, and every instance is as new; it costs what the first entry costs', () => {
    const world = worldOf('home-queue', 4, { firstPlace: 'b' })
    visit(world, 'd')
    visit(world, 'c')
    expect(world.seat('d').algorithm.idle(), 'whoever passed the token on knows nothing more').to.equal(true)
    world.take({ do: 'rest', at: 'c' })
    world.settle()
    for (const at of world.ids) expect(world.seat(at).algorithm.idle(), at).to.equal(true)
    expect(visit(world, 'd')).to.equal(2)
  })

  it('a site that asks while the token goes home is served by the home', () => {
    const world = worldOf('home-queue', 3, { firstPlace: 'a' })
    visit(world, 'b')
    world.request('c', exclusive)
    world.take({ do: 'deliver', from: 'c', to: 'a' })
    world.take({ do: 'rest', at: 'b' })
    world.settle()
    expect(world.seat('c').inside).to.equal(1)
    expect(world.sent.astray).to.equal(1)
  })

  it('a withdrawn place is taken up again, or the token goes on from there', () => {
    const world = worldOf('home-queue', 4, { firstPlace: 'a' })
    world.request('b', exclusive)
    world.settle()
    world.request('c', { ...exclusive, fickle: true })
    world.settle()
    world.request('d', exclusive)
    world.settle()
    world.take({ do: 'cancel', at: 'c' })
    const before = world.messages
    world.request('c', { ...exclusive, fickle: true })
    expect(world.messages).to.equal(before)
    world.take({ do: 'cancel', at: 'c' })
    world.take({ do: 'release', at: 'b' })
    world.settle()
    expect(world.seat('d').inside).to.equal(1)
  })
})

describe('what the home queue knows of who may be inside', () => {
  it('the home testifies for sites that never asked it, and for those before one that asks again', () => {
    const world = worldOf('home-queue', 5, { firstPlace: 'a' })
    visit(world, 'b')
    visit(world, 'c')
    const { algorithm } = world.seat('a')
    expect(['b', 'c', 'd', 'e'].filter((peer) => algorithm.mayHold(peer)).join('')).to.equal('bc')
    visit(world, 'b')
    visit(world, 'c')
    expect(['b', 'c', 'd', 'e'].filter((peer) => algorithm.mayHold(peer)).join('')).to.equal('bc')
    visit(world, 'd')
    visit(world, 'b')
    expect(['b', 'c', 'd', 'e'].filter((peer) => algorithm.mayHold(peer)).join('')).to.equal('bcd')
  })

  it('the site with the token testifies for all others, a waiter for its follower', () => {
    const world = worldOf('home-queue', 4, { firstPlace: 'a' })
    world.request('b', exclusive)
    world.settle()
    world.request('c', exclusive)
    world.settle()
    world.request('d', exclusive)
    world.settle()
    const denied = (at: string): string => world.ids.filter((peer) => !world.seat(at).algorithm.mayHold(peer)).join('')
    expect([denied('b'), denied('c'), denied('d')]).to.deep.equal(['abcd', 'cd', 'd'])
  })

  it('without an instance the home testifies for all but a carried holder, the other sites for none', () => {
    const { untouched } = algorithmKind('home-queue')
    const carried = [{ lock: 'door', holder: 'b', mode: Mode.exclusive, fence: 1n }]
    expect([untouched([], 'a', 'a', 'b'), untouched([], 'b', 'a', 'c')]).to.deep.equal([false, true])
    expect([untouched(carried, 'a', 'a', 'b'), untouched(carried, 'a', 'a', 'c')]).to.deep.equal([true, false])
    expect([untouched(carried, 'a', 'b', 'c'), untouched(carried, 'a', 'c', 'b')]).to.deep.equal([false, true])
  })
})

describe('trying for a home-queue lock', () => {
  it('a try is granted where the token rests, wherever that is, and costs two messages more than waiting', () => {
    for (const tail of ['a', 'b', 'd']) {
      const world = worldOf('home-queue', 4, { firstPlace: 'a' })
      visit(world, tail)
      expect(visit(world, 'c', trying), tail).to.equal(tail === 'a' ? 2 : 5)
      expect(world.refusals).to.equal(0)
    }
  })
})
