/**
 * This file draws a narrative as a space-time diagram in text (Lamport 1978, figure 1), with time running downward: a column for
 * each site, an arrow where a message arrives. Where it was sent stands behind it, since between the two anything may have
 * happened.
 */
import type { Activity, NarrativeStep, Narrative } from './scenes.ts'
import { sentenceOf, shownScenes } from './tell.ts'

interface Signs {
  readonly lanes: Readonly<Record<Activity, string>>
  readonly marks: Readonly<Record<NarrativeStep['does'], string>>
  readonly line: string
  readonly right: string
  readonly left: string
  readonly wrong: string
}

const pretty: Signs = {
  lanes: { out: '│', waiting: '┆', inside: '█' },
  marks: { asks: '○', leaves: '▀', withdraws: '×', receives: '●', 'goes on': '▶' },
  line: '─',
  right: '►',
  left: '◄',
  wrong: '✗',
}

const plain: Signs = {
  lanes: { out: '|', waiting: ':', inside: '#' },
  marks: { asks: '?', leaves: '^', withdraws: 'x', receives: '*', 'goes on': '>' },
  line: '-',
  right: '>',
  left: '<',
  wrong: '!',
}

const laneWidth = 7
const indent = 5

/** Draws a story. `unicode: false` draws with ASCII alone. */
export function storyDiagram(story: Narrative, { unicode = true }: { readonly unicode?: boolean } = {}): string {
  const signs = unicode ? pretty : plain
  const { sites } = story
  const lines = [`${' '.repeat(indent)}${sites.map((id) => id.padEnd(laneWidth)).join('')}`.trimEnd()]
  let lanes: readonly Activity[] = sites.map(() => 'out')
  for (const scene of shownScenes(story)) {
    const row = rowOf(scene, lanes, sites, signs)
    const sent = scene.arrived === null || scene.arrived.sentIn === 0 ? '' : ` (sent in ${scene.arrived.sentIn})`
    lines.push(`${String(scene.number).padStart(indent - 2)}  ${row}  ${sentenceOf(scene)}${sent}`)
    lanes = scene.lanes
  }
  const last = sites.map((_, i) => signs.lanes[lanes[i] ?? 'out'].padEnd(laneWidth)).join('')
  lines.push(`${signs.wrong.padStart(indent - 2)}  ${last}  ${story.problem}`)
  const { lanes: lane, marks } = signs
  lines.push(
    '',
    `${marks.asks} asks   ${lane.waiting} waits   ${lane.inside} inside   ${marks.leaves} leaves   ${marks.receives} receives`,
  )
  const text = lines.join('\n')
  return `${unicode ? text : text.replaceAll('…', '...')}\n`
}

function rowOf(
  { at, does, arrived, lanes, entered }: NarrativeStep,
  before: readonly Activity[],
  sites: readonly string[],
  signs: Signs,
): string {
  const cells = [...sites.map((_, i) => signs.lanes[(does === 'asks' ? lanes : before)[i] ?? 'out'].padEnd(laneWidth)).join('')]
  const to = sites.indexOf(at)
  cells[to * laneWidth] = entered.includes(at) && does !== 'asks' ? signs.lanes.inside : signs.marks[does]
  if (arrived === null) return cells.join('')
  const from = sites.indexOf(arrived.from)
  const [low, high] = from < to ? [from, to] : [to, from]
  for (let i = low * laneWidth + 1; i < high * laneWidth; i++) if (cells[i] === ' ') cells[i] = signs.line
  cells[from < to ? to * laneWidth - 1 : to * laneWidth + 1] = from < to ? signs.right : signs.left
  return cells.join('')
}
