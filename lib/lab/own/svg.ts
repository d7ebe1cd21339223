/**
 * This file draws a narrative as a space-time diagram in SVG: a line for each site, time running to the right, an arrow from
 * where a message was sent.
 */
import type { SentMessage, Activity, NarrativeStep, Narrative } from './scenes.ts'
import { shownScenes } from './tell.ts'

const stepWidth = 64
const laneHeight = 70
const left = 40
const top = 30

/** Colours are classes, which the page around it gives: `lane`, `waiting`, `inside`, `message`, `wrong`. */
export function storySvg(story: Narrative): string {
  const { sites, problem } = story
  const scenes = shownScenes(story)
  const first = scenes[0]?.number ?? 1
  const x = (number: number): number => left + (number - first + 1) * stepWidth
  const y = (id: string): number => top + sites.indexOf(id) * laneHeight
  const end = x(first + scenes.length) - stepWidth / 2
  const width = end + stepWidth
  const height = top + (sites.length - 1) * laneHeight + 40
  const flights = story.flights.filter(({ sentIn, arrivedIn }) => sentIn >= first || arrivedIn >= first)
  const parts = [
    ...sites.map((id) => `<line class="lane" x1="${left}" y1="${y(id)}" x2="${end}" y2="${y(id)}"/>`),
    ...sites.map((id) => `<text class="name" x="${left - 12}" y="${y(id) + 5}" text-anchor="end">${escaped(id)}</text>`),
    ...sites.flatMap((id, at) => bars(scenes, at, y(id), x, end)),
    ...flights.map((flight) => arrow(flight, x, y, end)),
    ...scenes.map((scene) => dot(scene, x, y)),
    ...scenes.map(({ number }) => `<text class="step" x="${x(number)}" y="${height - 6}" text-anchor="middle">${number}</text>`),
    `<line class="wrong" x1="${end}" y1="${top - 16}" x2="${end}" y2="${height - 22}"/>`,
  ]
  return `<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(problem)}">
<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path class="head" d="M0 0L8 4L0 8z"/></marker></defs>
${parts.join('\n')}
</svg>`
}

/** A bar for each stretch in which a site waits or is inside. */
function bars(scenes: readonly NarrativeStep[], at: number, y: number, x: (number: number) => number, end: number): string[] {
  const found: string[] = []
  let kind: Activity = 'out'
  let since = 0
  const close = (until: number): void => {
    const half = kind === 'inside' ? 8 : 4
    if (kind !== 'out')
      found.push(`<rect class="${kind}" x="${since}" y="${y - half}" width="${until - since}" height="${2 * half}"/>`)
  }
  for (const { lanes, number } of scenes) {
    const lane = lanes[at] ?? 'out'
    if (lane === kind) continue
    close(x(number))
    kind = lane
    since = x(number)
  }
  close(end)
  return found
}

function arrow(
  { from, to, text, sentIn, arrivedIn }: SentMessage,
  x: (n: number) => number,
  y: (id: string) => number,
  end: number,
): string {
  const x1 = Math.max(x(sentIn), left)
  const isLate = arrivedIn === 0
  const x2 = isLate ? end : x(arrivedIn)
  // What has not arrived ends on its way.
  const y2 = isLate ? y(from) + (y(to) - y(from)) * 0.7 : y(to) + (y(from) < y(to) ? -9 : 9)
  const head = isLate ? 'stroke-dasharray="4 4"' : 'marker-end="url(#head)"'
  const title = `<title>${escaped(`${from} → ${to}: ${text}`)}</title>`
  const label = `<text class="label" x="${(x1 + x2) / 2 + 4}" y="${(y(from) + y2) / 2 - 3}">${escaped(text.split(' ')[0] ?? '')}</text>`
  return `<g class="message"><line x1="${x1}" y1="${y(from)}" x2="${x2}" y2="${y2}" ${head}/>${title}${label}</g>`
}

function dot({ number, at, does }: NarrativeStep, x: (n: number) => number, y: (id: string) => number): string {
  return `<circle class="${does === 'asks' ? 'asks' : 'event'}" cx="${x(number)}" cy="${y(at)}" r="${does === 'asks' ? 5 : 3}"/>`
}

/** Text inside of markup. */
export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
