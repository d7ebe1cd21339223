/**
 * `npm run picture` runs the demo and writes what its screen showed into docs/demo.svg, which the README shows: a picture a
 * second, as text, in an endless loop. The picture is a recording: nothing in it is drawn by hand.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { renderFrame } from '../../lib/cli/demo/render.ts'
import { runDemo } from '../../lib/cli/demo/run.ts'
import { verdictLines } from '../../lib/cli/demo/verdict.ts'
import { painter } from '../../lib/cli/paint.ts'
import { project } from './project.ts'

const columns = 92
const rows = 25
const secondsRecorded = 12
/** How long the last picture, the verdict, stands before the recording begins again. */
const verdictSeconds = 5
const lineHeight = 17
const charWidth = 7.8
const paint = painter(true)

const frames: string[][] = []
let nextMs = 0
const verdict = await runDemo(
  { locked: true, seconds: secondsRecorded, workers: 5, accounts: 12, algorithm: undefined, clock: undefined },
  {
    show(scene) {
      if (scene.nowMs < nextMs) return
      nextMs = scene.nowMs + 1000
      frames.push(renderFrame({ ...scene, hint: ' $ npx holdfast demo' }, columns, rows, paint))
    },
  },
  new AbortController().signal,
)
if (!verdict.clean) throw new Error('the demo was not clean: nothing was written')
frames.push(['', paint('strong', ' $ npx holdfast demo'), '', ...verdictLines(verdict, paint)])

/** A line with the terminal's colours as an SVG text. */
function lineOf(line: string, row: number): string {
  let style = ''
  const spans = line.split(/\u001b\[([0-9;]*)m/).map((part, index) => {
    if (index % 2 === 1) {
      style = part === '0' ? '' : `c${part.replace(';', '-')}`
      return ''
    }
    const text = part.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
    return text === '' ? '' : style === '' ? `<tspan>${text}</tspan>` : `<tspan class="${style}">${text}</tspan>`
  })
  const body = spans.join('')
  return body === '' ? '' : `<text x="14" y="${(row + 1) * lineHeight + 8}">${body}</text>`
}

const totalSeconds = frames.length - 1 + verdictSeconds
const width = Math.round(columns * charWidth + 28)
const height = (rows + 1) * lineHeight + 8
const percent = (seconds: number): string => `${((100 * seconds) / totalSeconds).toFixed(3)}%`
const pictures = frames.map((lines, index) => {
  const until = index === frames.length - 1 ? totalSeconds : index + 1
  const shown = `@keyframes f${index}{0%{visibility:hidden}${percent(index)}{visibility:visible}${until === totalSeconds ? '' : `${percent(until)}{visibility:hidden}`}}`
  return {
    style: `${shown}.f${index}{visibility:hidden;animation:f${index} ${totalSeconds}s step-end infinite}`,
    group: `<g class="f${index}">${lines.map(lineOf).join('')}</g>`,
  }
})

writeFileSync(
  join(project, 'docs', 'demo.svg'),
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="A recording of holdfast demo: five processes share a lock, one is killed, the next one is inside in less than a second, and nothing is lost.">
<style>text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:#d7dce2;white-space:pre}.c1{font-weight:bold}.c2{fill:#8b949e}.c32{fill:#56d364}.c31-1{fill:#ff7b72;font-weight:bold}.c33{fill:#e3b341}.c36{fill:#79c0ff}${pictures.map(({ style }) => style).join('')}</style>
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
${pictures.map(({ group }) => group).join('\n')}
</svg>
`,
)
console.log(`docs/demo.svg: ${frames.length} pictures`)
