/** This file draws the results of a bench as an SVG that needs nothing beside it: the panels of each scenario side by side. */
import { machineText } from '../../bench/machine.ts'
import { type BenchReport, labelOf } from '../../bench/rows.ts'
import { lookAt } from '../../lab/report/looks.ts'
import { grouped } from '../paint.ts'
import { type LogScale, logScale } from './log-scale.ts'
import { type BenchPanel, type BenchSeries, panelsOf } from './panels.ts'

const margin = 16
const panelWidth = 300
const columnsMax = 4
const plotWidth = 220
const lineHeight = 18
/** Of a panel against the number of processes. */
const linesHeight = 150
const titleHeight = 26
const axisHeight = 40
const grey = '#8a8a8a'

/** The colour of each system, the same in all panels. */
type Colours = ReadonlyMap<string, string>

/** The picture of a report. All scales are logarithmic. */
export function benchPlot({ machine, rows }: BenchReport): string {
  const panels = panelsOf(rows)
  const labels = [...new Set(rows.map(labelOf))]
  const colours: Colours = new Map(labels.map((label, place) => [label, label === 'floor' ? grey : lookAt(place).light]))
  const drawn: string[] = []
  let [x, y, height, widest] = [margin, 84, 0, 2]
  let former = panels[0]?.scenario
  for (const panel of panels) {
    const columns = (x - margin) / panelWidth
    if (panel.scenario !== former || columns === columnsMax) {
      ;[x, y, height] = [margin, y + height, 0]
      former = panel.scenario
    }
    drawn.push(`<g transform="translate(${x} ${y})">${drawPanel(panel, colours)}</g>`)
    x += panelWidth
    height = Math.max(height, heightOf(panel))
    widest = Math.max(widest, (x - margin) / panelWidth)
  }
  const [width, whole] = [widest * panelWidth + 2 * margin, y + height + margin]
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${whole}" viewBox="0 0 ${width} ${whole}" font-family="system-ui, 'DejaVu Sans', Helvetica, Arial, sans-serif" font-size="12" fill="#222">
<rect width="${width}" height="${whole}" fill="#fff"/>
<text x="${margin}" y="26" font-size="16" font-weight="bold">holdfast bench, warm; all scales are logarithmic</text>
<text x="${margin}" y="45" fill="#666">${escaped(machineText(machine))}</text>
${panels.some(isAgainstSize) ? legend(labels, colours, width) : ''}
${drawn.join('\n')}
</svg>
`
}

function isAgainstSize({ sizes }: BenchPanel): boolean {
  return sizes.length > 1
}

function heightOf(panel: BenchPanel): number {
  return titleHeight + (isAgainstSize(panel) ? linesHeight : panel.series.length * lineHeight) + axisHeight
}

function drawPanel(panel: BenchPanel, colours: Colours): string {
  const values = panel.series.flatMap(({ points }) => points.map(({ value }) => value))
  const size = isAgainstSize(panel) ? '' : `, N = ${panel.sizes[0]}`
  const title = `<text y="12"><tspan font-weight="bold">${panel.scenario}</tspan>${size}: ${panel.measure}</text>`
  const draw = isAgainstSize(panel) ? drawLines : drawBeside
  return `${title}<g transform="translate(0 ${titleHeight})">${draw(panel, logScale(values), colours)}</g>`
}

/** A line for each system, against the number of processes. */
function drawLines({ sizes, series }: BenchPanel, scale: LogScale, colours: Colours): string {
  const left = 46
  const along = logScale(sizes)
  const [least, most] = [along.at(sizes[0] as number), along.at(sizes.at(-1) as number)]
  const placeOf = (size: number): number => left + ((along.at(size) - least) / (most - least)) * plotWidth
  const heightAt = (value: number): number => (1 - scale.at(value)) * linesHeight
  const rules = scale.ticks.map((tick) => {
    const y = heightAt(tick).toFixed(1)
    return `<path d="M${left} ${y}h${plotWidth}" stroke="#e3e3e3"/><text x="${left - 6}" y="${y}" dy="4" text-anchor="end" fill="#666">${tickText(tick)}</text>`
  })
  const names = sizes.map(
    (size) => `<text x="${placeOf(size).toFixed(1)}" y="${linesHeight + 16}" text-anchor="middle" fill="#666">${size}</text>`,
  )
  const lines = series.map(({ label, points }) => {
    const places = points.map(({ processes, value }) => [placeOf(processes).toFixed(1), heightAt(value).toFixed(1)] as const)
    const colour = colours.get(label) ?? grey
    const dash = label === 'floor' ? ' stroke-dasharray="5 4"' : ''
    const marks = places.map(
      ([x, y], i) => `<circle cx="${x}" cy="${y}" r="3" ${inkOf(label, colour)}>${tip(label, points[i])}</circle>`,
    )
    return `<path d="M${places.map((place) => place.join(' ')).join('L')}" fill="none" stroke="${colour}" stroke-width="1.8"${dash}/>${marks.join('')}`
  })
  const axis = `<text x="${left + plotWidth / 2}" y="${linesHeight + 31}" text-anchor="middle" fill="#666">processes</text>`
  return [...rules, ...names, axis, ...lines].join('')
}

/** A line of text and a dot for each system. */
function drawBeside({ series }: BenchPanel, scale: LogScale, colours: Colours): string {
  const [left, width, bottom] = [128, 108, series.length * lineHeight]
  const placeOf = (value: number): string => (left + scale.at(value) * width).toFixed(1)
  const ends = [scale.ticks[0], scale.ticks.at(-1)] as const
  const rules = ends.map((tick = 1) => {
    const x = placeOf(tick)
    return `<path d="M${x} 0v${bottom}" stroke="#e3e3e3"/><text x="${x}" y="${bottom + 14}" text-anchor="middle" fill="#666">${tickText(tick)}</text>`
  })
  const lines = series.map(({ label, points }, i) => {
    const value = points[0]?.value ?? 1
    const [x, y, colour] = [placeOf(value), (i + 0.5) * lineHeight, colours.get(label) ?? grey]
    return `<text x="${left - 8}" y="${y}" dy="4" text-anchor="end">${escaped(label)}</text><path d="M${left} ${y}H${x}" stroke="${colour}" stroke-width="2"/><circle cx="${x}" cy="${y}" r="4" ${inkOf(label, colour)}/><text x="${x}" y="${y}" dx="8" dy="4">${shown(value)}</text>`
  })
  return [...rules, ...lines].join('')
}

function legend(labels: readonly string[], colours: Colours, width: number): string {
  let x = margin
  return labels
    .map((label) => {
      const mark = `<circle cx="${x + 5}" cy="62" r="4" ${inkOf(label, colours.get(label) ?? grey)}/><text x="${x + 14}" y="66">${escaped(label)}</text>`
      x = Math.min(width, x + 34 + label.length * 7)
      return mark
    })
    .join('')
}

/** The mark of a system; hollow for its second way to join. */
function inkOf(label: string, colour: string): string {
  return label.endsWith('(join list)') ? `fill="#fff" stroke="${colour}" stroke-width="2"` : `fill="${colour}"`
}

function tip(label: string, point: BenchSeries['points'][number] | undefined): string {
  return point === undefined ? '' : `<title>${escaped(label)}, ${point.processes} processes: ${shown(point.value)}</title>`
}

/** `20k`, `1M`. */
function tickText(tick: number): string {
  if (tick >= 1_000_000) return `${tick / 1_000_000}M`
  return tick >= 10_000 ? `${tick / 1000}k` : String(tick)
}

/** Three significant digits. */
function shown(value: number): string {
  return value >= 100 ? grouped(Math.round(value)) : String(Number(value.toPrecision(3)))
}

function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;')
}
