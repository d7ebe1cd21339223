import { expect } from 'chai'
import { logScale } from '../../../lib/cli/bench/log-scale.ts'

describe('a logarithmic scale', () => {
  it('begins and ends at a tick, with few ticks in between', () => {
    expect(logScale([3, 40]).ticks).to.deep.equal([2, 5, 10, 20, 50])
    expect(logScale([0.03, 6_000]).ticks).to.deep.equal([0.01, 0.1, 1, 10, 100, 1000, 10_000])
    expect(logScale([2, 50]).ticks).to.deep.equal([2, 5, 10, 20, 50])
  })

  it('has equal steps for equal factors', () => {
    const { at } = logScale([1, 100])
    expect([at(1), at(10), at(100)].map((place) => Number(place.toFixed(9)))).to.deep.equal([0, 0.5, 1])
  })

  it('has a length for a single value too', () => {
    expect(logScale([5]).ticks).to.deep.equal([5, 10])
    expect(logScale([7, 7]).at(7)).to.be.within(0, 1)
  })
})
