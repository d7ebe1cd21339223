import { expect } from 'chai'
import { untilBeatMs } from '../../lib/base/beat.ts'

describe('the beat of a clock', () => {
  it('brings timers together that need no moment of their own', () => {
    for (const nowMs of [10_000, 10_120.25, 10_499.5])
      expect(nowMs + untilBeatMs(nowMs, 1000), `from ${nowMs}`).to.be.oneOf([11_000, 11_500])
    expect(10_120 + untilBeatMs(10_120, 500)).to.equal(10_500)
  })

  it('is kept by a timer that comes a little before its time, or late', () => {
    expect(9999.5 + untilBeatMs(9999.5, 1000)).to.equal(11_000)
    expect(10_003 + untilBeatMs(10_003, 1000)).to.equal(11_000)
  })

  it('leaves a delay below half a second as it is', () => {
    expect(untilBeatMs(10_120, 499)).to.equal(499)
  })
})
