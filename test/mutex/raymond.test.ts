import { expect } from 'chai'
import { algorithmKind } from '../../lib/mutex/algorithms.ts'
import { BadOptionError } from '../../lib/base/errors.ts'
import { meanTreeDistance, Tree, treeShapes } from '../../lib/mutex/trees.ts'
import type { GlobalState } from '../../lib/sim/explorer/global-state.ts'
import { exclusive, visit, stateOf } from './visits.ts'

/** Each site asks again as soon as it has left, and all messages have arrived before the next leaves: messages and entries. */
function saturate(state: GlobalState, entries: number): { messages: number; by: string } {
  for (const at of state.ids) state.request(at, exclusive)
  state.settle()
  for (let i = 0; i < 4 * state.ids.length; i++) turn(state)
  const before = state.messages
  for (let i = 0; i < entries; i++) turn(state)
  return {
    messages: state.messages - before,
    by: state.entries
      .slice(-entries)
      .map(({ at }) => at)
      .join(''),
  }
}

function turn(state: GlobalState): void {
  const at = state.ids.find((id) => state.seat(id).inside > 0) as string
  state.take({ do: 'release', at })
  state.request(at, exclusive)
  state.settle()
}

describe('Raymond 1989', () => {
  for (const shape of treeShapes) {
    it(`${shape}: an entry costs twice the distance to the privilege, and none where it is`, () => {
      for (let holder = 0; holder < 7; holder++) {
        for (let requester = 0; requester < 7; requester++) {
          const state = stateOf(`raymond:${shape}`, 7)
          const [from, to] = [state.ids[holder] as string, state.ids[requester] as string]
          visit(state, from)
          expect(visit(state, to)).to.equal(2 * new Tree(state.ids, shape).distance(from, to))
        }
      }
    })

    for (const sites of [2, 3, 7, 12]) {
      it(`${shape}: with ${sites} sites that all ask again at once an entry costs 4(N−1)/N`, () => {
        const state = stateOf(`raymond:${shape}`, sites, { firstPlace: 'b' })
        const { messages, by } = saturate(state, 10 * sites)
        expect(messages).to.equal(10 * 4 * (sites - 1))
        for (const id of state.ids) expect(by.split(id).length - 1, id).to.equal(10)
      })
    }
  }

  it('a request that rides on the privilege saves its message', () => {
    for (const shape of treeShapes) {
      const plain = saturate(stateOf(`raymond:${shape}`, 7), 70)
      const riding = saturate(stateOf(`raymond:${shape}+piggyback`, 7), 70)
      expect(riding.messages, shape).to.be.below(plain.messages)
      expect(riding.by, shape).to.equal(plain.by)
    }
  })

  it('§5: greedy, a site enters each time the privilege passes it: three times as often in the tree as its leaves', () => {
    const state = stateOf('raymond:binary+greedy', 7)
    const { by, messages } = saturate(state, 12 * 30)
    const times = state.ids.map((id) => by.split(id).length - 1)
    // The root has two neighbours, b and c have three, the leaves one: so often the privilege comes by in a round.
    expect(times).to.deep.equal([60, 90, 90, 30, 30, 30, 30])
    // A round of 12 entries, with two messages for each edge each way.
    expect(messages).to.equal(30 * 24)
  })

  it('a withdrawn request leaves the queue, and the privilege that was asked for goes on or rests', () => {
    const state = stateOf('raymond:line', 4)
    state.request('a', exclusive)
    state.request('c', { ...exclusive, fickle: true })
    state.settle()
    state.request('d', exclusive)
    state.settle()
    state.take({ do: 'cancel', at: 'c' })
    state.take({ do: 'release', at: 'a' })
    state.settle()
    expect(state.seat('d').inside).to.equal(1)
    state.request('b', { ...exclusive, fickle: true })
    state.settle()
    state.take({ do: 'cancel', at: 'b' })
    state.take({ do: 'release', at: 'd' })
    state.settle()
    expect(visit(state, 'b'), 'it rests at b').to.equal(0)
  })

  it('a try is granted where the privilege is unused, at the cost of waiting for it, and leaves every queue as it was', () => {
    for (const shape of treeShapes) {
      const state = stateOf(`raymond:${shape}`, 7)
      visit(state, 'g')
      const distance = new Tree(state.ids, shape).distance('g', 'd')
      expect(visit(state, 'd', { ...exclusive, ifFree: true })).to.equal(2 * distance)
      state.request('d', exclusive)
      state.request('g', { ...exclusive, ifFree: true })
      state.settle()
      expect(state.refusals).to.equal(1)
      state.take({ do: 'release', at: 'd' })
      state.settle()
      expect(visit(state, 'd'), 'no site was waiting for it').to.equal(0)
    }
  })

  it('after a rest the privilege is home, and every site is as new', () => {
    const state = stateOf('raymond', 7, { firstPlace: 'e' })
    visit(state, 'g')
    visit(state, 'b')
    state.take({ do: 'rest', at: 'b' })
    state.settle()
    for (const at of state.ids) expect(state.seat(at).algorithm.idle(), at).to.equal(true)
  })

  it('a site testifies for sites that are not in the direction of the privilege', () => {
    const state = stateOf('raymond', 7)
    visit(state, 'd')
    const doubted = (at: string): string => state.ids.filter((peer) => state.seat(at).algorithm.mayHold(peer)).join('')
    // a has the sons b and c, b has d and e, c has f and g.
    expect(state.ids.map(doubted)).to.deep.equal(['bde', 'd', 'abde', '', 'abcdfg', 'abcdeg', 'abcdef'])
  })

  it('takes one shape and the two habits, each once', () => {
    expect(algorithmKind('raymond:star+greedy+piggyback').name).to.equal('raymond:star+greedy+piggyback')
    for (const wrong of ['raymond:ring', 'raymond:star+line', 'raymond:greedy+greedy', 'raymond:']) {
      expect(() => algorithmKind(wrong), wrong).to.throw(BadOptionError, /binary, line, star, piggyback, greedy/)
    }
  })
})

describe('trees over the members', () => {
  for (const shape of treeShapes) {
    it(`${shape}: the way from anywhere leads to anywhere, in as many steps as the distance`, () => {
      for (let sites = 1; sites <= 12; sites++) {
        const members = Array.from({ length: sites }, (_, i) => String.fromCharCode(97 + i))
        const tree = new Tree(members, shape)
        let sum = 0
        for (const from of members) {
          for (const to of members) {
            let steps = 0
            for (let at = from; at !== to; at = tree.towards(at, to)) steps++
            expect(steps).to.equal(tree.distance(from, to))
            sum += steps
          }
        }
        expect(meanTreeDistance(sites, [shape])).to.be.closeTo(sum / sites ** 2, 1e-12)
      }
    })
  }

  it('a line of N has a mean distance of (N+1)/3 between two different sites', () => {
    for (const n of [2, 5, 100, 1000]) expect((meanTreeDistance(n, ['line']) * n) / (n - 1)).to.be.closeTo((n + 1) / 3, 1e-9)
  })
})
