/** This file maps values to positions in a drawing. */
import { scaleLinear, scaleLog } from 'd3-scale'
import type { Plot } from '../../report/plots.ts'

/** From values to places in a drawing. */
export interface Scale {
  (value: number): number
  readonly ticks: readonly number[]
}

/** The scale of values, from `from` to `to`: from zero, or logarithmic where they lie too far apart for that. */
export function valueScale({ measure, isLog, series }: Plot, from: number, to: number, tickCount: number): Scale {
  const values = series.flatMap(({ points }) =>
    points.flatMap(({ mean, low, high, formula }) => [mean, low ?? mean, high ?? mean, formula?.value ?? mean]),
  )
  const most = largest(values)
  if (isLog) {
    const positive = values.filter((value) => value > 0)
    const least = smallest(positive)
    const scale = scaleLog([least * 0.9, most * 1.1], [from, to])
    const ticks = scale.ticks().filter((value) => isRound(value, most / least))
    return Object.assign((value: number) => scale(Math.max(value, least * 0.9)), { ticks })
  }
  const domain = measure.range === undefined ? [0, most === 0 ? 1 : most * 1.04] : [tenthBelow(smallest(values)), 1]
  const scale = scaleLinear(domain, [from, to])
  return Object.assign((value: number) => scale(Math.max(value, domain[0] as number)), { ticks: scale.ticks(tickCount) })
}

function smallest(values: readonly number[]): number {
  return values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY)
}

function largest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY)
}

/** The scale along the axis of nodes or loads. */
export function alongScale({ axis }: Plot, from: number, to: number): Scale {
  const xs = axis.ticks.map(({ x }) => x)
  const domain = [Math.min(...xs), Math.max(...xs)]
  const scale = axis.isLog ? scaleLog(domain, [from, to]) : scaleLinear(domain, [from, to])
  return Object.assign((value: number) => scale(value), { ticks: xs })
}

/** An index near 1 needs no room below; some is left, so that a small difference does not look like a large one. */
function tenthBelow(value: number): number {
  return Math.max(0, Math.min(0.8, Math.floor(value * 10 - 0.5) / 10))
}

/** Of a logarithmic scale only 1, 2 and 5 are labelled, and over many decades only the powers of ten. */
function isRound(value: number, ratio: number): boolean {
  const digit = value / 10 ** Math.floor(Math.log10(value) + 1e-9)
  const digits = ratio > 3000 ? [1] : [1, 2, 5]
  return digits.some((each) => Math.abs(each - digit) < 1e-6)
}
