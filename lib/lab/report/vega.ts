/**
 * This file writes plots as Vega-Lite specs (schema 6; the features used mean the same in 5), one for each plot, with the data
 * in them. A reader can edit a spec, put it into a paper, or open it in an editor. Bands are 95 % intervals, dashed lines
 * formulas, hollow marks real processes.
 */
import { describePlot, fixedText } from './describe.ts'
import type { Plot, Series } from './plots.ts'

/** A spec: JSON that Vega-Lite reads. */
export type VegaSpec = Readonly<Record<string, unknown>>

/** One line of the data. */
interface Datum {
  readonly algorithm: string
  readonly source: Series['source']
  readonly x: number
  readonly label: string
  readonly mean: number
  readonly low: number | null
  readonly high: number | null
  readonly formula: number | null
  readonly formulaText: string | null
}

/** The spec of one plot. */
export function vegaSpec(plot: Plot): VegaSpec {
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    description: describePlot(plot),
    title: { text: plot.measure.title, subtitle: fixedText(plot.fixed), anchor: 'start' },
    width: 420,
    height: plot.axis.by === 'algorithm' ? { step: 22 } : 260,
    data: { name: 'rows', values: plot.series.flatMap(dataOf) },
    encoding: { color: colour(plot), ...(plot.axis.by === 'algorithm' ? { y: algorithms(plot) } : { x: along(plot) }) },
    layer: layersOf(plot),
    config: { view: { stroke: null }, axis: { gridColor: '#e6e6e6', domainColor: '#888888', tickColor: '#888888' } },
  }
}

function dataOf({ algorithm, source, points }: Series): readonly Datum[] {
  return points.map(({ x, label, mean, low, high, formula }) => ({
    algorithm,
    source,
    x,
    label,
    mean,
    low,
    high,
    formula: formula?.value ?? null,
    formulaText: formula?.text ?? null,
  }))
}

function layersOf(plot: Plot): readonly VegaSpec[] {
  const isDots = plot.axis.by === 'algorithm'
  const along = isDots ? 'x' : 'y'
  const simulated = [{ filter: "datum.source === 'simulated'" }]
  const value = (field: string): VegaSpec => ({ [along]: valueChannel(plot, field) })
  const interval = { ...value('low'), [`${along}2`]: { field: 'high' } }
  const known = (field: string): VegaSpec => ({ filter: `isValid(datum.${field})` })
  const formula = { transform: [...simulated, known('formula')], encoding: value('formula') }
  const real = [{ filter: "datum.source === 'real'" }]
  const points = (transform: typeof simulated, look: VegaSpec): VegaSpec => ({
    mark: { type: 'point', size: 40, opacity: 1, ...look },
    transform,
    encoding: {
      ...value('mean'),
      shape: { field: 'algorithm', type: 'nominal', title: null, sort: names(plot), scale: shapeScale(plot), ...legendOf(plot) },
      tooltip: ['algorithm', 'source', 'label', 'mean', 'low', 'high', 'formula', 'formulaText'].map((field) => ({ field })),
    },
  })
  const marks = [points(simulated, { filled: true }), points(real, { filled: false, fill: 'white' })]
  if (isDots)
    return [
      { mark: { type: 'rule', strokeWidth: 2 }, transform: [known('low')], encoding: interval },
      { mark: { type: 'tick', thickness: 2, size: 16, opacity: 0.6 }, ...formula },
      ...marks,
    ]
  return [
    { mark: { type: 'area', opacity: 0.15 }, transform: [...simulated, known('low')], encoding: interval },
    { mark: { type: 'line', strokeDash: [6, 4], strokeWidth: 4, opacity: 0.35 }, ...formula },
    { mark: { type: 'line', strokeWidth: 1.75 }, transform: simulated, encoding: value('mean') },
    {
      mark: { type: 'rule', strokeWidth: 1.5 },
      transform: [...real, known('low')],
      encoding: interval,
    },
    ...marks,
  ]
}

function valueChannel({ measure, isLog }: Plot, field: string): VegaSpec {
  const domain = measure.range === undefined ? {} : { nice: true }
  const scale = isLog ? { type: 'log', nice: false, padding: 12 } : { zero: measure.range === undefined, ...domain }
  return { field, type: 'quantitative', title: measure.axis, scale, axis: { tickCount: 6 } }
}

function along({ axis }: Plot): VegaSpec {
  const texts = Object.fromEntries(axis.ticks.map(({ x, label }) => [String(x), label]))
  return {
    field: 'x',
    type: 'quantitative',
    title: axis.label,
    scale: axis.isLog ? { type: 'log', nice: false } : { nice: false, zero: false },
    axis: {
      values: axis.ticks.map(({ x }) => x),
      labelExpr: `(${JSON.stringify(texts)})[datum.value] || datum.label`,
      grid: false,
    },
  }
}

function algorithms(plot: Plot): VegaSpec {
  return { field: 'algorithm', type: 'nominal', title: null, sort: names(plot) }
}

function colour(plot: Plot): VegaSpec {
  return { field: 'algorithm', type: 'nominal', title: null, scale: scaleOf(plot), sort: names(plot), ...legendOf(plot) }
}

function scaleOf(plot: Plot): VegaSpec {
  const looks = new Map(plot.series.map(({ algorithm, look }) => [algorithm, look.light]))
  return { domain: [...looks.keys()], range: [...looks.values()] }
}

function names({ series }: Plot): readonly string[] {
  return [...new Set(series.map(({ algorithm }) => algorithm))]
}

function shapeScale(plot: Plot): VegaSpec {
  const looks = new Map(plot.series.map(({ algorithm, look }) => [algorithm, look.shape]))
  return { domain: [...looks.keys()], range: [...looks.values()] }
}

/** Side by side the axis has the names already. */
function legendOf({ axis }: Plot): VegaSpec {
  return { legend: axis.by === 'algorithm' ? null : { symbolOpacity: 1, labelLimit: 300 } }
}
