import { expect } from 'chai'
import { Mode } from '../../lib/base/mode.ts'
import { algorithmKind } from '../../lib/mutex/algorithms.ts'
import type { Wish } from '../../lib/sim/explorer/situation.ts'
import type { GlobalState } from '../../lib/sim/explorer/global-state.ts'
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
        expect(sent.map(({ body }) => body.kind)).to.deep.equal(['turn'])
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

const shared: Wish = { mode: 'shared' }
const permit: Wish = { mode: 2 }

const insideOf = (world: GlobalState): string => world.ids.filter((id) => world.seat(id).inside > 0).join('')

/** They ask one after the other, and all that is on its way arrives. */
function askInTurn(world: GlobalState, wishes: readonly (readonly [string, Wish])[]): void {
  for (const [at, wish] of wishes) {
    world.request(at, wish)
    world.settle()
  }
}

function leave(world: GlobalState, ...ids: readonly string[]): void {
  for (const at of ids) world.take({ do: 'release', at })
  world.settle()
}

describe('sharing a home-queue lock', () => {
  it('readers between two writers are inside together, and a reader that comes later passes no writer', () => {
    const world = worldOf('home-queue', 6, { firstPlace: 'a' })
    askInTurn(world, [
      ['b', exclusive],
      ['c', shared],
      ['d', shared],
      ['e', exclusive],
      ['f', shared],
    ])
    expect(insideOf(world)).to.equal('b')
    leave(world, 'b')
    expect(insideOf(world)).to.equal('cd')
    leave(world, 'c')
    expect(insideOf(world)).to.equal('d')
    leave(world, 'd')
    expect(insideOf(world)).to.equal('e')
    leave(world, 'e')
    expect(insideOf(world)).to.equal('f')
  })

  it('a reader keeps its loan: to read costs 3 messages, to read again none, until a writer comes', () => {
    const world = worldOf('home-queue', 5, { firstPlace: 'a' })
    visit(world, 'b')
    expect([visit(world, 'c', shared), visit(world, 'c', shared), visit(world, 'c', shared)]).to.deep.equal([3, 0, 0])
    expect(visit(world, 'd'), 'request, follow, reclaim, back, turn').to.equal(5)
    expect(world.seat('c').algorithm.idle()).to.equal(true)
  })

  it('the site with the token reads beside those that it lends to, without a message', () => {
    const world = worldOf('home-queue', 4, { firstPlace: 'a' })
    visit(world, 'b')
    askInTurn(world, [['c', shared]])
    const before = world.messages
    askInTurn(world, [['b', shared]])
    expect([insideOf(world), world.messages - before]).to.deep.equal(['bc', 0])
  })

  it('as many are inside as there are permits, and the next one enters when one leaves', () => {
    const world = worldOf('home-queue', 5, { firstPlace: 'a' })
    askInTurn(world, [
      ['b', permit],
      ['c', permit],
      ['d', permit],
      ['e', permit],
    ])
    expect(insideOf(world)).to.equal('bc')
    leave(world, 'b')
    expect(insideOf(world)).to.equal('cd')
    leave(world, 'c', 'd')
    expect(insideOf(world)).to.equal('e')
  })

  it('a try for the lock alone is refused while a reader is inside, and granted while loans are merely kept', () => {
    const world = worldOf('home-queue', 4, { firstPlace: 'a' })
    askInTurn(world, [
      ['b', shared],
      ['c', trying],
    ])
    expect([insideOf(world), world.refusals]).to.deep.equal(['b', 1])
    leave(world, 'b')
    askInTurn(world, [['b', shared]])
    leave(world, 'b')
    askInTurn(world, [['c', trying]])
    expect([insideOf(world), world.refusals]).to.deep.equal(['c', 1])
  })
})

describe('fairness of a home-queue lock', () => {
  /** The home a is where nobody contends; b hands the token to c in the moment of its release. */
  function handedOver(): GlobalState {
    const world = worldOf('home-queue', 4, { firstPlace: 'a' })
    askInTurn(world, [
      ['b', exclusive],
      ['c', exclusive],
    ])
    leave(world, 'b')
    expect(insideOf(world)).to.equal('c')
    return world
  }

  it('a site that was handed the token does not pass a request that has reached the home and not yet the site', () => {
    const world = handedOver()
    world.request('d', exclusive)
    world.take({ do: 'deliver', from: 'd', to: 'a' })
    world.take({ do: 'release', at: 'c' })
    world.request('c', exclusive)
    world.settle()
    expect(insideOf(world)).to.equal('d')
    leave(world, 'd')
    expect(insideOf(world)).to.equal('c')
  })

  it('if no other has asked, the home says so for 2 messages, and from then on an entry costs none', () => {
    const world = handedOver()
    leave(world, 'c')
    expect([visit(world, 'c'), visit(world, 'c'), visit(world, 'c')]).to.deep.equal([2, 0, 0])
  })

  it('the home reads what has arrived before it enters again, and lets a request that it finds go first', () => {
    for (const isWanted of [true, false]) {
      const world = worldOf('home-queue', 3, { firstPlace: 'a' })
      askInTurn(world, [
        ['b', exclusive],
        ['a', exclusive],
      ])
      leave(world, 'b')
      expect(insideOf(world)).to.equal('a')
      if (isWanted) world.request('c', exclusive)
      world.take({ do: 'release', at: 'a' })
      world.request('a', exclusive)
      expect(insideOf(world), 'not yet').to.equal('')
      world.settle()
      if (isWanted) {
        expect(insideOf(world)).to.equal('c')
        leave(world, 'c')
      } else world.take({ do: 'wake', at: 'a' })
      expect(insideOf(world)).to.equal('a')
    }
  })

  it('while it waits for that, another request comes first, and no local user of the site before it', () => {
    const world = handedOver()
    expect(world.seat('c').algorithm.wanted()).to.equal(true)
    leave(world, 'c')
    visit(world, 'c')
    expect(world.seat('c').algorithm.wanted()).to.equal(false)
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

  it('the site with the token denies all but those that it has lent to, and the home all that never asked', () => {
    const world = worldOf('home-queue', 5, { firstPlace: 'a' })
    visit(world, 'b')
    visit(world, 'c', shared)
    const mayHold = (at: string): string => world.ids.filter((peer) => world.seat(at).algorithm.mayHold(peer)).join('')
    expect([mayHold('b'), mayHold('a')]).to.deep.equal(['c', 'bc'])
    const carried = [
      { lock: 'door', holder: 'b', mode: Mode.shared, fence: 1n },
      { lock: 'door', holder: 'c', mode: Mode.shared, fence: 2n },
    ]
    const { untouched } = algorithmKind('home-queue')
    expect('bcd'.split('').map((peer) => untouched(carried, 'a', 'a', peer))).to.deep.equal([true, true, false])
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
