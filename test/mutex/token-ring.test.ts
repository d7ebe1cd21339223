/** The ring while one of its sites is silent: chase and token skip it, and every waiter is served. */
import { expect } from 'chai'
import { algorithmKind } from '../../lib/mutex/algorithms.ts'
import { explore } from '../../lib/sim/explorer/explore.ts'
import type { Situation } from '../../lib/sim/explorer/situation.ts'
import type { GlobalState } from '../../lib/sim/explorer/global-state.ts'
import { exclusive, visit, worldOf } from './visits.ts'

/** Four sites in the ring a, b, c, d. The site `silent` reads nothing, and all others suspect it. */
function ring(silent: string, options: Partial<Situation> & { readonly algorithm?: string } = {}): GlobalState {
  const { algorithm = 'token-ring', ...rest } = options
  const world = worldOf(algorithm, 4, rest)
  for (const at of world.ids) if (at !== silent) world.take({ do: 'suspect', at, peer: silent })
  return world
}

/** Delivers everything but what lies at these sites. */
function settleBut(world: GlobalState, ...unread: readonly string[]): void {
  for (;;) {
    const step = world.steps().find((each) => each.do === 'deliver' && !unread.includes(each.to))
    if (step === undefined) return
    world.take(step)
  }
}

function hearAll(world: GlobalState, peer: string): void {
  for (const at of world.ids) if (world.seat(at).silent.includes(peer)) world.take({ do: 'hear', at, peer })
}

function insideOf(world: GlobalState): string {
  return world.ids.filter((id) => world.seat(id).inside > 0).join()
}

/** What lies unread at that site, by kind. */
function unreadAt(world: GlobalState, to: string): string {
  return world.ids.flatMap((from) => world.queue(from, to).map(({ body }) => body.kind)).join()
}

const trying = { ...exclusive, ifFree: true }

