import { expect } from 'chai'
import { type Contention, contention } from '../../lib/bench/contention.ts'
import type { ContentionLog } from '../../lib/bench/protocol.ts'

/** One process's entries as [asked, granted, released]. */
function log(...entries: readonly (readonly [number, number, number])[]): ContentionLog {
  return {
    askedMs: Float64Array.from(entries, (entry) => entry[0]),
    grantedMs: Float64Array.from(entries, (entry) => entry[1]),
    releasedMs: Float64Array.from(entries, (entry) => entry[2]),
  }
}

function within(logs: readonly ContentionLog[], fromMs: number, untilMs: number): Contention {
  return contention([{ logs, fromMs, untilMs }])
}

describe('contention, from the logs of all processes', () => {
  it('measures a handoff from the release at one process to the grant at the next', () => {
    const result = within([log([0, 1, 10], [10, 30, 31]), log([0, 12, 20])], 0, 100)
    expect(result.handoffP50Ms).to.equal(2)
    expect(result.handoffP99Ms).to.equal(10)
    expect(result.entries).to.equal(3)
    expect(result.perSec).to.equal(30)
    expect(result.longestWaitMs).to.equal(20)
  })

  it('takes an entry of the same process for no handoff', () => {
    const result = within([log([0, 1, 2], [2, 3, 4], [4, 5, 6]), log([0, 9, 10])], 0, 100)
    expect(result.sameHolderAgain).to.be.closeTo(2 / 3, 1e-12)
    expect(result.handoffP50Ms).to.equal(3)
  })

  it('counts a process that got nothing against fairness', () => {
    expect(within([log([0, 1, 2]), log()], 0, 10).jain).to.equal(0.5)
    expect(within([log([0, 1, 2]), log([0, 3, 4])], 0, 10).jain).to.equal(1)
  })

  it('leaves out what was granted before all contended or after one stopped', () => {
    expect(within([log([0, 1, 2], [2, 5, 6], [6, 11, 12])], 4, 10).entries).to.equal(1)
  })

  it('has no handoff of a single process, and says so', () => {
    expect(within([log([0, 1, 2])], 0, 10).handoffP50Ms).to.be.NaN
  })

  it('of several windows adds up the entries, and makes no handoff of the end of one and the start of the next', () => {
    const result = contention([
      { logs: [log([0, 1, 2]), log([0, 4, 5])], fromMs: 0, untilMs: 10 },
      { logs: [log([20, 23, 24]), log([20, 27, 28])], fromMs: 20, untilMs: 30 },
    ])
    expect(result).to.include({ entries: 4, perSec: 200, jain: 1, longestWaitMs: 7, sameHolderAgain: 0 })
    expect([result.handoffP50Ms, result.handoffP99Ms]).to.deep.equal([2, 3])
  })
})
