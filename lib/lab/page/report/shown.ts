/** This file keeps what the legend shows and hides, and applies it to a plot. */
import type { Plot } from '../../report/plots.ts'

/** What the legend lets the figures show. */
export interface Shown {
  /** Algorithms that are switched off. */
  readonly hidden: ReadonlySet<string>
  /** The algorithm that is pointed at: the others step back. */
  readonly focus: string | null
  readonly formulas: boolean
  readonly intervals: boolean
  readonly simulated: boolean
  readonly real: boolean
}

export const everything: Shown = { hidden: new Set(), focus: null, formulas: true, intervals: true, simulated: true, real: true }

/** The plot without what is switched off, so that its scales fit what is left. */
export function visible(plot: Plot, shown: Shown): Plot {
  const series = plot.series
    .filter(({ algorithm, source }) => !shown.hidden.has(algorithm) && shown[source])
    .map((each) => ({
      ...each,
      points: each.points.map((point) => ({
        ...point,
        ...(shown.intervals ? {} : { low: null, high: null }),
        ...(shown.formulas ? {} : { formula: null }),
      })),
    }))
  return { ...plot, series }
}