describe('token-ring with a silent site', () => {
  it('lets a chase and the token skip it, and leaves nothing in its mailbox', () => {
    const world = ring('c', { firstPlace: 'd' })
    world.request('b', exclusive)
    settleBut(world, 'c')
    expect(insideOf(world)).to.equal('b')
    world.take({ do: 'release', at: 'b' })
    settleBut(world, 'c')
    expect([unreadAt(world, 'c'), world.seat('b').algorithm.describe().token]).to.deep.equal(['', true])
  })

  it('ends a lap just behind its starter if that is silent by then', () => {
    const world = worldOf('token-ring', 4)
    world.request('b', exclusive)
    world.settle()
    world.take({ do: 'release', at: 'b' })
    world.take({ do: 'suspect', at: 'a', peer: 'b' })
    settleBut(world, 'b')
    expect([unreadAt(world, 'b'), world.seat('c').algorithm.describe().token]).to.deep.equal(['', true])
  })

  it('makes another lap, after a pause, if the site where the lap ends hears whom others suspect', () => {
    const world = worldOf('token-ring', 4, { firstPlace: 'd' })
    world.take({ do: 'suspect', at: 'b', peer: 'c' })
    world.request('a', exclusive)
    world.settle()
    world.take({ do: 'release', at: 'a' })
    world.settle()
    expect([world.sent.leap, world.seat('a').paused, world.seat('a').algorithm.idle()]).to.deep.equal([2, true, false])
    world.take({ do: 'rest', at: 'a' })
    expect(world.seat('a').algorithm.describe().token, 'it does not go home before').to.equal(true)
    world.take({ do: 'hear', at: 'b', peer: 'c' })
    world.take({ do: 'wake', at: 'a' })
    world.settle()
    expect([world.sent.leap, world.seat('a').paused]).to.deep.equal([2, false])
    world.take({ do: 'rest', at: 'a' })
    world.settle()
    expect(world.ids.every((id) => world.seat(id).algorithm.idle())).to.equal(true)
  })

  it('serves a skipped site that counts on the token, once it is heard', () => {
    const world = worldOf('token-ring', 4)
    world.request('b', exclusive)
    world.settle()
    world.take({ do: 'release', at: 'b' })
    // b has sent the token for a lap, so it waits without a chase.
    world.request('b', exclusive)
    for (const at of 'acd') world.take({ do: 'suspect', at, peer: 'b' })
    settleBut(world, 'b')
    const { chase } = world.sent
    for (const what of ['suspect', 'hear'] as const) world.take({ do: what, at: 'b', peer: 'd' })
    expect(world.sent.chase).to.equal(chase)
    expect([insideOf(world), unreadAt(world, 'b')]).to.deep.equal(['', ''])
    hearAll(world, 'b')
    world.settle()
    expect(insideOf(world)).to.equal('b')
  })

  it('lets a local queue keep the lock no longer than until the skipped site is heard', () => {
    const world = ring('c', { firstPlace: 'd' })
    world.request('b', exclusive)
    settleBut(world, 'c')
    world.take({ do: 'release', at: 'b' })
    settleBut(world, 'c')
    world.request('b', exclusive)
    const { algorithm } = world.seat('b')
    expect(algorithm.wanted()).to.equal(false)
    hearAll(world, 'c')
    expect(world.seat('b').algorithm.wanted()).to.equal(true)
    world.take({ do: 'release', at: 'b' })
    expect(world.seat('b').algorithm.describe().token).to.equal(false)
  })

  it('keeps the token where it is if all others are silent, and sends it for a lap when one is heard', () => {
    const world = worldOf('token-ring', 3, { firstPlace: 'a' })
    world.request('a', exclusive)
    world.request('c', exclusive)
    world.settle()
    for (const peer of 'bc') world.take({ do: 'suspect', at: 'a', peer })
    world.take({ do: 'release', at: 'a' })
    expect([unreadAt(world, 'b'), unreadAt(world, 'c'), world.seat('a').algorithm.idle()]).to.deep.equal(['', '', false])
    world.take({ do: 'hear', at: 'a', peer: 'c' })
    world.settle()
    expect(insideOf(world)).to.equal('c')
  })

  it('sends a token home past no site: it stays, and goes at a later rest', () => {
    const world = ring('d', { firstPlace: 'd' })
    for (const at of 'abc') world.take({ do: 'hear', at, peer: 'd' })
    world.request('b', exclusive)
    world.settle()
    world.take({ do: 'release', at: 'b' })
    world.settle()
    world.take({ do: 'suspect', at: 'c', peer: 'd' })
    world.take({ do: 'rest', at: 'b' })
    world.settle()
    expect(world.seat('c').algorithm.describe().token).to.equal(true)
    world.take({ do: 'rest', at: 'c' })
    expect(world.seat('c').algorithm.describe().token).to.equal(true)
    world.take({ do: 'hear', at: 'c', peer: 'd' })
    world.take({ do: 'rest', at: 'c' })
    world.settle()
    expect(world.ids.every((id) => world.seat(id).algorithm.idle())).to.equal(true)
  })

  it('sends a detour that was in vain again when the skipped site is heard, and not before', () => {
    const world = ring('c', { firstPlace: 'c' })
    world.request('a', exclusive)
    settleBut(world, 'c')
    expect([insideOf(world), world.sent.detour, world.seat('a').paused]).to.deep.equal(['', 2, false])
    hearAll(world, 'c')
    world.settle()
    expect(insideOf(world)).to.equal('a')
  })

  it('sends it again after a pause if its origin does not suspect the skipped site', () => {
    const world = worldOf('token-ring', 4, { firstPlace: 'c' })
    world.take({ do: 'suspect', at: 'b', peer: 'c' })
    world.request('a', exclusive)
    world.settle()
    expect([insideOf(world), world.seat('a').paused]).to.deep.equal(['', true])
    world.take({ do: 'hear', at: 'b', peer: 'c' })
    world.take({ do: 'wake', at: 'a' })
    world.settle()
    expect(insideOf(world)).to.equal('a')
  })

  it('sends a chase to the next site if all are silent', () => {
    const world = worldOf('token-ring', 3, { firstPlace: 'c' })
    for (const peer of 'bc') world.take({ do: 'suspect', at: 'a', peer })
    world.request('a', exclusive)
    expect([unreadAt(world, 'b'), unreadAt(world, 'c')]).to.deep.equal(['chase', ''])
  })

  it('sends neither chase nor token after that pause if the token has come before', () => {
    const world = worldOf('token-ring', 4, { firstPlace: 'c' })
    world.take({ do: 'suspect', at: 'b', peer: 'c' })
    world.request('a', exclusive)
    world.settle()
    world.take({ do: 'hear', at: 'b', peer: 'c' })
    world.request('b', exclusive)
    world.settle()
    for (const at of 'ab') {
      expect(insideOf(world)).to.equal(at)
      world.take({ do: 'release', at })
      world.settle()
    }
    visit(world, 'a')
    const { messages } = world
    world.take({ do: 'wake', at: 'a' })
    expect([world.messages, world.seat('a').paused]).to.deep.equal([messages, false])
  })

  it('sends nothing again for a request that was withdrawn', () => {
    const world = worldOf('token-ring', 4, { firstPlace: 'c' })
    world.take({ do: 'suspect', at: 'b', peer: 'c' })
    world.request('a', { ...exclusive, fickle: true })
    world.settle()
    const { messages } = world
    world.take({ do: 'cancel', at: 'a' })
    world.take({ do: 'wake', at: 'a' })
    world.take({ do: 'suspect', at: 'a', peer: 'c' })
    expect(world.messages).to.equal(messages)
    expect(world.seat('a').algorithm.idle()).to.equal(true)
  })

  it('repeats no try where another relies on the chase', () => {
    const world = worldOf('token-ring', 4, { firstPlace: 'd' })
    world.request('d', exclusive)
    world.request('b', { ...exclusive, fickle: true })
    world.request('a', exclusive)
    settleBut(world, 'c')
    world.take({ do: 'cancel', at: 'b' })
    world.request('b', trying)
    world.take({ do: 'suspect', at: 'b', peer: 'c' })
    settleBut(world, 'c')
    world.take({ do: 'release', at: 'd' })
    settleBut(world, 'c')
    expect(insideOf(world)).to.equal('a')
  })

  it('lets no waiter keep a detour, so that two waiters do not rely on each other', () => {
    const world = worldOf('token-ring', 4, { firstPlace: 'c' })
    world.take({ do: 'suspect', at: 'b', peer: 'c' })
    world.request('a', exclusive)
    world.request('d', exclusive)
    world.settle()
    expect(insideOf(world)).to.equal('')
    world.take({ do: 'hear', at: 'b', peer: 'c' })
    world.take({ do: 'wake', at: 'a' })
    world.settle()
    const first = insideOf(world)
    world.take({ do: 'release', at: first })
    world.settle()
    expect([first, insideOf(world)].sort()).to.deep.equal(['a', 'd'])
  })

  it('refuses no try for the sake of another if both skipped the place of the token', () => {
    const world = ring('c', { firstPlace: 'c' })
    for (const at of 'bd') world.take({ do: 'suspect', at, peer: 'a' })
    world.request('b', trying)
    world.request('d', trying)
    settleBut(world, 'a', 'c')
    expect(world.refusals).to.equal(0)
    hearAll(world, 'a')
    hearAll(world, 'c')
    world.settle()
    expect(insideOf(world)).to.not.equal('')
  })

  it('lets a detour go no further than to its origin, though that is silent by then', () => {
    const world = ring('c', { firstPlace: 'c' })
    world.take({ do: 'suspect', at: 'd', peer: 'a' })
    world.request('a', exclusive)
    settleBut(world, 'a', 'c')
    expect([unreadAt(world, 'a'), world.sent.detour]).to.deep.equal(['detour', 2])
  })

  it('repeats the chase of a waiter when a site falls silent, and the first one does no harm later', () => {
    const world = worldOf('token-ring', 4, { firstPlace: 'd' })
    world.request('a', exclusive)
    settleBut(world, 'c')
    expect([insideOf(world), unreadAt(world, 'c')]).to.deep.equal(['', 'chase'])
    for (const at of 'bad') world.take({ do: 'suspect', at, peer: 'c' })
    settleBut(world, 'c')
    expect(insideOf(world)).to.equal('a')
    world.take({ do: 'release', at: 'a' })
    hearAll(world, 'c')
    world.settle()
    expect(insideOf(world)).to.equal('')
    world.take({ do: 'rest', at: world.ids.find((id) => world.seat(id).algorithm.describe().token) ?? '' })
    world.settle()
    expect(world.ids.every((id) => world.seat(id).algorithm.idle())).to.equal(true)
  })

  it('sends no chase for a site that has had the token since it asked', () => {
    const world = worldOf('token-ring', 4)
    visit(world, 'b')
    visit(world, 'c')
    const { messages } = world
    for (const at of 'abd') world.take({ do: 'suspect', at, peer: 'c' })
    expect(world.messages).to.equal(messages)
  })

  it('repeats the chase for another that ended here, though the own request was withdrawn', () => {
    const world = worldOf('token-ring', 4, { firstPlace: 'd' })
    world.request('b', { ...exclusive, fickle: true })
    world.request('a', exclusive)
    settleBut(world, 'c')
    world.take({ do: 'cancel', at: 'b' })
    for (const at of 'bd') world.take({ do: 'suspect', at, peer: 'c' })
    settleBut(world, 'c')
    expect(insideOf(world)).to.equal('a')
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
      const world = ring('a')
      world.slip('b', 'c', body)
      for (let steps = 0; steps < 12; steps++) {
        const step = world.steps().find((each) => each.do === 'deliver' && each.to !== 'a')
        if (step !== undefined) world.take(step)
      }
      expect(world.sent).to.deep.equal({})
    })
  }

  it('refuses no try of a stranger, so that nothing is sent to it', () => {
    const world = worldOf('token-ring', 3)
    world.request('a', exclusive)
    world.slip('b', 'a', { kind: 'chase', ...forged, ifFree: true })
    world.settle()
    expect(world.sent).to.deep.equal({})
  })
})

