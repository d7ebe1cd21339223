import { expect } from 'chai'
import { Mode } from '../../lib/base/mode.ts'
import { seededRandom } from '../../lib/base/random.ts'
import { algorithmKind } from '../../lib/mutex/algorithms.ts'
import { checkEnd } from '../../lib/sim/explorer/checks.ts'
import { explore } from '../../lib/sim/explorer/explore.ts'
import type { Situation, Wish } from '../../lib/sim/explorer/situation.ts'
import { GlobalState } from '../../lib/sim/explorer/global-state.ts'
import { exclusive, leave, stateOf, visit } from './visits.ts'

const trying: Wish = { mode: 'exclusive', ifFree: true }

describe('Mellor-Crummey and Scott 1991, by messages', () => {
  for (const sites of [2, 3, 5, 20]) {
    it(`with ${sites} sites an entry costs 3 messages, 2 when the home is requester or tail, none where the token is`, () => {
      for (let home = 0; home < sites; home++) {
        for (let tail = 0; tail < sites; tail++) {
          for (let requester = 0; requester < sites; requester++) {
            const state = stateOf('home-queue', sites, { firstPlace: String.fromCharCode(97 + home) })
            visit(state, state.ids[tail] as string)
            const cost = visit(state, state.ids[requester] as string)
            const expected = requester === tail ? 0 : home === requester || home === tail ? 2 : 3
            expect(cost, `home ${home}, tail ${tail}, requester ${requester}`).to.equal(expected)
          }
        }
      }
    })

    it(`with ${sites} sites that all ask again at once an entry costs 3 − 2/N, and is one message after the exit before it`, () => {
      const state = stateOf('home-queue', sites, { firstPlace: 'b' })
      for (const at of state.ids) state.request(at, exclusive)
      state.settle()
      const before = state.messages
      for (let i = 0; i < 10 * sites; i++) {
        const at = state.ids.find((id) => state.seat(id).inside > 0) as string
        state.take({ do: 'release', at })
        const sent = state.ids.flatMap((to) => state.queue(at, to))
        expect(sent.map(({ body }) => body.kind)).to.deep.equal(['turn'])
        state.request(at, exclusive)
        state.settle()
      }
      expect(state.messages - before).to.equal(10 * sites * 3 - 10 * 2)
    })
  }

  it('the waiters are served in the order in which the requests came to the home', () => {
    const state = stateOf('home-queue', 5, { firstPlace: 'c' })
    for (const at of ['e', 'a', 'd', 'b', 'c']) {
      state.request(at, exclusive)
      if (at !== 'c') state.take({ do: 'deliver', from: at, to: 'c' })
    }
    state.settle()
    for (let i = 0; i < 5; i++) {
      state.take({ do: 'release', at: state.ids.find((id) => state.seat(id).inside > 0) as string })
      state.settle()
    }
    expect(state.entries.map(({ at }) => at).join('')).to.equal('eadbc')
  })

  it('a silent site that was not asked stalls no other', () => {
    const state = stateOf('home-queue', 6, { firstPlace: 'a' })
    visit(state, 'b')
    for (const at of ['c', 'd']) {
      state.request(at, exclusive)
      for (;;) {
        const step = state.steps().find((each) => each.do === 'deliver' && !'ef'.includes(each.to))
        if (step === undefined) break
        state.take(step)
      }
      expect(state.seat(at).inside).to.equal(1)
      state.take({ do: 'release', at })
    }
    expect(state.ids.flatMap((from) => [...state.queue(from, 'e'), ...state.queue(from, 'f')])).to.deep.equal([])
  })

  it('a token that rests goes home, and every instance is as new; it costs what the first entry costs', () => {
    const state = stateOf('home-queue', 4, { firstPlace: 'b' })
    visit(state, 'd')
    visit(state, 'c')
    expect(state.seat('d').algorithm.idle(), 'the site that passed the token on knows nothing more').to.equal(true)
    state.take({ do: 'rest', at: 'c' })
    state.settle()
    for (const at of state.ids) expect(state.seat(at).algorithm.idle(), at).to.equal(true)
    expect(visit(state, 'd')).to.equal(2)
  })

  it('a site that asks while the token goes home is served by the home', () => {
    const state = stateOf('home-queue', 3, { firstPlace: 'a' })
    visit(state, 'b')
    state.request('c', exclusive)
    state.take({ do: 'deliver', from: 'c', to: 'a' })
    state.take({ do: 'rest', at: 'b' })
    state.settle()
    expect(state.seat('c').inside).to.equal(1)
    expect(state.sent.astray).to.equal(1)
  })

  it('a withdrawn place is taken up again, or the token goes on from there', () => {
    const state = stateOf('home-queue', 4, { firstPlace: 'a' })
    state.request('b', exclusive)
    state.settle()
    state.request('c', { ...exclusive, fickle: true })
    state.settle()
    state.request('d', exclusive)
    state.settle()
    state.take({ do: 'cancel', at: 'c' })
    const before = state.messages
    state.request('c', { ...exclusive, fickle: true })
    expect(state.messages).to.equal(before)
    state.take({ do: 'cancel', at: 'c' })
    state.take({ do: 'release', at: 'b' })
    state.settle()
    expect(state.seat('d').inside).to.equal(1)
  })
})

