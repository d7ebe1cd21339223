import { expect } from 'chai'
import { duration, parseDuration } from '../../lib/base/duration.ts'
import { BadOptionError } from '../../lib/base/errors.ts'

describe('base: a duration', () => {
  it('is milliseconds, or a number with its unit', () => {
    const durations = [0, 250, 1.5, '250ms', '1.5s', '2m', '0.5h', ' 5s ']
    expect(durations.map((each) => parseDuration(each, 'wait'))).to.deep.equal([0, 250, 1.5, 250, 1500, 120_000, 1_800_000, 5000])
  })

  it('in a string from elsewhere is checked, and the error names where it came from', () => {
    expect(duration('5s')).to.equal('5s')
    for (const text of ['', '5', '5 s', '5sec', '-5s', '1e3s', '25d', '700h', 'soon'])
      expect(() => duration(text, 'LOCK_WAIT'), text)
        .to.throw(BadOptionError, /^LOCK_WAIT must be a duration: .*got '/)
        .with.property('option', 'LOCK_WAIT')
  })
})
