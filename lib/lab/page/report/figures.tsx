/** This file shows all plots of the report, grouped by axis, with one legend. */
import { useMemo, useState } from 'preact/hooks'
import { type Plot, plotsOf } from '../../report/plots.ts'
import type { Results } from '../../results.ts'
import { Choice } from './choice.tsx'
import { PlotFigure } from './figure.tsx'
import { Legend } from './legend.tsx'
import { type Shown, everything, visible } from './shown.ts'

const headings = {
  nodes: 'Against the number of nodes',
  load: 'Against load',
  algorithm: 'Side by side',
} as const

/** All figures: a part for each axis, a legend that all of them obey. */
export function Figures({ results }: { readonly results: Results }) {
  const plots = useMemo(() => plotsOf(results), [results])
  const [shown, show] = useState<Shown>(everything)
  const parts = (['nodes', 'load', 'algorithm'] as const)
    .map((by) => ({ by, plots: plots.filter(({ axis }) => axis.by === by) }))
    .filter((part) => part.plots.length > 0)
  return (
    <>
      <Legend plots={plots} shown={shown} show={show} />
      {parts.map((part) => (
        <Part key={part.by} heading={headings[part.by]} plots={part.plots} shown={shown} />
      ))}
    </>
  )
}

interface PartProps {
  readonly heading: string
  readonly plots: readonly Plot[]
  readonly shown: Shown
}

/** Figures with one axis, of which one case is looked at: one load, say, when N runs along the axis. */
function Part({ heading, plots, shown }: PartProps) {
  const caseOf = caseOfIn(plots)
  const cases = [...new Set(plots.map(caseOf))]
  const [chosen, choose] = useState(cases.at(-1) as string)
  const id = heading.toLowerCase().replaceAll(' ', '-')
  return (
    <section aria-labelledby={id}>
      <div class="part">
        <h2 id={id}>{heading}</h2>
        {cases.length === 1 ? (
          <p class="fixed">{chosen}</p>
        ) : (
          <Choice name={id} label="Shown" options={cases} chosen={chosen} choose={choose} />
        )}
      </div>
      <div class="figures">
        {plots
          .filter((plot) => caseOf(plot) === chosen)
          .map((plot) => (
            <PlotFigure key={plot.id} plot={visible(plot, shown)} shown={shown} />
          ))}
      </div>
    </section>
  )
}

/** What tells these plots apart: nothing that is the same in all of them, unless that leaves nothing. */
function caseOfIn(plots: readonly Plot[]): (plot: Plot) => string {
  const hasOneDelay = new Set(plots.map(({ fixed }) => fixed.delay)).size === 1
  return ({ fixed }) => {
    const { nodes, load, delay, family } = fixed
    const parts = [nodes === null ? '' : `N = ${nodes}`, load ?? '', family, hasOneDelay ? '' : delay]
    return parts.filter((part) => part !== '').join(', ')
  }
}
