import { expect } from 'chai'
import { isSteady } from '../../lib/bench/phases.ts'
import { type BenchRow, labelOf, unmeasuredRow, withRatios } from '../../lib/bench/rows.ts'

const row: BenchRow = { ...unmeasuredRow, system: 'floor', scenario: 'first', processes: 3, phase: 'warm', rssMb: 50 }

describe('the rows of a bench', () => {
  it('have ratios to the other systems of the same scenario, size and phase', () => {
    const rows = withRatios([
      { ...row, perSec: 100, p50Ms: 2 },
      { ...row, system: 'holdfast', algorithm: 'token-ring', perSec: 50, p50Ms: 8 },
      { ...row, system: 'holdfast', algorithm: 'token-ring', phase: 'cold', perSec: 10, p50Ms: 80 },
      { ...row, system: 'holdfast', algorithm: 'token-ring', processes: 5, perSec: 10, p50Ms: 80 },
    ])
    expect(rows.map(({ ratios }) => ratios)).to.deep.equal([
      { 'token-ring': { perSec: 2, p50: 0.25 } },
      { floor: { perSec: 0.5, p50: 4 } },
      {},
      {},
    ])
  })

  it('have no ratio where one of two has no value', () => {
    const [first] = withRatios([
      { ...row, perSec: 100 },
      { ...row, system: 'holdfast' },
    ])
    expect(first?.ratios).to.deep.equal({ holdfast: { perSec: null, p50: null } })
  })

  it('name the algorithm, and the join list', () => {
    expect(labelOf({ system: 'holdfast', algorithm: 'token-ring', join: 'list' })).to.equal('token-ring (join list)')
    expect(labelOf({ system: 'holdfast', algorithm: 'token-ring', join: 'local' })).to.equal('token-ring')
    expect(labelOf({ system: 'floor' })).to.equal('floor')
  })
})

describe('a system is warm', () => {
  it('when three seconds in a row agree within 5 %, and not before', () => {
    expect(isSteady([100, 100])).to.equal(false)
    expect(isSteady([100, 95, 97])).to.equal(true)
    expect(isSteady([100, 94, 97])).to.equal(false)
    expect(isSteady([10, 100, 95, 97])).to.equal(true)
    expect(isSteady([100, 95, 97, 120])).to.equal(false)
  })
})
