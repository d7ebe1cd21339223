/**
 * This file draws a story as an SVG picture, for pages, print and slides: the figure of the browser, without the browser. It
 * follows the reader's light or dark, and says in words what it shows.
 */
import { checkFinite, checkSwitch, choiceFrom, wholeNumberFrom } from '../../base/option-checks.ts'
import { type OptionTable, takeOptions } from '../../base/options.ts'
import { drawFigure } from './figure.ts'
import type { FigureView } from './geometry.ts'
import { type Ink, type Lettering, type Pen, palettes, type Stroke } from './pen.ts'
import { type Story, timeAt } from './story.ts'

/** How a picture is made. Lengths are in pixels. */
export interface SvgOptions {
  /** How many steps are drawn. Default: all. */
  readonly cursor?: number
  /** Time runs downward instead of to the right. Default: false. */
  readonly isVertical?: boolean
  /** Default: 40 for each T, or 72 for each step of a story whose unit is another one: its steps then have equal widths. */
  readonly scale?: number
  /** Between two lanes. Default: 56, or 90 when time runs downward. */
  readonly laneGap?: number
  /** From and to which time, or step; default: the whole run. */
  readonly fromT?: number
  /** The end of the shown part. Default: the end of the run. */
  readonly toT?: number
  /** In words, for those who do not see it; default: the algorithm, and how many nodes. */
  readonly title?: string
  /** One palette, without regard to the reader's preference. */
  readonly palette?: 'light' | 'dark'
}

const table = {
  cursor: wholeNumberFrom(-1),
  isVertical: checkSwitch,
  scale: checkFinite,
  laneGap: checkFinite,
  fromT: checkFinite,
  toT: checkFinite,
  title: null,
  palette: choiceFrom('light', 'dark'),
} satisfies OptionTable<SvgOptions>

/**
 * Draws a story.
 *
 * @example
 * writeFileSync('token-ring.svg', svgOf(play({ ...defaultScenario, algorithm: 'token-ring' }, 60)))
 */
export function svgOf(story: Story, options: SvgOptions = {}): string {
  const given = takeOptions(options, table, 'svgOf')
  const along = story.unit === 'T' ? 'time' : 'steps'
  const { cursor = story.steps.length - 1, isVertical = false, scale = along === 'time' ? 40 : 72, fromT = 0 } = given
  const { laneGap = isVertical ? 90 : 56 } = given
  const now = along === 'time' ? timeAt(story, cursor) : cursor
  const length = Math.ceil(((given.toT ?? now + 0.5) - fromT) * scale)
  const firstLane = isVertical ? 80 : 52
  const breadth = firstLane + (story.nodes.length - 1) * laneGap + 34
  const widest = Math.max(...story.nodes.map((name) => name.length))
  const margin = isVertical ? 34 : Math.max(30, 14 + widest * 9)
  const view: FigureView = { isVertical, along, scale, from: fromT, length, firstLane, laneGap, cursor }
  const pen = new SvgPen()
  drawFigure(story, view, pen)
  const [width, height] = isVertical ? [breadth, length + margin] : [length + margin, breadth]
  const names = story.nodes.map((name, node) => {
    const at = firstLane + node * laneGap
    const place = isVertical
      ? `x="${at}" y="18" text-anchor="middle"`
      : `x="${margin / 2 + 1}" y="${at + 5}" text-anchor="middle"`
    return `<text ${place} font-size="15" font-weight="600" fill="var(--hf-text)">${escaped(name)}</text>`
  })
  const inner = isVertical ? [0, margin, width, length] : [margin, 0, length, height]
  const [x, y] = inner
  const title = given.title ?? `Space-time diagram: ${story.title}, ${story.nodes.length} nodes, ${cursor} steps`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" class="hf-diagram" font-family="system-ui, sans-serif">`,
    `<title>${escaped(title)}</title>`,
    `<style>${styleOf(given.palette)}</style>`,
    `<rect width="${width}" height="${height}" fill="var(--hf-ground)"/>`,
    ...names,
    `<svg x="${x}" y="${y}" width="${inner[2]}" height="${inner[3]}"><g>${pen.parts.join('')}</g></svg>`,
    '</svg>',
    '',
  ].join('\n')
}

function styleOf(palette: 'light' | 'dark' | undefined): string {
  const inks = (of: 'light' | 'dark'): string =>
    Object.entries(palettes[of])
      .map(([ink, colour]) => `--hf-${ink}:${colour}`)
      .join(';')
  if (palette !== undefined) return `.hf-diagram{${inks(palette)}}`
  return `.hf-diagram{${inks('light')}}@media (prefers-color-scheme:dark){.hf-diagram{${inks('dark')}}}`
}

/** Writes SVG elements. */
class SvgPen implements Pen {
  readonly parts: string[] = []

  line(x1: number, y1: number, x2: number, y2: number, stroke: Stroke): void {
    this.parts.push(`<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}"${strokeOf(stroke)}/>`)
  }

  rect(x: number, y: number, width: number, height: number, ink: Ink, opacity = 1, radius = 0): void {
    const corner = radius === 0 ? '' : ` rx="${radius}"`
    const box = `x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}"`
    this.parts.push(`<rect ${box}${corner} fill="${colour(ink)}"${opacityOf(opacity)}/>`)
  }

  circle(x: number, y: number, radius: number, ink: Ink, rim?: Stroke): void {
    const edge = rim === undefined ? '' : strokeOf(rim)
    this.parts.push(`<circle cx="${round(x)}" cy="${round(y)}" r="${radius}" fill="${colour(ink)}"${edge}/>`)
  }

  polygon(points: readonly (readonly [number, number])[], ink: Ink, opacity = 1): void {
    const path = points.map(([x, y]) => `${round(x)},${round(y)}`).join(' ')
    this.parts.push(`<polygon points="${path}" fill="${colour(ink)}"${opacityOf(opacity)}/>`)
  }

  text(x: number, y: number, text: string, lettering: Lettering): void {
    const { ink, size, anchor, bold = false, angle = 0, isRimmed = false, opacity = 1 } = lettering
    const turn = angle === 0 ? '' : ` transform="rotate(${round((angle * 180) / Math.PI)} ${round(x)} ${round(y)})"`
    const rim = isRimmed ? ` stroke="${colour('ground')}" stroke-width="3" stroke-linejoin="round" paint-order="stroke"` : ''
    const weight = bold ? ' font-weight="600"' : ''
    const looks = `font-size="${size}" text-anchor="${anchor}" fill="${colour(ink)}"${weight}${rim}${turn}${opacityOf(opacity)}`
    this.parts.push(`<text x="${round(x)}" y="${round(y)}" ${looks}>${escaped(text)}</text>`)
  }
}

function strokeOf({ ink, width, dash, opacity = 1 }: Stroke): string {
  const gaps = dash === undefined ? '' : ` stroke-dasharray="${dash === 'dotted' ? '1.5 4' : '5 4'}"`
  return ` stroke="${colour(ink)}" stroke-width="${width}"${gaps}${opacityOf(opacity)}`
}

const colour = (ink: Ink): string => `var(--hf-${ink})`

const opacityOf = (opacity: number): string => (opacity === 1 ? '' : ` opacity="${opacity}"`)

const round = (value: number): number => Math.round(value * 10) / 10

/** Text inside of markup. */
export function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign] as string)
}
