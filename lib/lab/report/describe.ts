/** This file describes figures in words, for screen readers and for the line below a title. */
import { plain, shown } from './numbers.ts'
import type { Fixed, Plot, DataPoint, Series } from './plots.ts'

/** The settings that the whole figure shares. */
export function fixedText({ nodes, load, delay }: Fixed): string {
  return [nodes === null ? '' : `N = ${nodes}`, load === null ? '' : `${load} load`, `delays ${delay}`]
    .filter((part) => part !== '')
    .join(', ')
}

/** The figure's title, as a caption has it. */
export function titleOf({ measure, axis, fixed }: Plot): string {
  const against = axis.by === 'algorithm' ? 'by algorithm' : `against ${axis.by === 'nodes' ? 'the number of nodes' : 'load'}`
  return `${measure.title} ${against}: ${fixedText(fixed)}`
}

/**
 * The whole figure as sentences: what is drawn, then how each line runs, the formula beside it.
 *
 * @example describePlot(plot) // 'Messages for each entry against … raymond rises from 3.20 (N = 5) to 3.60 (N = 10). …'
 */
export function describePlot(plot: Plot): string {
  const scale = plot.isLog ? ', logarithmic' : ''
  const kind = plot.axis.by === 'algorithm' ? 'A dot for each algorithm' : 'A line for each algorithm'
  return [
    `${titleOf(plot)}. ${kind}; unit: ${plot.measure.axis}${scale}.`,
    ...plot.series.map((each) => courseOf(each, plot)),
  ].join(' ')
}

function courseOf({ algorithm, source, points }: Series, { axis, measure }: Plot): string {
  const text = measure.isCount ? plain : shown
  const name = source === 'real' ? `${algorithm}, on real processes,` : algorithm
  const first = points[0] as DataPoint
  const last = points.at(-1) as DataPoint
  const at = (point: DataPoint): string => (axis.by === 'nodes' ? `N = ${point.label}` : point.label)
  const value = text(first.mean)
  if (points.length === 1)
    return axis.by === 'algorithm'
      ? `${name}: ${value}${formulaText(first)}.`
      : `${name} is ${value} (${at(first)})${formulaText(first)}.`
  const ratio = first.mean === 0 ? Number.POSITIVE_INFINITY : last.mean / first.mean
  const verb = ratio > 1.02 ? 'rises' : ratio < 0.98 ? 'falls' : 'stays'
  if (verb === 'stays') return `${name} stays near ${value}${formulaText(last)}.`
  return `${name} ${verb} from ${value} (${at(first)}) to ${text(last.mean)} (${at(last)})${formulaText(last)}.`
}

function formulaText({ formula }: DataPoint): string {
  if (formula === null || formula.value === null) return ''
  const claim = `formula ${formula.text} = ${plain(formula.value)}`
  return formula.kind === 'bound' ? `; at most ${formula.text} = ${plain(formula.value)}` : `; ${claim}`
}
