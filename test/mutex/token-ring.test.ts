/** The ring while one of its sites is silent: chase and token skip it, and every waiter is served. */
import { expect } from 'chai'
import { Mode } from '../../lib/base/mode.ts'
import { algorithmKind } from '../../lib/mutex/algorithms.ts'
import { explore } from '../../lib/sim/explorer/explore.ts'
import { hearAll, insideOf, ring, settleBut, unreadAt } from './silent-ring.ts'
import { exclusive, stateOf, visit } from './visits.ts'

const trying = { ...exclusive, ifFree: true }

describe('token-ring with a silent site', () => {
  it('lets a chase and the token skip it, and leaves nothing in its mailbox', () => {
    const state = ring('c', { firstPlace: 'd' })
    state.request('b', exclusive)
    settleBut(state, 'c')
    expect(insideOf(state)).to.equal('b')
    state.take({ do: 'release', at: 'b' })
    settleBut(state, 'c')
    expect([unreadAt(state, 'c'), state.seat('b').algorithm.describe().token]).to.deep.equal(['', true])
  })

  it('ends a lap just behind its starter if that is silent by then', () => {
    const state = stateOf('token-ring', 4)
    state.request('b', exclusive)
    state.settle()
    state.take({ do: 'release', at: 'b' })
    state.take({ do: 'suspect', at: 'a', peer: 'b' })
    settleBut(state, 'b')
    expect([unreadAt(state, 'b'), state.seat('c').algorithm.describe().token]).to.deep.equal(['', true])
  })

  it('makes another lap, after a pause, if the site where the lap ends hears whom others suspect', () => {
    const state = stateOf('token-ring', 4, { firstPlace: 'd' })
    state.take({ do: 'suspect', at: 'b', peer: 'c' })
    state.request('a', exclusive)
    state.settle()
    state.take({ do: 'release', at: 'a' })
    state.settle()
    expect([state.sent.leap, state.seat('a').paused, state.seat('a').algorithm.idle()]).to.deep.equal([2, true, false])
    state.take({ do: 'rest', at: 'a' })
    expect(state.seat('a').algorithm.describe().token, 'it does not go home before').to.equal(true)
    state.take({ do: 'hear', at: 'b', peer: 'c' })
    state.take({ do: 'wake', at: 'a' })
    state.settle()
    expect([state.sent.leap, state.seat('a').paused]).to.deep.equal([2, false])
    state.take({ do: 'rest', at: 'a' })
    state.settle()
    expect(state.ids.every((id) => state.seat(id).algorithm.idle())).to.equal(true)
  })

  it('serves a skipped site that counts on the token, once it is heard', () => {
    const state = stateOf('token-ring', 4)
    state.request('b', exclusive)
    state.settle()
    state.take({ do: 'release', at: 'b' })
    // b has sent the token for a lap, so it waits without a chase.
    state.request('b', exclusive)
    for (const at of 'acd') state.take({ do: 'suspect', at, peer: 'b' })
    settleBut(state, 'b')
    const { chase } = state.sent
    for (const what of ['suspect', 'hear'] as const) state.take({ do: what, at: 'b', peer: 'd' })
    expect(state.sent.chase).to.equal(chase)
    expect([insideOf(state), unreadAt(state, 'b')]).to.deep.equal(['', ''])
    hearAll(state, 'b')
    state.settle()
    expect(insideOf(state)).to.equal('b')
  })

  it('lets a local queue keep the lock no longer than until the skipped site is heard', () => {
    const state = ring('c', { firstPlace: 'd' })
    state.request('b', exclusive)
    settleBut(state, 'c')
    state.take({ do: 'release', at: 'b' })
    settleBut(state, 'c')
    state.request('b', exclusive)
    const { algorithm } = state.seat('b')
    expect(algorithm.wanted(Mode.exclusive)).to.equal(false)
    hearAll(state, 'c')
    expect(state.seat('b').algorithm.wanted(Mode.exclusive)).to.equal(true)
    state.take({ do: 'release', at: 'b' })
    expect(state.seat('b').algorithm.describe().token).to.equal(false)
  })

  it('keeps the token where it is if all others are silent, and sends it for a lap when one is heard', () => {
    const state = stateOf('token-ring', 3, { firstPlace: 'a' })
    state.request('a', exclusive)
    state.request('c', exclusive)
    state.settle()
    for (const peer of 'bc') state.take({ do: 'suspect', at: 'a', peer })
    state.take({ do: 'release', at: 'a' })
    expect([unreadAt(state, 'b'), unreadAt(state, 'c'), state.seat('a').algorithm.idle()]).to.deep.equal(['', '', false])
    state.take({ do: 'hear', at: 'a', peer: 'c' })
    state.settle()
    expect(insideOf(state)).to.equal('c')
  })

  it('sends a token home past no site: it stays, and goes at a later rest', () => {
    const state = ring('d', { firstPlace: 'd' })
    for (const at of 'abc') state.take({ do: 'hear', at, peer: 'd' })
    state.request('b', exclusive)
    state.settle()
    state.take({ do: 'release', at: 'b' })
    state.settle()
    state.take({ do: 'suspect', at: 'c', peer: 'd' })
    state.take({ do: 'rest', at: 'b' })
    state.settle()
    expect(state.seat('c').algorithm.describe().token).to.equal(true)
    state.take({ do: 'rest', at: 'c' })
    expect(state.seat('c').algorithm.describe().token).to.equal(true)
    state.take({ do: 'hear', at: 'c', peer: 'd' })
    state.take({ do: 'rest', at: 'c' })
    state.settle()
    expect(state.ids.every((id) => state.seat(id).algorithm.idle())).to.equal(true)
  })

  it('sends a detour that was in vain again when the skipped site is heard, and not before', () => {
    const state = ring('c', { firstPlace: 'c' })
    state.request('a', exclusive)
    settleBut(state, 'c')
    expect([insideOf(state), state.sent.detour, state.seat('a').paused]).to.deep.equal(['', 2, false])
    hearAll(state, 'c')
    state.settle()
    expect(insideOf(state)).to.equal('a')
  })

  it('sends it again after a pause if its origin does not suspect the skipped site', () => {
    const state = stateOf('token-ring', 4, { firstPlace: 'c' })
    state.take({ do: 'suspect', at: 'b', peer: 'c' })
    state.request('a', exclusive)
    state.settle()
    expect([insideOf(state), state.seat('a').paused]).to.deep.equal(['', true])
    state.take({ do: 'hear', at: 'b', peer: 'c' })
    state.take({ do: 'wake', at: 'a' })
    state.settle()
    expect(insideOf(state)).to.equal('a')
  })

  it('sends a chase to the next site if all are silent', () => {
    const state = stateOf('token-ring', 3, { firstPlace: 'c' })
    for (const peer of 'bc') state.take({ do: 'suspect', at: 'a', peer })
    state.request('a', exclusive)
    expect([unreadAt(state, 'b'), unreadAt(state, 'c')]).to.deep.equal(['chase', ''])
  })

  it('sends neither chase nor token after that pause if the token has come before', () => {
    const state = stateOf('token-ring', 4, { firstPlace: 'c' })
    state.take({ do: 'suspect', at: 'b', peer: 'c' })
    state.request('a', exclusive)
    state.settle()
    state.take({ do: 'hear', at: 'b', peer: 'c' })
    state.request('b', exclusive)
    state.settle()
    for (const at of 'ab') {
      expect(insideOf(state)).to.equal(at)
      state.take({ do: 'release', at })
      state.settle()
    }
    visit(state, 'a')
    const { messages } = state
    state.take({ do: 'wake', at: 'a' })
    expect([state.messages, state.seat('a').paused]).to.deep.equal([messages, false])
  })

  it('sends nothing again for a request that was withdrawn', () => {
    const state = stateOf('token-ring', 4, { firstPlace: 'c' })
    state.take({ do: 'suspect', at: 'b', peer: 'c' })
    state.request('a', { ...exclusive, fickle: true })
    state.settle()
    const { messages } = state
    state.take({ do: 'cancel', at: 'a' })
    state.take({ do: 'wake', at: 'a' })
    state.take({ do: 'suspect', at: 'a', peer: 'c' })
    expect(state.messages).to.equal(messages)
    expect(state.seat('a').algorithm.idle()).to.equal(true)
  })

  it('repeats no try where another relies on the chase', () => {
    const state = stateOf('token-ring', 4, { firstPlace: 'd' })
    state.request('d', exclusive)
    state.request('b', { ...exclusive, fickle: true })
    state.request('a', exclusive)
    settleBut(state, 'c')
    state.take({ do: 'cancel', at: 'b' })
    state.request('b', trying)
    state.take({ do: 'suspect', at: 'b', peer: 'c' })
    settleBut(state, 'c')
    state.take({ do: 'release', at: 'd' })
    settleBut(state, 'c')
    expect(insideOf(state)).to.equal('a')
  })

  it('lets no waiter keep a detour, so that two waiters do not rely on each other', () => {
    const state = stateOf('token-ring', 4, { firstPlace: 'c' })
    state.take({ do: 'suspect', at: 'b', peer: 'c' })
    state.request('a', exclusive)
    state.request('d', exclusive)
    state.settle()
    expect(insideOf(state)).to.equal('')
    state.take({ do: 'hear', at: 'b', peer: 'c' })
    state.take({ do: 'wake', at: 'a' })
    state.settle()
    const first = insideOf(state)
    state.take({ do: 'release', at: first })
    state.settle()
    expect([first, insideOf(state)].sort()).to.deep.equal(['a', 'd'])
  })

  it('refuses no try for the sake of another if both skipped the place of the token', () => {
    const state = ring('c', { firstPlace: 'c' })
    for (const at of 'bd') state.take({ do: 'suspect', at, peer: 'a' })
    state.request('b', trying)
    state.request('d', trying)
    settleBut(state, 'a', 'c')
    expect(state.refusals).to.equal(0)
    hearAll(state, 'a')
    hearAll(state, 'c')
    state.settle()
    expect(insideOf(state)).to.not.equal('')
  })

  it('lets a detour go no further than to its origin, though that is silent by then', () => {
    const state = ring('c', { firstPlace: 'c' })
    state.take({ do: 'suspect', at: 'd', peer: 'a' })
    state.request('a', exclusive)
    settleBut(state, 'a', 'c')
    expect([unreadAt(state, 'a'), state.sent.detour]).to.deep.equal(['detour', 2])
  })

  it('repeats the chase of a waiter when a site falls silent, and the first one does no harm later', () => {
    const state = stateOf('token-ring', 4, { firstPlace: 'd' })
    state.request('a', exclusive)
    settleBut(state, 'c')
    expect([insideOf(state), unreadAt(state, 'c')]).to.deep.equal(['', 'chase'])
    for (const at of 'bad') state.take({ do: 'suspect', at, peer: 'c' })
    settleBut(state, 'c')
    expect(insideOf(state)).to.equal('a')
    state.take({ do: 'release', at: 'a' })
    hearAll(state, 'c')
    state.settle()
    expect(insideOf(state)).to.equal('')
    state.take({ do: 'rest', at: state.ids.find((id) => state.seat(id).algorithm.describe().token) ?? '' })
    state.settle()
    expect(state.ids.every((id) => state.seat(id).algorithm.idle())).to.equal(true)
  })

  it('sends no chase for a site that has had the token since it asked', () => {
    const state = stateOf('token-ring', 4)
    visit(state, 'b')
    visit(state, 'c')
    const { messages } = state
    for (const at of 'abd') state.take({ do: 'suspect', at, peer: 'c' })
    expect(state.messages).to.equal(messages)
  })

  it('repeats the chase for another that ended here, though the own request was withdrawn', () => {
    const state = stateOf('token-ring', 4, { firstPlace: 'd' })
    state.request('b', { ...exclusive, fickle: true })
    state.request('a', exclusive)
    settleBut(state, 'c')
    state.take({ do: 'cancel', at: 'b' })
    for (const at of 'bd') state.take({ do: 'suspect', at, peer: 'c' })
    settleBut(state, 'c')
    expect(insideOf(state)).to.equal('a')
  })

  it('keeps exclusion and serves every waiter in every order of events of three sites, two of which suspect others', () => {
    const wishes = [[exclusive], [], []]
    const { complete, violation } = explore({ kind: algorithmKind('token-ring'), wishes, firstPlace: 'b', suspicionsMax: 2 })
    expect([complete, violation]).to.deep.equal([true, null])
  })
})

