/** This file shows one plot with its title, its description, and its numbers. */
import { describePlot } from '../../report/describe.ts'
import { halfWidth, plain, shown as figureOf } from '../../report/numbers.ts'
import type { Plot } from '../../report/plots.ts'
import { Dots } from './dots.tsx'
import { Lines } from './lines.tsx'
import type { Shown } from './shown.ts'
import { Scrolls } from './scrolls.tsx'

/** A plot with its title, the same in words, and its numbers. */
export function PlotFigure({ plot, shown }: { readonly plot: Plot; readonly shown: Shown }) {
  const { id, measure, series, axis } = plot
  return (
    <figure>
      <figcaption>
        <h3 id={`${id}-title`}>{measure.title}</h3>
        <p>{measure.meaning}</p>
      </figcaption>
      <p id={`${id}-words`} class="words">
        {describePlot(plot)}
      </p>
      {series.length === 0 ? <p class="empty">Nothing is switched on.</p> : null}
      {series.length > 0 && axis.by !== 'algorithm' ? <Lines plot={plot} focus={shown.focus} /> : null}
      {series.length > 0 && axis.by === 'algorithm' ? <Dots plot={plot} /> : null}
      <details>
        <summary>
          Numbers<span class="words"> of {measure.title}</span>
        </summary>
        <Numbers plot={plot} shown={shown} />
      </details>
    </figure>
  )
}

function Numbers({ plot, shown }: { readonly plot: Plot; readonly shown: Shown }) {
  const { axis, measure, series } = plot
  const isByAlgorithm = axis.by === 'algorithm'
  return (
    <Scrolls label={`Numbers of ${measure.title}, a table`}>
      <table>
        <thead>
          <tr>
            <th scope="col">Algorithm</th>
            {isByAlgorithm ? null : <th scope="col">{axis.by === 'nodes' ? 'N' : 'Load'}</th>}
            <th scope="col">{measure.axis}</th>
            <th scope="col">95 %</th>
            {shown.formulas ? <th scope="col">Formula</th> : null}
            {shown.formulas ? <th scope="col">Ratio</th> : null}
          </tr>
        </thead>
        <tbody>
          {series.flatMap(({ algorithm, source, points }) =>
            points.map(({ label, mean, low, high, formula }) => (
              <tr key={`${algorithm} ${source} ${label}`}>
                <th scope="row">
                  {algorithm}
                  {source === 'real' ? ' (real)' : ''}
                </th>
                {isByAlgorithm ? null : <td>{label}</td>}
                <td>{measure.isCount ? plain(mean) : figureOf(mean)}</td>
                <td>{halfWidth(low, high)}</td>
                {shown.formulas ? <td>{formula?.value === null ? formula.text : plain(formula?.value)}</td> : null}
                {shown.formulas ? <td>{figureOf(formula?.ratio)}</td> : null}
              </tr>
            )),
          )}
        </tbody>
      </table>
    </Scrolls>
  )
}
