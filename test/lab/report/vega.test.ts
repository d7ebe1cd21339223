import { expect } from 'chai'
import { plotsOf } from '../../../lib/lab/report/plots.ts'
import { type VegaSpec, vegaSpec } from '../../../lib/lab/report/vega.ts'
import { results, row } from '../report-sample.ts'

interface Shape {
  readonly $schema: string
  readonly description: string
  readonly data: { readonly values: readonly Readonly<Record<string, unknown>>[] }
  readonly encoding: Readonly<Record<string, Channel>>
  readonly layer: readonly Layer[]
}

interface Channel {
  readonly field?: string
  readonly type?: string
  readonly scale?: { readonly type?: string; readonly domain?: readonly unknown[]; readonly range?: readonly unknown[] }
}

interface Layer {
  readonly mark: { readonly type: string; readonly strokeDash?: readonly number[] }
  readonly transform?: readonly { readonly filter: string }[]
  readonly encoding: Readonly<Record<string, Channel>>
}

/** What a spec looks like after it went through a file. */
function written(spec: VegaSpec): Shape {
  return JSON.parse(JSON.stringify(spec)) as Shape
}

const specs = plotsOf(results()).map((plot) => ({ plot, spec: written(vegaSpec(plot)) }))

describe('figures as Vega-Lite specs', () => {
  it('name the schema, carry their data, and say in words what they show', () => {
    for (const { plot, spec } of specs) {
      expect(spec.$schema).to.equal('https://vega.github.io/schema/vega-lite/v6.json')
      expect(spec.description).to.include(plot.measure.title)
      expect(spec.data.values).to.have.length(plot.series.reduce((sum, { points }) => sum + points.length, 0))
    }
  })

  it('encode no field that the data have not', () => {
    for (const { plot, spec } of specs) {
      const channels = [spec.encoding, ...spec.layer.map(({ encoding }) => encoding)].flatMap(Object.values) as Channel[]
      const fields = channels.map(({ field }) => field).filter((field) => field !== undefined)
      for (const field of fields) expect(Object.keys(spec.data.values[0] ?? {}), plot.id).to.include(field)
    }
  })

  it('use marks and kinds of scale that Vega-Lite has', () => {
    for (const { spec } of specs) {
      for (const { mark } of spec.layer) expect(['area', 'line', 'point', 'rule', 'tick']).to.include(mark.type)
      const channels = [spec.encoding, ...spec.layer.map(({ encoding }) => encoding)].flatMap(Object.values) as Channel[]
      for (const { type } of channels) expect(['quantitative', 'nominal', undefined]).to.include(type)
    }
  })

  it('have a band for the interval, a dashed line for the formula, and a colour for each algorithm', () => {
    const spec = specs.find(({ plot }) => plot.id === 'messages-by-nodes-saturated-constant-1')?.spec
    expect(spec?.layer.map(({ mark }) => mark.type)).to.deep.equal(['area', 'line', 'line', 'rule', 'point', 'point'])
    expect(spec?.layer[1]?.mark.strokeDash).to.deep.equal([6, 4])
    expect(spec?.encoding.x?.scale?.type).to.equal('log')
    expect(spec?.encoding.color?.scale?.domain).to.deep.equal(['ricart-agrawala', 'token-ring'])
    expect(new Set(spec?.encoding.color?.scale?.range).size).to.equal(2)
  })

  it('set algorithms side by side where there is one case only', () => {
    const [plot] = plotsOf(results({ rows: [row(), row({ algorithm: 'token-ring' })] }))
    if (plot === undefined) throw new Error('there is no plot')
    const spec = written(vegaSpec(plot))
    expect(spec.encoding.y?.field).to.equal('algorithm')
    expect(spec.layer.map(({ mark }) => mark.type)).to.deep.equal(['rule', 'tick', 'point', 'point'])
  })
})
