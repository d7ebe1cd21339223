import { expect } from 'chai'
import { Few } from '../../lib/base/few.ts'

describe('a list of few items', () => {
  const [a, b, c] = [{ name: 'a' }, { name: 'b' }, { name: 'c' }]
  const names = (few: Few<{ name: string }>) => [...few].map(({ name }) => name).join('')

  it('keeps the order of adding, whatever is removed', () => {
    const few = new Few<{ name: string }>()
    expect([few.size, few.first, names(few)]).to.deep.equal([0, null, ''])
    few.add(a)
    expect([few.size, few.first, names(few)]).to.deep.equal([1, a, 'a'])
    few.add(b)
    few.add(c)
    expect([few.size, few.first, names(few)]).to.deep.equal([3, a, 'abc'])
    expect(few.remove(a)).to.equal(true)
    expect(few.remove(a)).to.equal(false)
    expect([few.size, few.first, names(few)]).to.deep.equal([2, b, 'bc'])
    expect(few.remove(c)).to.equal(true)
    expect([few.size, few.first, names(few)]).to.deep.equal([1, b, 'b'])
    expect(few.remove(c)).to.equal(false)
    expect(few.remove(b)).to.equal(true)
    expect([few.size, few.first, names(few)]).to.deep.equal([0, null, ''])
  })

  it('finds the oldest item that fits', () => {
    const few = new Few<{ name: string }>()
    expect(few.find(() => true)).to.equal(null)
    few.add(a)
    expect(few.find(() => true)).to.equal(a)
    expect(few.find(({ name }) => name === 'b')).to.equal(null)
    few.add(b)
    few.add(c)
    expect(few.find(({ name }) => name !== 'a')).to.equal(b)
    expect(few.find(({ name }) => name === 'd')).to.equal(null)
  })
})
