/**
 * This file draws the space-time diagram (Lamport 1978, figure 1): a line for each node, an arrow for each message. Pale bars
 * wait, full bars are inside, the token is amber wherever it is; shades are crashes, pauses, parts of the network and, in
 * magenta, what must not be.
 */
import { type Relation, relation } from './causality.ts'
import { drawFlights } from './figure-flights.ts'
import { type FigureView, Geometry } from './geometry.ts'
import { isNow, type Story, type StoryEvent, type Span } from './story.ts'
import type { Ink, Pen } from './pen.ts'

/** Draws what is in the window. The story may go beyond the view's cursor; nothing of that is drawn. */
export function drawFigure(story: Story, view: FigureView, pen: Pen): void {
  const geometry = new Geometry(story, view)
  const chosen = selectedEvent(story, view)
  drawShades(geometry, pen)
  drawAxis(geometry, pen)
  drawLanes(geometry, pen)
  drawSpans(geometry, pen, chosen !== null)
  drawFlights(geometry, pen, chosen)
  drawEvents(geometry, pen, chosen)
  drawMarks(geometry, pen)
}

/** The event that relations are shown for: the selected one. */
export function selectedEvent(story: Story, { selected, cursor }: FigureView): StoryEvent | null {
  if (selected?.kind !== 'event') return null
  const event = story.events[selected.event]
  return event !== undefined && event.step <= cursor ? event : null
}

/** A step of the axis that leaves its labels room. */
export function tickStep(scale: number, isWhole: boolean): number {
  const least = 72 / scale
  const power = 10 ** Math.floor(Math.log10(least))
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= least) ?? 10 * power
  return isWhole ? Math.max(1, Math.round(step)) : step
}

function drawAxis(geometry: Geometry, pen: Pen): void {
  const { view } = geometry
  const step = tickStep(view.scale, view.along === 'steps')
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9))
  const first = Math.max(0, Math.ceil(geometry.from / step))
  for (let tick = first; tick * step <= geometry.to; tick++) {
    const along = geometry.along(tick * step)
    const [x1, y1] = geometry.point(along, view.isVertical ? 30 : 20)
    const [x2, y2] = geometry.point(along, geometry.breadth)
    pen.line(x1, y1, x2, y2, { ink: 'lane', width: 1, opacity: 0.25 })
    const label = (tick * step).toFixed(digits)
    const text = tick === 0 ? (view.along === 'time' ? '0 T' : 'step 0') : label
    if (view.isVertical) pen.text(28, along + (tick === 0 ? 11 : 4), text, { ink: 'quiet', size: 11, anchor: 'end' })
    else pen.text(along, 14, text, { ink: 'quiet', size: 11, anchor: tick === 0 ? 'start' : 'middle' })
  }
}

/** A band of a lane, or of all. */
function band(geometry: Geometry, pen: Pen, from: number, to: number, low: number, high: number, ink: Ink, opacity = 1): void {
  const start = Math.max(geometry.along(from), -4)
  const end = Math.min(geometry.along(to), geometry.view.length + 4)
  if (end <= start) return
  if (geometry.view.isVertical) pen.rect(low, start, high - low, end - start, ink, opacity)
  else pen.rect(start, low, end - start, high - low, ink, opacity)
}

function drawShades(geometry: Geometry, pen: Pen): void {
  const { story, view } = geometry
  const half = view.laneGap / 2
  for (const parted of story.parted) {
    if (parted.fromStep > view.cursor) continue
    for (const [node, id] of story.nodes.entries()) {
      const part = parted.parts.findIndex((each) => each.includes(id))
      const ink = (['partA', 'partB'] as const)[part === -1 ? parted.parts.length % 2 : part % 2] as Ink
      const lane = geometry.lane(node)
      band(geometry, pen, geometry.unit(parted.fromStep, parted.fromAt), geometry.endOf(parted), lane - half, lane + half, ink)
    }
  }
  for (const span of story.spans) {
    if (span.fromStep > view.cursor || (span.kind !== 'gone' && span.kind !== 'paused')) continue
    const lane = geometry.lane(span.node)
    const end = span.kind === 'gone' && span.toStep > view.cursor ? geometry.to : geometry.endOf(span)
    const opacity = span.kind === 'gone' ? 1 : 0.7
    band(geometry, pen, geometry.unit(span.fromStep, span.fromAt), end, lane - half * 0.7, lane + half * 0.7, 'crashed', opacity)
  }
  for (const [from, to] of overlaps(geometry)) {
    band(geometry, pen, from, to, geometry.lane(0) - half, geometry.lane(story.nodes.length - 1) + half, 'wrongShade', 0.8)
  }
}

