/**
 * This file turns results into plots, before any of them is drawn. Each measure has one plot against the number of nodes and one
 * against load. Where neither has two values, one plot sets the algorithms side by side. The page draws them as SVG, `vega.ts`
 * writes them as specs, `describe.ts` puts them in words.
 */
import type { Formula, Results, Row } from '../results.ts'
import { loadAxes } from './loads.ts'
import { type Look, lookAt } from './looks.ts'
import { type Measure, type Value, measures } from './measures.ts'

export interface Plot {
  /** `messages-by-nodes-saturated-constant-1`: also the name of its file. */
  readonly id: string
  readonly measure: Measure
  readonly axis: Axis
  /** The settings that all points share: load and delays, or nodes and delays. */
  readonly fixed: Fixed
  /** Whether values lie so far apart that only a logarithmic scale shows them all. */
  readonly isLog: boolean
  readonly series: readonly Series[]
}

export interface Axis {
  readonly by: 'nodes' | 'load' | 'algorithm'
  readonly label: string
  readonly isLog: boolean
  readonly ticks: readonly { readonly x: number; readonly label: string }[]
}

export interface Fixed {
  readonly delay: string
  /** Null along the axis of nodes, or of loads. */
  readonly nodes: number | null
  readonly load: string | null
  /** Which of several axes of loads; empty where there is one. */
  readonly family: string
}

/** One algorithm in one figure. */
export interface Series {
  readonly algorithm: string
  readonly source: 'simulated' | 'real'
  readonly look: Look
  readonly points: readonly DataPoint[]
}

export interface DataPoint extends Value {
  readonly x: number
  readonly label: string
  readonly formula: Formula | null
}

/** Beyond this ratio of the largest value to the smallest the scale is logarithmic. */
const linearMax = 40

/**
 * All figures of these results, in the order of measures. A figure in which nothing was measured is left out.
 *
 * @example plotsOf(results).map(({ id }) => id) // ['messages-by-nodes-saturated-constant-1', …]
 */
export function plotsOf(results: Results): readonly Plot[] {
  const { experiment, rows } = results
  const delays = distinct(rows.map(({ delay }) => delay))
  const nodes = distinct(rows.map((row) => row.nodes)).sort((a, b) => a - b)
  const loads = distinct(rows.map(({ load }) => load))
  const looks = looksOf(experiment.algorithms, rows)
  const figures: Plot[] = []
  for (const measure of measures) {
    const figure = (axis: Axis, fixed: Fixed, xOf: (row: Row) => number): void => {
      const plot = plotOf(results, measure, axis, fixed, xOf, looks)
      if (plot !== null) figures.push(plot)
    }
    const axes = loadAxes(loads)
    for (const delay of delays) {
      if (nodes.length > 1) {
        const ticks = nodes.map((x) => ({ x, label: String(x) }))
        const axis: Axis = { by: 'nodes', label: 'number of nodes N', isLog: true, ticks }
        for (const load of loads) figure(axis, { delay, load, nodes: null, family: '' }, (row) => row.nodes)
      }
      for (const { name, label, ticks } of axes) {
        const places = new Map(ticks.map(({ load, x }) => [load, x]))
        const axis: Axis = { by: 'load', label, isLog: false, ticks }
        const family = axes.length === 1 ? '' : name
        for (const each of nodes)
          figure(axis, { delay, nodes: each, load: null, family }, (row) => places.get(row.load) ?? Number.NaN)
      }
      if (nodes.length === 1 && axes.length === 0) {
        const ticks = [...looks.keys()].map((label, x) => ({ x, label }))
        const axis: Axis = { by: 'algorithm', label: 'algorithm', isLog: false, ticks }
        const places = new Map(ticks.map(({ label, x }) => [label, x]))
        for (const load of loads)
          figure(axis, { delay, load, nodes: nodes[0] as number, family: '' }, (row) => places.get(row.algorithm) as number)
      }
    }
  }
  return figures
}

function plotOf(
  results: Results,
  measure: Measure,
  axis: Axis,
  fixed: Fixed,
  xOf: (row: Row) => number,
  looks: ReadonlyMap<string, Look>,
): Plot | null {
  const seriesOf = (rows: readonly Row[], source: Series['source']): Series[] =>
    [...looks].map(([algorithm, look]) => {
      const chosen = rows.filter(
        (row) =>
          row.algorithm === algorithm &&
          row.delay === (source === 'real' ? row.delay : fixed.delay) &&
          (fixed.nodes === null || row.nodes === fixed.nodes) &&
          (fixed.load === null || row.load === fixed.load),
      )
      return { algorithm, source, look, points: pointsOf(chosen, measure, axis, xOf) }
    })
  const series = [...seriesOf(results.rows, 'simulated'), ...seriesOf(results.real?.rows ?? [], 'real')].filter(
    ({ points }) => points.length > 0,
  )
  if (series.length === 0) return null
  const id = [measure.name, 'by', axis.by, fixed.family, fixed.nodes ?? '', fixed.load ?? '', fixed.delay].filter(
    (part) => part !== '',
  )
  return { id: fileNameOf(id.join('-')), measure, axis, fixed, isLog: needsLog(series, measure), series }
}

function pointsOf(rows: readonly Row[], measure: Measure, axis: Axis, xOf: (row: Row) => number): readonly DataPoint[] {
  const points: DataPoint[] = []
  for (const row of rows) {
    const value = measure.of(row)
    const x = xOf(row)
    const label = axis.ticks.find((tick) => tick.x === x)?.label
    if (value !== null && label !== undefined) points.push({ x, label, ...value, formula: measure.formulaOf?.(row) ?? null })
  }
  return points.sort((a, b) => a.x - b.x)
}

function needsLog(series: readonly Series[], measure: Measure): boolean {
  if (measure.range !== undefined) return false
  const means = series.flatMap(({ points }) => points.map(({ mean }) => mean))
  const least = Math.min(...means)
  return least > 0 && Math.max(...means) / least > linearMax
}

/** Algorithms in the order in which they were asked for. */
function looksOf(asked: readonly string[], rows: readonly Row[]): ReadonlyMap<string, Look> {
  const names = distinct([...asked, ...rows.map(({ algorithm }) => algorithm)])
  return new Map(names.map((name, place) => [name, lookAt(place)]))
}

/** A name that every file system takes. */
export function fileNameOf(text: string): string {
  return text.replace(/[^A-Za-z0-9.]+/g, '-').replace(/^-+|-+$/g, '')
}

function distinct<Item>(items: readonly Item[]): Item[] {
  return [...new Set(items)]
}
