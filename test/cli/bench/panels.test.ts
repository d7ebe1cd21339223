import { expect } from 'chai'
import { type BenchRow, unmeasuredRow } from '../../../lib/bench/rows.ts'
import { panelsOf } from '../../../lib/cli/bench/panels.ts'

const row: BenchRow = { ...unmeasuredRow, system: 'floor', scenario: 'contended', processes: 2, phase: 'warm', rssMb: 50 }

describe('the panels of a bench', () => {
  it('are one for each measure of a scenario that has values, with a series for each system', () => {
    const panels = panelsOf([
      { ...row, processes: 5, perSec: 50, cpuUsPerGrant: 8 },
      { ...row, perSec: 100, cpuUsPerGrant: 4 },
      { ...row, system: 'redis', perSec: 70, cpuUsPerGrant: 2, serverCpuUsPerGrant: 1 },
      { ...row, phase: 'cold', perSec: 1 },
      { ...row, scenario: 'idle', phase: null, cpuPercent: 1.5 },
    ])
    expect(panels.map(({ scenario, measure, sizes }) => [scenario, measure, sizes])).to.deep.equal([
      ['contended', 'entries a second', [2, 5]],
      ['contended', 'µs of CPU for an entry', [2, 5]],
      ['idle', '% of a core for a process', [2]],
      ['idle', 'MB for a process', [2]],
    ])
    expect(panels[1]?.series).to.deep.equal([
      {
        label: 'floor',
        points: [
          { processes: 2, value: 4 },
          { processes: 5, value: 8 },
        ],
      },
      { label: 'redis', points: [{ processes: 2, value: 3 }] },
    ])
  })

  it('leave out a value of 0, which no logarithmic scale has', () => {
    expect(panelsOf([{ ...row, messagesPerEntry: 0 }])).to.deep.equal([])
  })
})
