import { expect } from 'chai'
import { InvariantViolation } from '../../lib/base/assert.ts'
import {
  assertSuccessor,
  canDecide,
  foundedView,
  isQuorum,
  quarantineFullMs,
  successorOf,
  wallEpoch,
} from '../../lib/view/successor.ts'
import type { ClusterConfig } from '../../lib/view/view.ts'

const config: ClusterConfig = {
  algorithm: 'x',
  algorithms: [],
  permits: [],
  clock: 'hlc',
  sessionMs: 1000,
  joinList: ['a:1', 'b:1', 'c:1'],
}
const members = ['a', 'b', 'c', 'n'].map((id) => ({ id, address: `${id}:1` }))
const noneGone = new Map<string, 'left' | 'evicted'>()

describe('the successor of a view', () => {
  it('keeps the order of seniority and lists new members last', () => {
    const view = foundedView('test', config, 10, members, [])
    const next = successorOf(view, { gone: new Map([['b', 'left']]), joiners: [{ id: 'z', address: 'b:1' }], elapsedMs: 0 })
    expect(next.epoch).to.equal(11)
    expect(next.members.map(({ id, since }) => [id, since])).to.deep.equal([
      ['a', 10],
      ['c', 10],
      ['n', 10],
      ['z', 11],
    ])
    expect(next.voters, 'one voter for each entry of the list').to.deep.equal(['a', 'z', 'c'])
    expect(next.quarantine, 'who left is not waited for').to.deep.equal([])
  })

  it('waits out the evicted in full, and carries what is left of earlier waits', () => {
    expect(quarantineFullMs(1000)).to.equal(Math.ceil((1000 * 1.01) / 0.99))
    const founded = foundedView('test', config, 10, members, [{ id: '*', remainingMs: 500, lastEpoch: 0 }])
    const next = successorOf(founded, { gone: new Map([['c', 'evicted']]), joiners: [], elapsedMs: 200 })
    expect(next.quarantine).to.deep.equal([
      { id: '*', remainingMs: 300, lastEpoch: 0 },
      { id: 'c', remainingMs: 1021, lastEpoch: 10 },
    ])
    const later = successorOf(next, { gone: noneGone, joiners: [], elapsedMs: 300 })
    expect(later.quarantine).to.deep.equal([{ id: 'c', remainingMs: 721, lastEpoch: 10 }])
  })

  it('is decided by more than half of the list, or by half with its first entry', () => {
    const of = (list: number, entries: readonly number[]): boolean =>
      isQuorum(
        Array.from({ length: list }, (_, i) => `${i}`),
        (entry) => entries.includes(entry),
      )
    expect([
      of(1, [0]),
      of(2, [0]),
      of(2, [1]),
      of(3, [1, 2]),
      of(3, [0]),
      of(4, [0, 3]),
      of(4, [2, 3]),
      of(5, [0, 1]),
    ]).to.deep.equal([true, true, false, true, false, true, false, false])
  })

  it('never has fewer voters than a quorum', () => {
    const view = foundedView('test', config, 10, members, [])
    const lonely = successorOf(view, {
      gone: new Map([
        ['b', 'left'],
        ['c', 'left'],
      ]),
      joiners: [],
      elapsedMs: 0,
    })
    expect(canDecide(lonely)).to.equal(false)
    expect(() => assertSuccessor(view, lonely)).to.throw(InvariantViolation)
  })

  it('is founded with an epoch of the wall clock in tenths of a second since 2025', () => {
    expect(wallEpoch(Date.UTC(2025, 0, 1, 0, 0, 1))).to.equal(10)
    expect(wallEpoch(0)).to.equal(0)
  })
})
