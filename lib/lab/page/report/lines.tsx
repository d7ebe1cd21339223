/** This file draws a plot of lines, one for each algorithm. */
import { area, line } from 'd3-shape'
import { useState } from 'preact/hooks'
import { titleOf } from '../../report/describe.ts'
import { tick } from '../../report/numbers.ts'
import type { Plot, DataPoint, Series } from '../../report/plots.ts'
import { spreadLabels } from '../../report/spread.ts'
import { PlotMark, seriesStyle } from './mark.tsx'
import { Reading } from './reading.tsx'
import { alongScale, type Scale, valueScale } from './scales.ts'

const width = 560
const top = 26
const bottom = 44
const left = 50
const labelGap = 14
const labelMax = 24

/** A line for each algorithm, named at its end; bands are intervals, dashed lines formulas, hollow marks real processes. */
export function Lines({ plot, focus }: { readonly plot: Plot; readonly focus: string | null }) {
  const [at, read] = useState<number | null>(null)
  const { id, series, measure } = plot
  const simulated = new Set(series.filter(({ source }) => source === 'simulated').map(({ algorithm }) => algorithm))
  const height = Math.max(320, top + bottom + series.length * labelGap)
  const right = 34 + 6.3 * Math.max(...series.map((each) => labelOf(each).length))
  const x = alongScale(plot, left + 10, width - right)
  const y = valueScale(plot, height - bottom, top, 6)
  // Real processes have the colour and the mark of their simulation: a name each would only fill the margin.
  const named = series.filter(({ source, algorithm }) => source === 'simulated' || !simulated.has(algorithm))
  const ends = spreadLabels(
    named.map(({ points }) => y((points.at(-1) as DataPoint).mean)),
    labelGap,
    top,
    height - bottom,
  )
  const isDim = ({ algorithm }: Series): boolean => focus !== null && focus !== algorithm
  const nearest = (event: PointerEvent & { readonly currentTarget: SVGSVGElement }): void => {
    const box = event.currentTarget.getBoundingClientRect()
    const place = ((event.clientX - box.left) / box.width) * width
    read(x.ticks.reduce((best, each) => (Math.abs(x(each) - place) < Math.abs(x(best) - place) ? each : best)))
  }
  return (
    <div class="plot">
      <svg
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={titleOf(plot)}
        aria-describedby={`${id}-words`}
        onPointerMove={nearest}
        onPointerLeave={() => read(null)}
      >
        <ValueAxis
          scale={y}
          from={left}
          to={width - right + 10}
          unit={plot.isLog ? `${measure.axis}, logarithmic` : measure.axis}
        />
        <AlongAxis plot={plot} scale={x} height={height} from={left} to={width - right + 10} />
        {at === null ? null : <line class="cursor" x1={x(at)} x2={x(at)} y1={top - 6} y2={height - bottom} />}
        {series
          .toSorted((a, b) => Number(isDim(b)) - Number(isDim(a)))
          .map((each) => (
            <Course key={`${each.algorithm} ${each.source}`} series={each} x={x} y={y} isDim={isDim(each)} />
          ))}
        {named.map((each, place) => {
          const last = each.points.at(-1) as DataPoint
          const from = [x(last.x) + 6, y(last.mean)] as const
          const to = [width - right + 20, ends[place] as number] as const
          return (
            <g
              key={`${each.algorithm} ${each.source}`}
              class={isDim(each) ? 'series name dim' : 'series name'}
              style={seriesStyle(each.look)}
            >
              <path class="leader" d={`M${from.join()}L${to[0] - 4},${to[1]}`} />
              <text x={to[0]} y={to[1]} dy="0.32em">
                {labelOf(each)}
                <title>{each.algorithm}</title>
              </text>
            </g>
          )
        })}
      </svg>
      {at === null ? null : <Reading plot={plot} at={at} isLeft={x(at) > (left + width - right) / 2} />}
    </div>
  )
}

function labelOf({ algorithm, source }: Series): string {
  const name = source === 'real' ? `${algorithm}, real` : algorithm
  return name.length > labelMax ? `${name.slice(0, labelMax - 1)}…` : name
}

interface CourseProps {
  readonly series: Series
  readonly x: Scale
  readonly y: Scale
  readonly isDim: boolean
}

function Course({ series, x, y, isDim }: CourseProps) {
  const { points, source, look } = series
  const isReal = source === 'real'
  const measured = points.filter(({ low, high }) => low !== null && high !== null)
  const band = area<DataPoint>(
    (point) => x(point.x),
    (point) => y(point.low ?? point.mean),
    (point) => y(point.high ?? point.mean),
  )
  const mean = line<DataPoint>(
    (point) => x(point.x),
    (point) => y(point.mean),
  )
  const claimed = line<DataPoint>(
    (point) => x(point.x),
    (point) => y(point.formula?.value ?? 0),
  ).defined(({ formula }) => formula !== null && formula.value !== null)
  return (
    <g class={`series${isReal ? ' real' : ''}${isDim ? ' dim' : ''}`} style={seriesStyle(look)}>
      {isReal ? null : <path class="band" d={band(measured) ?? ''} />}
      <path class="formula" d={claimed(points) ?? ''} />
      <path class="line" d={mean(points) ?? ''} />
      {isReal
        ? measured.map((point) => (
            <line key={point.x} class="whisker" x1={x(point.x)} x2={x(point.x)} y1={y(point.low ?? 0)} y2={y(point.high ?? 0)} />
          ))
        : null}
      {points.map((point) => (
        <PlotMark key={point.x} shape={look.shape} x={x(point.x)} y={y(point.mean)} isHollow={isReal} />
      ))}
    </g>
  )
}

interface ValueAxisProps {
  readonly scale: Scale
  readonly from: number
  readonly to: number
  readonly unit: string
}

function ValueAxis({ scale, from, to, unit }: ValueAxisProps) {
  return (
    <g class="axis">
      <text class="unit" x={4} y={12}>
        {unit}
      </text>
      {scale.ticks.map((value) => (
        <g key={value}>
          <line class={value === 0 ? 'zero' : 'grid'} x1={from} x2={to} y1={scale(value)} y2={scale(value)} />
          <text class="value" x={from - 8} y={scale(value)} dy="0.32em">
            {tick(value)}
          </text>
        </g>
      ))}
    </g>
  )
}

interface AlongAxisProps {
  readonly plot: Plot
  readonly scale: Scale
  readonly height: number
  readonly from: number
  readonly to: number
}

function AlongAxis({ plot, scale, height, from, to }: AlongAxisProps) {
  const y = height - bottom
  let freeFrom = Number.NEGATIVE_INFINITY
  return (
    <g class="axis">
      <line class="base" x1={from} x2={to} y1={y} y2={y} />
      {plot.axis.ticks.map(({ x, label }) => {
        const half = label.length * 3.4
        const isFree = scale(x) - half > freeFrom
        if (isFree) freeFrom = scale(x) + half + 4
        return (
          <g key={x}>
            <line class="base" x1={scale(x)} x2={scale(x)} y1={y} y2={y + 5} />
            {isFree ? (
              <text class="place" x={scale(x)} y={y + 18}>
                {label}
              </text>
            ) : null}
          </g>
        )
      })}
      <text class="unit middle" x={(from + to) / 2} y={y + 36}>
        {plot.axis.label}
      </text>
    </g>
  )
}
