/** This file shows the values under the pointer. */
import { halfWidth, plain, shown } from '../../report/numbers.ts'
import type { Plot } from '../../report/plots.ts'
import { PlotMark, seriesStyle } from './mark.tsx'

interface ReadingProps {
  readonly plot: Plot
  /** Where the pointer is. */
  readonly at: number
  /** On which side of the plot there is room. */
  readonly isLeft: boolean
}

/** The values under the pointer, the largest first. Readers without a pointer have the same below the figure. */
export function Reading({ plot, at, isLeft }: ReadingProps) {
  const found = plot.series
    .flatMap((series) => series.points.filter(({ x }) => x === at).map((point) => ({ series, point })))
    .sort((a, b) => b.point.mean - a.point.mean)
  const label = found[0]?.point.label ?? ''
  return (
    <div class={isLeft ? 'reading left' : 'reading'} aria-hidden="true">
      <p>{plot.axis.by === 'nodes' ? `N = ${label}` : label}</p>
      <table>
        <tbody>
          {found.map(({ series, point }) => (
            <tr key={`${series.algorithm} ${series.source}`}>
              <td>
                <svg
                  width="12"
                  height="12"
                  viewBox="-6 -6 12 12"
                  aria-hidden="true"
                  class="series"
                  style={seriesStyle(series.look)}
                >
                  <PlotMark shape={series.look.shape} isHollow={series.source === 'real'} />
                </svg>
              </td>
              <td>{series.algorithm}</td>
              <td class="number">{plot.measure.isCount ? plain(point.mean) : shown(point.mean)}</td>
              <td class="number faint">{halfWidth(point.low, point.high)}</td>
              <td class="number faint">
                {point.formula === null || point.formula.ratio === null ? '' : `×${shown(point.formula.ratio)}`}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
