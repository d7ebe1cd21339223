/** This file draws a flame graph as an SVG that needs nothing beside it: callers above, callees below, width as time. */
import type { Call, CodeOwner } from './call-tree.ts'

const width = 1200
const rowHeight = 17
const margin = 10
const headHeight = 62
const characterWidth = 6.65
/** A narrower call cannot be seen. */
const widthMin = 0.6

const looks: Readonly<Record<CodeOwner, { readonly colour: string; readonly says: string }>> = {
  holdfast: { colour: '#f2a65a', says: 'Holdfast' },
  package: { colour: '#8db9e8', says: 'packages' },
  node: { colour: '#9fd3a4', says: 'Node' },
  engine: { colour: '#c9c9c9', says: 'V8 and the system' },
}

/**
 * The picture of these calls. Each has a tooltip with its file and times.
 *
 * @param spanMs how long was measured
 */
export function flameGraph(title: string, calls: readonly Call[], spanMs: number): string {
  const busyMs = calls.reduce((sum, { totalMs }) => sum + totalMs, 0)
  const boxes: string[] = []
  let depthMax = 0
  const draw = (callees: readonly Call[], from: number, depth: number): void => {
    let x = from
    for (const call of callees) {
      const wide = (call.totalMs / busyMs) * (width - 2 * margin)
      if (wide < widthMin) break
      depthMax = Math.max(depthMax, depth)
      boxes.push(boxOf(call, x, headHeight + depth * rowHeight, wide, busyMs))
      draw(call.callees, x, depth + 1)
      x += wide
    }
  }
  draw(calls, margin, 0)
  const height = headHeight + (depthMax + 1) * rowHeight + margin
  const summary = `${busyMs.toFixed(0)} ms at work in ${(spanMs / 1000).toFixed(1)} s; the full width is the time at work, waiting for a core included`
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="11">
<style>rect{stroke:#fff;stroke-width:.5}${Object.entries(looks)
    .map(([owner, { colour }]) => `.${owner}{fill:${colour}}`)
    .join('')}</style>
<rect width="${width}" height="${height}" fill="#fff"/>
<text x="${margin}" y="22" font-size="15" font-weight="bold">${escaped(title)}</text>
<text x="${margin}" y="44" fill="#555">${summary}</text>
${legend()}
${boxes.join('\n')}
</svg>
`
}

function boxOf(call: Call, x: number, y: number, wide: number, busyMs: number): string {
  const { name, place, owner, selfMs, totalMs } = call
  const tip = `${name}${place === '' ? '' : ` (${place})`}: ${timeText(totalMs, busyMs)}, itself ${timeText(selfMs, busyMs)}`
  const text = fitted(call, Math.floor((wide - 4) / characterWidth))
  const label = text === '' ? '' : `<text x="${(x + 3).toFixed(1)}" y="${y + 12}">${escaped(text)}</text>`
  return `<g><title>${escaped(tip)}</title><rect class="${owner}" x="${x.toFixed(1)}" y="${y}" width="${wide.toFixed(1)}" height="${rowHeight - 1}"/>${label}</g>`
}

/** The name with its place, the name alone, or the start of the name, as many characters as there are. */
function fitted({ name, place }: Call, characters: number): string {
  const long = `${name}  ${place}`.trimEnd()
  if (long.length <= characters) return long
  if (name.length <= characters) return name
  return characters < 3 ? '' : `${name.slice(0, characters - 1)}…`
}

function legend(): string {
  return Object.entries(looks)
    .reverse()
    .map(([owner, { says }], i) => {
      const x = width - margin - (i + 1) * 150
      return `<rect class="${owner}" x="${x}" y="34" width="12" height="12"/><text x="${x + 17}" y="44">${says}</text>`
    })
    .join('')
}

function timeText(ms: number, busyMs: number): string {
  return `${ms.toFixed(1)} ms, ${((ms / busyMs) * 100).toFixed(1)} %`
}

function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
}
