import { expect } from 'chai'
import type { GlobalState } from '../../lib/sim/explorer/global-state.ts'
import { exclusive, visit, stateOf } from './visits.ts'

/** Where each site's father pointer leads: from the answers of the real actors. */
function fathersOf(state: GlobalState): string {
  return state.ids.map((id) => (state.seat(id).algorithm as unknown as { father: string | null }).father ?? '.').join('')
}

/** The mean cost of an entry when sites ask one at a time, each as likely as another, after long enough: over every tree. */
function meanCost(sites: number): number {
  const places = new Map<string, number>()
  const trees: GlobalState[] = []
  const place = (state: GlobalState): number => {
    const key = fathersOf(state)
    const known = places.get(key)
    if (known !== undefined) return known
    places.set(key, trees.length)
    trees.push(state)
    return trees.length - 1
  }
  place(stateOf('naimi-trehel', sites))
  const moves: { to: number; cost: number }[][] = []
  for (let at = 0; at < trees.length; at++) {
    const own: { to: number; cost: number }[] = []
    for (const id of (trees[at] as GlobalState).ids) {
      const after = (trees[at] as GlobalState).copy()
      const cost = visit(after, id)
      own.push({ to: place(after), cost })
    }
    moves.push(own)
  }
  let share: number[] = trees.map((_, i) => (i === 0 ? 1 : 0))
  for (let round = 0; round < 400; round++) {
    const next = trees.map(() => 0)
    moves.forEach((own, i) => {
      for (const { to } of own) next[to] = (next[to] as number) + (share[i] as number) / sites
    })
    share = next
  }
  return moves.reduce((sum, own, i) => sum + (share[i] as number) * own.reduce((cost, each) => cost + each.cost / sites, 0), 0)
}

describe('Naimi, Trehel and Arnold 1996', () => {
  it('where the token is an entry costs nothing, from a son of the root 2, from a son of that 3', () => {
    const state = stateOf('naimi-trehel', 5)
    expect(visit(state, 'a')).to.equal(0)
    expect(visit(state, 'b')).to.equal(2)
    expect(fathersOf(state)).to.equal('b.aaa')
    expect(visit(state, 'c')).to.equal(3)
  })

  it('from the end of a chain it costs N, and every site on the chain has a new parent', () => {
    const state = stateOf('naimi-trehel', 4)
    const path: Record<string, string> = { b: 'a', c: 'b', d: 'c' }
    for (const [son, father] of Object.entries(path)) {
      ;(state.own(son).algorithm as unknown as { father: string }).father = father
    }
    expect(visit(state, 'd')).to.equal(4)
    expect(fathersOf(state)).to.equal('ddd.')
  })

  for (const sites of [2, 3, 4, 5]) {
    it(`Theorem 5: with ${sites} sites that ask one at a time the mean over all trees is H(N−1)`, () => {
      let harmonic = 0
      for (let i = 1; i < sites; i++) harmonic += 1 / i
      expect(meanCost(sites)).to.be.closeTo(harmonic, 1e-9)
    })
  }

  it('the waiters are served in the order in which requests came to the root, one message each', () => {
    const state = stateOf('naimi-trehel', 5)
    state.request('a', exclusive)
    for (const at of ['d', 'b', 'e', 'c']) {
      state.request(at, exclusive)
      state.settle()
    }
    for (const at of ['a', 'd', 'b', 'e', 'c']) {
      const before = state.messages
      state.take({ do: 'release', at })
      state.settle()
      expect(state.messages - before).to.equal(at === 'c' ? 0 : 1)
    }
    expect(state.entries.map(({ at }) => at).join('')).to.equal('adbec')
  })

  it('a withdrawn place costs nothing to take up again, and the token does not stop there', () => {
    const state = stateOf('naimi-trehel', 3)
    state.request('a', exclusive)
    state.request('b', { ...exclusive, fickle: true })
    state.settle()
    state.request('c', exclusive)
    state.settle()
    state.take({ do: 'cancel', at: 'b' })
    const before = state.messages
    state.request('b', { ...exclusive, fickle: true })
    state.take({ do: 'cancel', at: 'b' })
    expect(state.messages).to.equal(before)
    state.take({ do: 'release', at: 'a' })
    state.settle()
    expect(state.seat('c').inside).to.equal(1)
  })

  it('a try turns no pointer round when it is refused', () => {
    const state = stateOf('naimi-trehel', 4)
    visit(state, 'b')
    visit(state, 'c')
    state.request('c', exclusive)
    const fathers = fathersOf(state)
    state.request('d', { ...exclusive, ifFree: true })
    state.settle()
    expect(state.refusals).to.equal(1)
    expect(fathersOf(state)).to.equal(fathers)
  })
})