/** When more than one was inside, if that was a breach. */
function overlaps(geometry: Geometry): [number, number][] {
  const { story, view } = geometry
  if (!story.breaches.some(({ property, step }) => property === 'exclusion' && step <= view.cursor)) return []
  const found: [number, number][] = []
  let until = Number.NEGATIVE_INFINITY
  for (const span of story.spans) {
    if (span.kind !== 'inside' || span.fromStep > view.cursor) continue
    const from = geometry.unit(span.fromStep, span.fromAt)
    const to = geometry.endOf(span)
    if (from < until) found.push([from, Math.min(to, until)])
    until = Math.max(until, to)
  }
  return found
}

function drawLanes(geometry: Geometry, pen: Pen): void {
  const { story, view } = geometry
  for (const node of story.nodes.keys()) {
    const lane = geometry.lane(node)
    const isSelected = view.selected?.kind === 'node' && view.selected.node === node
    const draw = (from: number, to: number): void => {
      const start = Math.max(0, geometry.along(from))
      const end = Math.min(geometry.along(to), view.length)
      if (end <= start) return
      pen.line(...geometry.point(start, lane), ...geometry.point(end, lane), { ink: 'lane', width: isSelected ? 3 : 1.5 })
    }
    let since = 0
    let isThere = true
    for (const span of story.spans) {
      if (span.node !== node || span.fromStep > view.cursor || (span.kind !== 'gone' && span.kind !== 'absent')) continue
      draw(since, geometry.unit(span.fromStep, span.fromAt))
      since = geometry.endOf(span)
      isThere &&= span.toStep <= view.cursor
    }
    if (!isThere) continue
    draw(since, geometry.now)
    const end = Math.min(geometry.along(geometry.now), view.length)
    if (end < view.length) {
      pen.line(...geometry.point(Math.max(end, 0), lane), ...geometry.point(view.length, lane), {
        ink: 'lane',
        width: 1,
        dash: 'dotted',
        opacity: 0.6,
      })
    }
  }
}

/** What lies on a lane, the lowest first: half its thickness, and its ink. */
const bars = {
  waiting: [4, 'waiting'],
  sharing: [6, 'inside'],
  deluded: [8, 'wrongShade'],
  inside: [8, 'inside'],
  token: [2, 'token'],
} as const

function drawSpans(geometry: Geometry, pen: Pen, isFaded: boolean): void {
  const { story, view } = geometry
  const opacity = isFaded ? 0.35 : 1
  const seen = story.spans.filter((span) => {
    const from = geometry.unit(span.fromStep, span.fromAt)
    return span.fromStep <= view.cursor && from <= geometry.to && geometry.endOf(span) >= geometry.from
  })
  // Fences are written where they can be told apart.
  const isRoomy = seen.filter(({ kind }) => kind === 'inside').length * 10 < view.length
  for (const [kind, [half, ink]] of Object.entries(bars)) {
    for (const span of seen) if (span.kind === kind) drawBar(geometry, pen, span, half, ink, opacity, isRoomy)
  }
}

function drawBar(geometry: Geometry, pen: Pen, span: Span, half: number, ink: Ink, opacity: number, isRoomy: boolean): void {
  const { view } = geometry
  const start = Math.max(geometry.along(geometry.unit(span.fromStep, span.fromAt)), -20)
  const end = Math.max(Math.min(geometry.along(geometry.endOf(span)), view.length + 20), start + 2)
  const lane = geometry.lane(span.node)
  const radius = span.kind === 'inside' ? 3 : 0
  if (view.isVertical) pen.rect(lane - half, start, half * 2, end - start, ink, opacity, radius)
  else pen.rect(start, lane - half, end - start, half * 2, ink, opacity, radius)
  const { fence: label } = span
  if (label === '' || start < -10 || !isRoomy) return
  const room = 8 + label.length * 7
  if (view.isVertical) {
    if (end - start > 16)
      pen.text(lane + half + 4, start + 12, label, { ink: 'inside', size: 11, anchor: 'start', bold: true, isRimmed: true })
  } else if (end - start > room || !isNow(span, view.cursor)) {
    pen.text(start + 1, lane - half - 4, label, { ink: 'inside', size: 11, anchor: 'start', bold: true, isRimmed: true, opacity })
  }
}