describe('token-ring-perpetual with a silent site', () => {
  it('goes on past it', () => {
    const world = ring('c', { algorithm: 'token-ring-perpetual', firstPlace: 'a' })
    for (let lap = 0; lap < 3; lap++) {
      world.take({ do: 'wake', at: 'a' })
      settleBut(world, 'c')
    }
    expect([unreadAt(world, 'c'), world.sent.token]).to.deep.equal(['', 9])
  })

  it('repeats no try at the end of a pause that it made for the token', () => {
    const world = worldOf('token-ring-perpetual', 3)
    world.request('b', exclusive)
    world.settle()
    expect([insideOf(world), world.seat('a').paused]).to.deep.equal(['b', true])
    world.request('a', trying)
    const { messages } = world
    world.take({ do: 'wake', at: 'a' })
    expect(world.messages).to.equal(messages)
  })

  it('pauses while all others are silent', () => {
    const world = worldOf('token-ring-perpetual', 2)
    world.take({ do: 'suspect', at: 'a', peer: 'b' })
    world.take({ do: 'wake', at: 'a' })
    expect([world.messages, world.seat('a').paused]).to.deep.equal([0, true])
    world.take({ do: 'hear', at: 'a', peer: 'b' })
    world.take({ do: 'wake', at: 'a' })
    world.settle()
    expect(world.sent.token).to.be.greaterThan(0)
  })
})