describe('token-ring and a forged chase, whose origin is no member', () => {
  const forged = { stamp: { time: 1, count: 0, id: 'z' }, ifFree: false }

  for (const body of [
    { kind: 'chase', ...forged },
    { kind: 'detour', ...forged, skipped: ['a'] },
  ]) {
    it(`ends a ${body.kind} at the first site that it reaches, though the site with the token is silent`, () => {
      const state = ring('a')
      state.slip('b', 'c', body)
      for (let steps = 0; steps < 12; steps++) {
        const step = state.steps().find((each) => each.do === 'deliver' && each.to !== 'a')
        if (step !== undefined) state.take(step)
      }
      expect(state.sent).to.deep.equal({})
    })
  }

  it('refuses no try of a stranger, so that nothing is sent to it', () => {
    const state = stateOf('token-ring', 3)
    state.request('a', exclusive)
    state.slip('b', 'a', { kind: 'chase', ...forged, ifFree: true })
    state.settle()
    expect(state.sent).to.deep.equal({})
  })
})

describe('token-ring-perpetual with a silent site', () => {
  it('goes on past it', () => {
    const state = ring('c', { algorithm: 'token-ring-perpetual', firstPlace: 'a' })
    for (let lap = 0; lap < 3; lap++) {
      state.take({ do: 'wake', at: 'a' })
      settleBut(state, 'c')
    }
    expect([unreadAt(state, 'c'), state.sent.token]).to.deep.equal(['', 9])
  })

  it('repeats no try at the end of a pause that it made for the token', () => {
    const state = stateOf('token-ring-perpetual', 3)
    state.request('b', exclusive)
    state.settle()
    expect([insideOf(state), state.seat('a').paused]).to.deep.equal(['b', true])
    state.request('a', trying)
    const { messages } = state
    state.take({ do: 'wake', at: 'a' })
    expect(state.messages).to.equal(messages)
  })

  it('pauses while all others are silent', () => {
    const state = stateOf('token-ring-perpetual', 2)
    state.take({ do: 'suspect', at: 'a', peer: 'b' })
    state.take({ do: 'wake', at: 'a' })
    expect([state.messages, state.seat('a').paused]).to.deep.equal([0, true])
    state.take({ do: 'hear', at: 'a', peer: 'b' })
    state.take({ do: 'wake', at: 'a' })
    state.settle()
    expect(state.sent.token).to.be.greaterThan(0)
  })
})
