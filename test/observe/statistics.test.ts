import { expect } from 'chai'
import { jainIndex, largest, mean, median, percentile, sorted, sum } from '../../lib/observe/statistics.ts'

describe('statistics', () => {
  it('gives percentiles by nearest rank, so each was really measured', () => {
    const ascending = sorted([15, 50, 20, 40, 35])
    expect(percentile(ascending, 5)).to.equal(15)
    expect(percentile(ascending, 30)).to.equal(20)
    expect(percentile(ascending, 40)).to.equal(20)
    expect(percentile(ascending, 50)).to.equal(35)
    expect(percentile(ascending, 100)).to.equal(50)
  })

  it('sorts by value and leaves the original alone', () => {
    const values = [10, 9, 100]
    expect([...sorted(values)]).to.deep.equal([9, 10, 100])
    expect(values).to.deep.equal([10, 9, 100])
  })

  it('has no percentile and no mean of nothing', () => {
    expect(percentile([], 50)).to.be.NaN
    expect(mean([])).to.be.NaN
    expect(largest([])).to.equal(0)
  })

  it('finds the middle, the sum and the largest', () => {
    expect(median([3, 1, 2])).to.equal(2)
    expect(sum([1, 2, 3])).to.equal(6)
    expect(largest([-3, -1, -2])).to.equal(-1)
  })

  it('takes a million values', () => {
    expect(largest(new Float64Array(1_000_000).fill(1))).to.equal(1)
  })

  describe("Jain's index", () => {
    it('is 1 when all have the same', () => expect(jainIndex([7, 7, 7, 7, 7])).to.equal(1))
    it('is 1/n when one has everything', () => expect(jainIndex([9, 0, 0, 0])).to.equal(0.25))
    it('counts processes without an entry', () => expect(jainIndex([10, 10, 0])).to.be.closeTo(2 / 3, 1e-12))
    it('counts an empty list as fair', () => expect(jainIndex([0, 0])).to.equal(1))
  })
})