const shared: Wish = { mode: 'shared' }
const permit: Wish = { mode: 2 }

const insideOf = (state: GlobalState): string => state.ids.filter((id) => state.seat(id).inside > 0).join('')

/** They ask one after the other, and all that is on its way arrives. */
function askInTurn(state: GlobalState, wishes: readonly (readonly [string, Wish])[]): void {
  for (const [at, wish] of wishes) {
    state.request(at, wish)
    state.settle()
  }
}

describe('sharing a home-queue lock', () => {
  it('readers between two writers are inside together, and a reader that comes later passes no writer', () => {
    const state = stateOf('home-queue', 6, { firstPlace: 'a' })
    askInTurn(state, [
      ['b', exclusive],
      ['c', shared],
      ['d', shared],
      ['e', exclusive],
      ['f', shared],
    ])
    expect(insideOf(state)).to.equal('b')
    leave(state, 'b')
    expect(insideOf(state)).to.equal('cd')
    leave(state, 'c')
    expect(insideOf(state)).to.equal('d')
    leave(state, 'd')
    expect(insideOf(state)).to.equal('e')
    leave(state, 'e')
    expect(insideOf(state)).to.equal('f')
  })

  it('a reader keeps its loan: to read costs 3 messages, to read again none, until a writer comes', () => {
    const state = stateOf('home-queue', 5, { firstPlace: 'a' })
    visit(state, 'b')
    expect([visit(state, 'c', shared), visit(state, 'c', shared), visit(state, 'c', shared)]).to.deep.equal([3, 0, 0])
    expect(visit(state, 'd'), 'request, follow, reclaim, back, turn').to.equal(5)
    expect(state.seat('c').algorithm.idle()).to.equal(true)
  })

  it('the site with the token reads beside those that it lends to, without a message', () => {
    const state = stateOf('home-queue', 4, { firstPlace: 'a' })
    visit(state, 'b')
    askInTurn(state, [['c', shared]])
    const before = state.messages
    askInTurn(state, [['b', shared]])
    expect([insideOf(state), state.messages - before]).to.deep.equal(['bc', 0])
  })

  it('as many are inside as there are permits, and the next one enters when one leaves', () => {
    const state = stateOf('home-queue', 5, { firstPlace: 'a' })
    askInTurn(state, [
      ['b', permit],
      ['c', permit],
      ['d', permit],
      ['e', permit],
    ])
    expect(insideOf(state)).to.equal('bc')
    leave(state, 'b')
    expect(insideOf(state)).to.equal('cd')
    leave(state, 'c')
    leave(state, 'd')
    expect(insideOf(state)).to.equal('e')
  })

  it('requests that a site makes at once are lent to by one answer each, and a withdrawn one costs no other its place', () => {
    const state = stateOf('home-queue', 3, { firstPlace: 'a' })
    visit(state, 'b')
    for (let i = 0; i < 3; i++) state.request('c', { mode: 3, fickle: true })
    state.take({ do: 'cancel', at: 'c', nth: 1 })
    state.settle()
    expect([state.seat('c').inside, state.seat('c').pending.length]).to.deep.equal([2, 0])
    expect(state.entries.slice(-2).map(({ stamp }) => stamp.time - (state.entries.at(-1)?.stamp.time ?? 0))).to.deep.equal([
      -2, 0,
    ])
    // The third loan is kept for the next request.
    const before = state.messages
    state.request('c', { mode: 3 })
    expect([state.seat('c').inside, state.messages - before]).to.deep.equal([3, 0])
  })

  it('three sites that ask for two permits twice each keep every rule in every order', function () {
    this.timeout(120_000)
    const wishes = [
      [permit, permit],
      [permit, permit],
      [permit, permit],
    ]
    const { complete, violation } = explore({ kind: algorithmKind('home-queue'), wishes, firstPlace: 'b', rests: true })
    expect([complete, violation]).to.deep.equal([true, null])
  })

  it('a try for the lock alone is refused while a reader is inside, and granted while loans are merely kept', () => {
    const state = stateOf('home-queue', 4, { firstPlace: 'a' })
    askInTurn(state, [
      ['b', shared],
      ['c', trying],
    ])
    expect([insideOf(state), state.refusals]).to.deep.equal(['b', 1])
    leave(state, 'b')
    askInTurn(state, [['b', shared]])
    leave(state, 'b')
    askInTurn(state, [['c', trying]])
    expect([insideOf(state), state.refusals]).to.deep.equal(['c', 1])
  })
})

