import { expect } from 'chai'
import { type BenchRow, unmeasuredRow } from '../../../lib/bench/rows.ts'
import { benchPlot } from '../../../lib/cli/bench/plot.ts'

const row: BenchRow = { ...unmeasuredRow, system: 'floor', scenario: 'first', processes: 2, phase: 'warm', rssMb: 50 }
const machine = { cpu: 'a < b', cores: 2, memoryGb: 8, platform: 'Linux 6', node: 'v20.0.0' }

function plot(rows: readonly BenchRow[]): string {
  return benchPlot({ machine, wsRttMs: 0.04, profiles: [], rows })
}

describe('the plot of a bench', () => {
  it('has a line for each system against the number of processes', () => {
    const sizes = [2, 5, 10].map((processes) => ({ ...row, processes, p50Ms: processes / 10 }))
    const svg = plot([...sizes, ...sizes.map((each): BenchRow => ({ ...each, system: 'holdfast', algorithm: 'home-queue' }))])
    expect(svg.match(/<circle [^>]*><title>/g)).to.have.length(6)
    expect(svg).to.contain('home-queue, 10 processes: 1<').and.to.contain('stroke-dasharray')
    expect(svg)
      .to.contain('a &lt; b, 2 cores')
      .and.to.match(/^<svg .*<\/svg>\n$/s)
  })

  it('sets systems beside each other if there is one number of processes', () => {
    const svg = plot([
      { ...row, p50Ms: 0.5 },
      { ...row, system: 'redis', p50Ms: 0.25 },
    ])
    expect(svg).to.contain('</tspan>, N = 2: ms to the grant').and.to.contain('>0.25</text>')
  })

  it('has its size from what it shows, also if that is nothing', () => {
    expect(plot([])).to.contain('width="632" height="100"').and.not.contain('NaN')
  })
})
