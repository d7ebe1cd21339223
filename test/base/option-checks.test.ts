import { expect } from 'chai'
import { BadOptionError } from '../../lib/base/errors.ts'
import { checkFinite, limitsFrom, numberFrom, choiceFrom } from '../../lib/base/option-checks.ts'

describe('the checks of options', () => {
  it('take a number within bounds, and no string of digits', () => {
    expect(numberFrom(0, 1)(0.5, 'rate')).to.equal(0.5)
    for (const rate of [-0.1, 1.1, Number.NaN, '0.5'])
      expect(() => numberFrom(0, 1)(rate, 'rate')).to.throw(BadOptionError, 'rate must be a number from 0 to 1, got')
    for (const priority of [Number.NaN, Infinity, '1'])
      expect(() => checkFinite(priority, 'priority')).to.throw(BadOptionError, 'priority must be a finite number, got')
  })

  it('take one of a few strings, and name them all', () => {
    expect(choiceFrom('hlc', 'lamport')('lamport', 'clock')).to.equal('lamport')
    expect(() => choiceFrom('hlc', 'lamport')('ntp', 'clock')).to.throw(
      BadOptionError,
      "clock must be 'hlc' or 'lamport', got 'ntp'",
    )
  })
})

describe('the bounds of an engine', () => {
  it('are the defaults where none is given, and whole numbers from 1', () => {
    const take = limitsFrom({ locksMax: 7, waitersMax: 8 })
    const limits = take({ locksMax: 1 }, 'limits')
    expect(limits).to.deep.equal({ locksMax: 1, waitersMax: 8 })
    expect(limits).to.be.frozen
    expect(() => take({ waitersMax: 0 }, 'limits'))
      .to.throw(BadOptionError, 'limits.waitersMax must be a whole number from 1, got 0')
      .that.includes({ option: 'limits.waitersMax' })
  })
})
