import { expect } from 'chai'
import fc from 'fast-check'
import { type Aged, compareAged } from '../../lib/base/aging.ts'

describe('base: aged priorities', () => {
  it('order any waiters totally, also where numbers are too large or too small to age', () => {
    const priority = fc.oneof(
      fc.constantFrom(0, -0, 1, 1e-300, 5e-324, 1e17, Number.MAX_VALUE, -Number.MAX_VALUE),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
    )
    const came = fc.record({ priority, grantsAfter: fc.nat(300) })
    fc.assert(
      fc.property(fc.array(came, { maxLength: 12 }), (all) => {
        let grantsBefore = 0
        const waiters = all.map(({ priority, grantsAfter }, order): Aged => {
          grantsBefore += grantsAfter
          return { priority, grantsBefore, order }
        })
        const sorted = [...waiters].sort(compareAged)
        for (const [i, a] of sorted.entries()) for (const b of sorted.slice(i + 1)) expect(compareAged(a, b) < 0).to.equal(true)
      }),
    )
  })
})
