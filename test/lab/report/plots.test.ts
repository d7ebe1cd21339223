import { expect } from 'chai'
import { describePlot } from '../../../lib/lab/report/describe.ts'
import { loadAxes } from '../../../lib/lab/report/loads.ts'
import { type Plot, plotsOf } from '../../../lib/lab/report/plots.ts'
import { spreadLabels } from '../../../lib/lab/report/spread.ts'
import { unmeasured } from '../../../lib/lab/results.ts'
import { distribution, measured, results, row } from '../report-sample.ts'

function plot(id: string, from: readonly Plot[]): Plot {
  const found = from.find((each) => each.id === id)
  if (found === undefined) throw new Error(`there is no ${id} among ${from.map((each) => each.id).join(', ')}`)
  return found
}

describe('results as figures', () => {
  it('draws each measure against the number of nodes and against load', () => {
    const plots = plotsOf(results())
    const kinds = new Set(plots.map(({ measure, axis }) => `${measure.name} by ${axis.by}`))
    for (const measure of ['messages', 'sync-delay', 'response', 'throughput', 'fairness', 'bypass']) {
      expect(kinds).to.include(`${measure} by nodes`)
      expect(kinds).to.include(`${measure} by load`)
    }
    expect(new Set(plots.map(({ id }) => id)).size).to.equal(plots.length)
  })

  it('has a line for each algorithm with its interval and its formula at each size', () => {
    const { series, axis } = plot('messages-by-nodes-saturated-constant-1', plotsOf(results()))
    expect(axis.isLog).to.equal(true)
    expect(series.map(({ algorithm }) => algorithm)).to.deep.equal(['ricart-agrawala', 'token-ring'])
    expect(series[0]?.points.map(({ x, mean, low, formula }) => [x, mean, low, formula?.value])).to.deep.equal([
      [3, 4, 3.8, 4],
      [10, 18, 17.099999999999998, 18],
      [100, 198, 188.1, 198],
    ])
  })

  it('puts light before every offered load, and saturated beyond them', () => {
    const [axis] = loadAxes(['saturated', 'poisson:0.9', 'light', 'poisson:0.3'])
    expect(axis?.ticks.map(({ label }) => label)).to.deep.equal(['light', '0.3', '0.9', 'saturated'])
    expect(axis?.ticks.map(({ x }) => x)).to.deep.equal([0, 0.3, 0.9, 1.2])
  })

  it('gives loads of another kind an axis of their own', () => {
    const axes = loadAxes(['closed:1', 'closed:10', 'light', 'saturated', 'zipf:0.5,1', 'zipf:0.9,1', 'zipf:0.5,2'])
    expect(axes.map(({ name }) => name)).to.deep.equal(['closed', 'offered', 'zipf 1'])
  })

  it('sets algorithms side by side when there is one size and one load', () => {
    const plots = plotsOf(results({ rows: [row(), row({ algorithm: 'token-ring', messagesPerEntry: measured(1) })] }))
    expect(new Set(plots.map(({ axis }) => axis.by))).to.deep.equal(new Set(['algorithm']))
    expect(plots[0]?.series.map(({ points }) => points.length)).to.deep.equal([1, 1])
  })

  it('leaves out points at which nothing was measured, and figures without any', () => {
    const none = { ...unmeasured, p50: null, p95: null, p99: null }
    const rows = [row({ nodes: 3, syncDelay: none }), row({ nodes: 5 }), row({ nodes: 9 })]
    const { series } = plot('sync-delay-by-nodes-saturated-constant-1', plotsOf(results({ rows })))
    expect(series[0]?.points.map(({ x }) => x)).to.deep.equal([5, 9])
    const empty = plotsOf(results({ rows: rows.map((each) => ({ ...each, syncDelay: none })) }))
    expect(empty.some(({ measure }) => measure.name === 'sync-delay')).to.equal(false)
  })

  it('takes a logarithmic scale only when values lie far apart', () => {
    const plots = plotsOf(results())
    expect(plot('messages-by-nodes-saturated-constant-1', plots).isLog).to.equal(true)
    expect(plot('sync-delay-by-nodes-saturated-constant-1', plots).isLog).to.equal(false)
    expect(plot('fairness-by-nodes-saturated-constant-1', plots).isLog).to.equal(false)
  })

  it('shows real processes beside their simulation, in the same look', () => {
    const real = { rows: [row({ nodes: 3, delay: 'measured', response: distribution(5) })], delayMs: 0.2, machine: 'this one' }
    const { series } = plot('response-by-nodes-saturated-constant-1', plotsOf(results({ real })))
    const [simulated] = series
    const found = series.find(({ source }) => source === 'real')
    expect(found?.points.map(({ x, mean }) => [x, mean])).to.deep.equal([[3, 5]])
    expect(found?.look).to.deep.equal(simulated?.look)
  })

  it('says in words how each line runs, and what its formula says', () => {
    const words = describePlot(plot('messages-by-nodes-saturated-constant-1', plotsOf(results())))
    expect(words).to.include('Messages for each entry against the number of nodes: saturated load')
    expect(words).to.include('ricart-agrawala rises from 4.000 (N = 3) to 198.0 (N = 100); formula 2(N − 1) = 198.')
    expect(words).to.include('token-ring stays near 1.000')
  })
})

describe('labels at the ends of lines', () => {
  it('stay where they belong when there is room', () => {
    expect(spreadLabels([10, 50, 90], 10, 0, 100)).to.deep.equal([10, 50, 90])
  })

  it('are pushed apart around the middle of where they belong', () => {
    expect(spreadLabels([11, 10, 50], 10, 0, 100)).to.deep.equal([15.5, 5.5, 50])
  })

  it('never overlap nor leave the figure while they fit', () => {
    const places = spreadLabels([99, 99, 99, 98, 0, 0, 1], 14, 0, 100)
    const ascending = places.toSorted((a, b) => a - b)
    for (const [at, place] of ascending.slice(1).entries()) expect(place - (ascending[at] ?? 0)).to.be.at.least(13.99)
    expect(ascending[0]).to.be.at.least(0)
    expect(ascending.at(-1)).to.be.at.most(100)
  })
})
