import { expect } from 'chai'
import { Mode } from '../../lib/base/mode.ts'
import { ClaimBudget, claimBytesMax, holdsMax, thatFit } from '../../lib/lock/claim-budget.ts'
import { utf8Length } from '../../lib/base/names.ts'
import { nodeFormat } from '../../lib/mutex/format.ts'
import { messageBytesMax } from '../../lib/wire/frame.ts'
import { Group } from './group.ts'

const { packMessage } = nodeFormat

const id = (node: number): string => `node-${node}`.padEnd(20, 'x')

describe('what a member can say at a view change', () => {
  it('has room for all that five nodes may hold, with names of any length', () => {
    for (const [length, filling] of [
      [8, 'x'],
      [256, 'x'],
      [80, '\u6f22'],
    ] as const) {
      const carried = Array.from({ length: 5 }, (_, node) => {
        const budget = new ClaimBudget()
        const holds = []
        for (let i = 0; !budget.isSpent; i++) {
          const lock = `${node}/${i}/`.padEnd(length, filling)
          budget.add(utf8Length(lock))
          holds.push({ lock, holder: id(node), mode: Mode.exclusive, fence: 2n ** 62n })
        }
        expect(holds.length).to.be.at.most(holdsMax)
        return holds
      }).flat()
      const packed = packMessage({ type: 'view.activate', view: { epoch: 1, digest: 1 }, carried, findings: [] })
      expect(packed.length, `names of ${length}`).to.be.below(messageBytesMax)
    }
  }).timeout(20_000)

  it('is as much as before once a hold is over', () => {
    const budget = new ClaimBudget()
    for (let i = 0; i < holdsMax; i++) budget.add(1)
    expect(budget.isSpent).to.equal(true)
    budget.remove(1)
    expect(budget.isSpent).to.equal(false)
  })

  it('leaves out testimonies for which there is no room, the longest first', () => {
    const about = (name: string, count: number) => ({
      about: name,
      exceptions: Array.from({ length: count }, (_, i) => `${i}`.padEnd(92, 'x')),
    })
    const half = Math.floor(claimBytesMax / 200)
    const told = thatFit([about('a', half * 1.5), about('b', 10), about('c', Math.floor(half * 0.9))])
    expect(told.map((testimony) => testimony.about)).to.deep.equal(['b', 'c'])
    expect(thatFit([about('d', half * 2.1)])).to.deep.equal([])
  })

  it('bounds what a node may hold at a time: OVERLOADED, until it releases a hold', () => {
    const group = new Group(1, { limits: { locksMax: 100_000 } })
    const seat = group.seat(0)
    const ask = (i: number) => seat.ask(`${i}/`.padEnd(256, 'x'))
    const first = ask(0)
    let count = 1
    while (ask(count).outcome === 'held') count++
    expect(count).to.be.within(10_000, holdsMax)
    expect(seat.clients.at(-1)?.error?.code).to.equal('OVERLOADED')
    expect(seat.clients.at(-1)?.error?.message).to.match(/too many holds at this node/)
    first.release()
    expect(ask(count + 1).outcome).to.equal('held')
  }).timeout(20_000)
})
