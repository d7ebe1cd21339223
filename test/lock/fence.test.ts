import { expect } from 'chai'
import fc from 'fast-check'
import { InvariantViolation } from '../../lib/base/assert.ts'
import { counterMax, fenceGuard, fenceOf, fenceParts } from '../../lib/lock/fence.ts'

const epoch = fc.nat(2 ** 31).map((n) => n * 8)
const counter = fc.integer({ min: 1, max: counterMax })

describe('fences', () => {
  it('are ordered by epoch, then by counter, and stay below 2^63', () => {
    fc.assert(
      fc.property(epoch, counter, epoch, counter, (e1, c1, e2, c2) => {
        const [a, b] = [fenceOf(e1, c1), fenceOf(e2, c2)]
        expect(a < b).to.equal(e1 < e2 || (e1 === e2 && c1 < c2))
        expect(a < 2n ** 63n).to.equal(true)
        expect(fenceParts(a)).to.deep.equal({ epoch: e1, counter: c1 })
      }),
    )
  })

  it('never take a counter beyond its bits, which would be the next epoch', () => {
    expect(() => fenceOf(1, counterMax + 1)).to.throw(InvariantViolation)
    expect(() => fenceOf(1, 0)).to.throw(InvariantViolation)
    expect(fenceOf(2, 1) > fenceOf(1, counterMax)).to.equal(true)
  })

  it('a guard admits a fence exactly when no higher one was admitted before', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: 1n, max: 20n })), (fences) => {
        const guard = fenceGuard()
        let highest = 0n
        for (const fence of fences) {
          expect(guard.admit(fence)).to.equal(fence >= highest)
          if (fence > highest) highest = fence
          expect(guard.highest).to.equal(highest)
        }
      }),
    )
  })
})