describe('requests that are withdrawn from a home-queue lock', () => {
  it('a reader behind a withdrawn writer reads at once, also at the site of that writer, and the next writer waits for both', () => {
    const state = stateOf('home-queue', 6, { firstPlace: 'a' })
    askInTurn(state, [
      ['b', shared],
      ['c', { ...exclusive, fickle: true }],
      ['d', shared],
      ['e', exclusive],
      ['f', shared],
    ])
    expect(insideOf(state)).to.equal('b')
    state.take({ do: 'cancel', at: 'c' })
    state.settle()
    expect(insideOf(state), 'd was before the second writer').to.equal('bd')
    askInTurn(state, [['c', shared]])
    expect(insideOf(state), 'at the place of its own site').to.equal('bcd')
    for (const at of ['b', 'c', 'd']) leave(state, at)
    expect(insideOf(state)).to.equal('e')
    leave(state, 'e')
    expect(insideOf(state)).to.equal('f')
  })

  it('a withdrawal of a writer costs no message, and the reader behind it a message to the home and one to the place before', () => {
    const state = stateOf('home-queue', 5, { firstPlace: 'a' })
    visit(state, 'b')
    askInTurn(state, [
      ['c', shared],
      ['d', { ...exclusive, fickle: true }],
    ])
    const before = state.messages
    state.take({ do: 'cancel', at: 'd' })
    expect(state.messages).to.equal(before)
    askInTurn(state, [['e', shared]])
    expect([insideOf(state), state.messages - before]).to.deep.equal(['ce', 5])
    expect([state.sent.past, state.sent.before]).to.deep.equal([1, 1])
  })

  const exclusives: Wish['mode'][] = ['exclusive', 'shared']
  const modeSets: readonly (readonly Wish['mode'][])[] = [
    exclusives,
    ['exclusive', 'exclusive', 'shared', 'upgradable', 'intention-shared', 'intention-exclusive'],
    [...exclusives, 'upgradable'],
    ['exclusive', 2],
  ]
  const troubles: readonly Partial<Situation>[] = [
    { rests: true },
    { stops: true },
    { crash: true },
    { loss: true },
    { stays: true },
  ]

  it('thousands of random stories in which most requests may be withdrawn: no request waits for a withdrawn one', () => {
    for (let seed = 1; seed <= 6000; seed++) {
      const random = seededRandom(seed)
      const modes = modeSets[random.below(modeSets.length)] as readonly Wish['mode'][]
      const sites = 2 + random.below(5)
      const rarity = 1 + random.below(4)
      const tries = random.below(3) === 0
      const wishOf = (): Wish => ({
        mode: modes[random.below(modes.length)] as Wish['mode'],
        fickle: random.below(rarity) === 0,
        ifFree: tries && random.below(4) === 0,
      })
      const wishes = Array.from({ length: sites }, () => Array.from({ length: random.below(5) }, wishOf))
      const firstPlace = String.fromCharCode(97 + random.below(sites))
      const trouble = troubles[random.below(troubles.length)] as Partial<Situation>
      const state = new GlobalState({ kind: algorithmKind('home-queue'), wishes, firstPlace, ...trouble })
      try {
        state.walk(random, 5000)
        checkEnd(state)
      } catch (error) {
        throw new Error(`seed ${seed}: ${(error as Error).message}`)
      }
    }
  }).timeout(60_000)
})

