/** This file draws a plot of dots, one for each algorithm. */
import { titleOf } from '../../report/describe.ts'
import { plain, shown, tick } from '../../report/numbers.ts'
import type { Plot, DataPoint } from '../../report/plots.ts'
import { PlotMark, seriesStyle } from './mark.tsx'
import { valueScale } from './scales.ts'

const width = 560
const row = 24
const top = 8
const bottom = 44

/** A dot for each algorithm, its interval around it, the formula as an upright stroke. */
export function Dots({ plot }: { readonly plot: Plot }) {
  const { id, series, measure } = plot
  const names = [...new Set(series.map(({ algorithm }) => algorithm))]
  const left = 20 + 6.4 * Math.max(...names.map((name) => name.length))
  const height = top + bottom + names.length * row
  const x = valueScale(plot, left, width - 56, 5)
  const y = (name: string): number => top + (names.indexOf(name) + 0.5) * row
  return (
    <div class="plot">
      <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={titleOf(plot)} aria-describedby={`${id}-words`}>
        <g class="axis">
          {x.ticks.map((value) => (
            <g key={value}>
              <line class={value === 0 ? 'zero' : 'grid'} x1={x(value)} x2={x(value)} y1={top} y2={height - bottom} />
              <text class="place" x={x(value)} y={height - bottom + 16}>
                {tick(value)}
              </text>
            </g>
          ))}
          <text class="unit middle" x={(left + width - 56) / 2} y={height - 8}>
            {plot.isLog ? `${measure.axis}, logarithmic` : measure.axis}
          </text>
        </g>
        {names.map((name) => (
          <text key={name} class="row" x={left - 12} y={y(name)} dy="0.32em">
            {name}
          </text>
        ))}
        {series.map(({ algorithm, source, look, points }) => {
          const point = points[0] as DataPoint
          const claimed = point.formula?.value ?? null
          const middle = y(algorithm) + (source === 'real' ? 6 : 0)
          return (
            <g key={`${algorithm} ${source}`} class="series" style={seriesStyle(look)}>
              {claimed === null || source === 'real' ? null : (
                <line class="claim" x1={x(claimed)} x2={x(claimed)} y1={middle - 9} y2={middle + 9} />
              )}
              {point.low === null || point.high === null ? null : (
                <line class="whisker" x1={x(point.low)} x2={x(point.high)} y1={middle} y2={middle} />
              )}
              <PlotMark shape={look.shape} x={x(point.mean)} y={middle} isHollow={source === 'real'} size={44} />
              {source === 'real' ? null : (
                <text class="read" x={width - 48} y={middle} dy="0.32em">
                  {measure.isCount ? plain(point.mean) : shown(point.mean)}
                </text>
              )}
            </g>
          )
        })}
      </svg>
    </div>
  )
}
