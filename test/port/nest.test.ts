import { expect } from 'chai'
import { Mode } from '../../lib/base/mode.ts'
import type { Hold } from '../../lib/port/hold.ts'
import { around, type NestLevel } from '../../lib/port/level.ts'
import { Nest } from '../../lib/port/nest.ts'
import { Owners } from '../../lib/port/owners.ts'

const hold = { state: 'held', check: () => {}, release: async () => 'released' } as unknown as Hold
const owners = new Owners({
  id: 'a',
  wallMs: () => 0,
  later: () => () => {},
  othersWaits: async () => [],
  time: { nowMs: () => 0, after: () => () => {}, random: () => 0 },
  nextOwner: () => 1,
  check: () => {},
  request: async () => hold,
})

/** How many levels an object leads to. */
function length(level: NestLevel | null | undefined, next: (level: NestLevel) => NestLevel | null | undefined): number {
  let count = 0
  for (let each = level; each !== null && each !== undefined; each = next(each)) count++
  return count
}

describe('the levels of a hold', () => {
  it('are forgotten when they have ended, also if each began the next one before it ended', async () => {
    const nest = new Nest(owners, hold, Mode.exclusive, 1)
    let last = nest.enter(undefined)
    for (let i = 0; i < 1000; i++) {
      around(last)
      const next = nest.enter(last)
      await nest.leave(last)
      last = next
    }
    expect(length(last, ({ below }) => below)).to.be.at.most(2)
    expect(length(last, (level) => level.around)).to.be.at.most(3)
    expect(nest.innermost).to.equal(last)
  })
})
