import { expect } from 'chai'
import fc from 'fast-check'
import { InvariantViolation } from '../../lib/base/assert.ts'
import { BadOptionError } from '../../lib/base/errors.ts'
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
          expect(guard.highestExclusive).to.equal(highest)
        }
      }),
    )
  })

  it('a guard compares a reader with the highest exclusive fence, and a writer with the highest of any mode', () => {
    const entry = fc.record({
      fence: fc.bigInt({ min: 1n, max: 20n }),
      mode: fc.constantFrom('shared' as const, 'exclusive' as const),
    })
    fc.assert(
      fc.property(fc.array(entry), (entries) => {
        let guard = fenceGuard()
        const admitted: { readonly fence: bigint; readonly mode: string }[] = []
        for (const { fence, mode } of entries) {
          const rivals = admitted.filter((each) => mode === 'exclusive' || each.mode === 'exclusive')
          const isFresh = rivals.every((each) => each.fence <= fence)
          expect(guard.admit(fence, mode)).to.equal(isFresh)
          if (isFresh) admitted.push({ fence, mode })
          // The resource restarts, with the two marks that it stored.
          guard = fenceGuard(guard.highest, guard.highestExclusive)
        }
      }),
    )
  })

  it('a guard that is given one mark only takes it for an exclusive one', () => {
    const guard = fenceGuard(7n)
    expect([guard.highestExclusive, guard.admit(6n, 'shared'), guard.admit(7n, 'shared')]).to.deep.equal([7n, false, true])
  })

  it('a guard refuses what is no fence, no mode and no pair of marks, and remembers nothing of it', () => {
    const guard = fenceGuard(5n, 3n)
    const refused: readonly (readonly [string, () => unknown])[] = [
      ['fence', () => guard.admit(9 as never)],
      ['fence', () => guard.admit('9' as never, 'shared')],
      ['fence', () => guard.admit(undefined as never)],
      ['mode', () => guard.admit(9n, 2 as never)],
      ['mode', () => guard.admit(9n, 'Shared' as never)],
      ['mode', () => guard.admit(9n, null as never)],
      ['highest', () => fenceGuard(9 as never)],
      ['highestExclusive', () => fenceGuard(9n, '3' as never)],
      ['highestExclusive', () => fenceGuard(5n, 6n)],
    ]
    for (const [option, attempt] of refused) {
      expect(attempt).to.throw(BadOptionError).with.property('option', option)
    }
    expect([guard.highest, guard.highestExclusive]).to.deep.equal([5n, 3n])
  })
})
