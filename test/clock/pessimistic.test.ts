import { expect } from 'chai'
import fc from 'fast-check'
import { clockRateTolerance, elapsedForOthersMs, elapsedForOwnMs, type Instant, waitOutMs } from '../../lib/clock/pessimistic.ts'

describe('the pessimistic clock', () => {
  const at = (monotonicMs: number, wallMs: number, bootMs: number): Instant => ({ monotonicMs, wallMs, bootMs })
  const start = at(100, 1_000_000, 5000)

  it('counts one’s own session by the clock that advanced most', () => {
    expect(elapsedForOwnMs(start, at(200, 1_000_100, 5100))).to.equal(100)
    expect(elapsedForOwnMs(start, at(200, 1_000_100, 9000)), 'a suspended machine').to.equal(4000)
    expect(elapsedForOwnMs(start, at(200, 1_007_000, 5100)), 'a paused virtual machine').to.equal(7000)
    expect(elapsedForOwnMs(start, at(200, 0, 5100)), 'a wall clock set back').to.equal(100)
  })

  it('waits for others by the slower of the clocks that cannot be set', () => {
    expect(elapsedForOthersMs(start, at(200, 9_000_000, 9000))).to.equal(100)
    expect(elapsedForOthersMs(start, at(9000, 0, 5100))).to.equal(100)
  })

  it('a wait by the slowest clock outlasts a session by the fastest', () => {
    fc.assert(
      fc.property(fc.double({ min: 1, max: 100_000, noNaN: true }), (sessionMs) => {
        const trueMs = waitOutMs(sessionMs) / (1 + clockRateTolerance)
        expect(trueMs * (1 - clockRateTolerance)).to.be.at.least(
          sessionMs * (1 - 1e-9) * (1 - clockRateTolerance) * (1 - clockRateTolerance),
        )
        // The waiter's clock runs fast (1+ρ), the holder's slow (1−ρ): the holder's has counted the whole session by then.
        expect(trueMs * (1 - clockRateTolerance)).to.be.closeTo(sessionMs, sessionMs * 1e-9)
      }),
    )
  })
})