const relationInk: Readonly<Record<Relation, Ink>> = { self: 'select', past: 'past', future: 'future', concurrent: 'quiet' }

function drawEvents(geometry: Geometry, pen: Pen, chosen: StoryEvent | null): void {
  const { story, view } = geometry
  const isRoomy = view.scale > (view.along === 'time' ? 12 : 4)
  for (const event of story.events) {
    if (event.step > view.cursor) break
    const unit = geometry.unit(event.step, event.at)
    if (unit < geometry.from - 1 || unit > geometry.to + 1) continue
    const [x, y] = geometry.point(geometry.along(unit), geometry.lane(event.node))
    const of = chosen === null ? null : relation(chosen, event)
    const ink: Ink = of === null ? 'message' : relationInk[of]
    if (of === 'self') {
      pen.circle(x, y, 9, 'ground', { ink: 'select', width: 2 })
      pen.circle(x, y, 4, 'select')
      continue
    }
    if (of === 'concurrent' && event.kind !== 'dies') {
      if (isRoomy) pen.circle(x, y, 1.5, 'lane')
      continue
    }
    switch (event.kind) {
      case 'sends':
      case 'receives':
        if (isRoomy || of !== null) pen.circle(x, y, of === null ? 2 : 3.5, ink)
        break
      case 'asks':
        if (!isRoomy && of === null) break
        pen.circle(x, y, 4, 'ground', { ink: of === null ? 'inside' : ink, width: 1.75 })
        break
      case 'enters':
      case 'leaves':
        if (of !== null) pen.circle(x, y, 3.5, ink)
        break
      case 'withdraws':
      case 'refused':
      case 'turned away':
      case 'lost':
        drawCross(pen, x, y, 4, of === null ? 'quiet' : ink)
        break
      case 'dies':
        drawCross(pen, x, y, 8, 'text')
        break
      case 'pauses':
      case 'resumes':
        pen.rect(x - 3, y - 6, 2, 12, ink)
        pen.rect(x + 1, y - 6, 2, 12, ink)
        break
      default:
        pen.circle(x, y, 3, event.kind === 'broken' ? 'wrong' : ink)
    }
  }
}

/** A cross of that half size. */
function drawCross(pen: Pen, x: number, y: number, half: number, ink: Ink): void {
  pen.line(x - half, y - half, x + half, y + half, { ink, width: 2 })
  pen.line(x - half, y + half, x + half, y - half, { ink, width: 2 })
}

function drawMarks(geometry: Geometry, pen: Pen): void {
  const { story, view } = geometry
  const across = (unit: number, ink: Ink, width: number, dash?: 'dashed'): void => {
    const along = geometry.along(unit)
    const looks = dash === undefined ? { ink, width } : { ink, width, dash }
    pen.line(...geometry.point(along, view.isVertical ? 34 : 22), ...geometry.point(along, geometry.breadth), looks)
  }
  const taken: [along: number, row: number][] = []
  let rows = 0
  const label = (unit: number, text: string, ink: Ink): void => {
    const along = geometry.along(unit)
    // Words that would lie on others go a line further.
    while (taken.some(([other, row]) => Math.abs(other - along) < (view.isVertical ? 13 : 92) && row === rows)) rows++
    taken.push([along, rows])
    const down = rows * (view.isVertical ? 90 : 14)
    rows = 0
    if (view.isVertical) pen.text(36 + down, along - 5, text, { ink, size: 11, anchor: 'start', bold: true, isRimmed: true })
    else pen.text(along + 5, geometry.breadth - 5 - down, text, { ink, size: 11, anchor: 'start', bold: true, isRimmed: true })
  }
  for (const mark of story.views) {
    if (mark.step > view.cursor) continue
    const unit = geometry.unit(mark.step, mark.at)
    if (unit < geometry.from || unit > geometry.to) continue
    across(unit - 1.5 / view.scale, 'quiet', 1)
    across(unit + 1.5 / view.scale, 'quiet', 1)
    label(unit, `view ${mark.epoch}`, 'quiet')
  }
  for (const breach of story.breaches) {
    if (breach.step > view.cursor) continue
    const unit = geometry.unit(breach.step, breach.at)
    if (unit < geometry.from || unit > geometry.to) continue
    across(unit, 'wrong', 1.5, 'dashed')
    label(unit, `! ${breach.property}`, 'wrong')
  }
  if (geometry.now >= geometry.from && geometry.now <= geometry.to) across(geometry.now, 'text', 1)
}
