import { expect } from 'chai'
import { publicTypes } from './public-types.ts'
import { undocumented } from './undocumented.ts'

describe('the public types', () => {
  const types = publicTypes()

  it('have a text to hover over: every name, option and field of every entry', () => {
    expect(new Set(types.exports.map(({ entry }) => entry))).to.include.keys(
      'holdfast',
      'holdfast/memory',
      'holdfast/engines/postgres',
      'holdfast/engines/redis',
      'holdfast/recipes',
      'holdfast/sim',
      'holdfast/lab',
    )
    expect(types.exports.length).to.be.greaterThan(150)
    expect(undocumented(types)).to.deep.equal([])
  })
})