describe('fairness of a home-queue lock', () => {
  /** The home a does not contend; b hands the token to c in the moment of its release. */
  function handedOver(): GlobalState {
    const state = stateOf('home-queue', 4, { firstPlace: 'a' })
    askInTurn(state, [
      ['b', exclusive],
      ['c', exclusive],
    ])
    leave(state, 'b')
    expect(insideOf(state)).to.equal('c')
    return state
  }

  it('a site that was handed the token does not pass a request that has reached the home and not yet the site', () => {
    const state = handedOver()
    state.request('d', exclusive)
    state.take({ do: 'deliver', from: 'd', to: 'a' })
    state.take({ do: 'release', at: 'c' })
    state.request('c', exclusive)
    state.settle()
    expect(insideOf(state)).to.equal('d')
    leave(state, 'd')
    expect(insideOf(state)).to.equal('c')
  })

  it('if no other has asked, the home says so for 2 messages, and from then on an entry costs none', () => {
    const state = handedOver()
    leave(state, 'c')
    expect([visit(state, 'c'), visit(state, 'c'), visit(state, 'c')]).to.deep.equal([2, 0, 0])
  })

  it('a site that has asked does not enter before the answer, not by a try either: the site before its place denies that it is inside', () => {
    const world = handedOver()
    leave(world, 'c')
    world.request('c', { ...exclusive, fickle: true })
    world.take({ do: 'cancel', at: 'c' })
    world.request('c', trying)
    expect(insideOf(world)).to.equal('')
    world.settle()
    expect([insideOf(world), world.refusals]).to.deep.equal(['c', 0])
  })

  it('the home reads what has arrived before it enters again, and lets a request that it finds go first', () => {
    for (const isWanted of [true, false]) {
      const state = stateOf('home-queue', 3, { firstPlace: 'a' })
      askInTurn(state, [
        ['b', exclusive],
        ['a', exclusive],
      ])
      leave(state, 'b')
      expect(insideOf(state)).to.equal('a')
      if (isWanted) state.request('c', exclusive)
      state.take({ do: 'release', at: 'a' })
      state.request('a', exclusive)
      expect(insideOf(state), 'not yet').to.equal('')
      state.settle()
      if (isWanted) {
        expect(insideOf(state)).to.equal('c')
        leave(state, 'c')
      } else state.take({ do: 'wake', at: 'a' })
      expect(insideOf(state)).to.equal('a')
    }
  })

  it('while it waits for that, another request comes first, and no local user of the site before it', () => {
    const state = handedOver()
    expect(state.seat('c').algorithm.wanted(Mode.exclusive)).to.equal(true)
    leave(state, 'c')
    visit(state, 'c')
    expect(state.seat('c').algorithm.wanted(Mode.exclusive)).to.equal(false)
  })
})

describe('what the home queue knows of who may be inside', () => {
  it('the home testifies for sites that never asked it, and for those before one that asks again', () => {
    const state = stateOf('home-queue', 5, { firstPlace: 'a' })
    visit(state, 'b')
    visit(state, 'c')
    const { algorithm } = state.seat('a')
    expect(['b', 'c', 'd', 'e'].filter((peer) => algorithm.mayHold(peer)).join('')).to.equal('bc')
    visit(state, 'b')
    visit(state, 'c')
    expect(['b', 'c', 'd', 'e'].filter((peer) => algorithm.mayHold(peer)).join('')).to.equal('bc')
    visit(state, 'd')
    visit(state, 'b')
    expect(['b', 'c', 'd', 'e'].filter((peer) => algorithm.mayHold(peer)).join('')).to.equal('bcd')
  })

  it('the site with the token testifies for all others, a waiter for its follower', () => {
    const state = stateOf('home-queue', 4, { firstPlace: 'a' })
    state.request('b', exclusive)
    state.settle()
    state.request('c', exclusive)
    state.settle()
    state.request('d', exclusive)
    state.settle()
    const denied = (at: string): string => state.ids.filter((peer) => !state.seat(at).algorithm.mayHold(peer)).join('')
    expect([denied('b'), denied('c'), denied('d')]).to.deep.equal(['abcd', 'cd', 'd'])
  })

  it('the site with the token denies all but those that it has lent to, and the home all that never asked', () => {
    const state = stateOf('home-queue', 5, { firstPlace: 'a' })
    visit(state, 'b')
    visit(state, 'c', shared)
    const mayHold = (at: string): string => state.ids.filter((peer) => state.seat(at).algorithm.mayHold(peer)).join('')
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
      const state = stateOf('home-queue', 4, { firstPlace: 'a' })
      visit(state, tail)
      expect(visit(state, 'c', trying), tail).to.equal(tail === 'a' ? 2 : 5)
      expect(state.refusals).to.equal(0)
    }
  })
})
