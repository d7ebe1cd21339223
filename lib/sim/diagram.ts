/**
 * This file draws a history as a space-time diagram in text (Lamport 1978, "Time, Clocks, and the Ordering of Events", figure
 * 1): time runs downward, each process is a column, and what it does is a mark in it. Thick bars are holds, dashes wait, shaded
 * columns stand still, and the shade beside a column is the far side of a partition. Each line's sentence stands beside it,
 * numbered as in a play.
 */
import { checkKeys } from '../base/options.ts'
import type { HistoryEvent } from './history/events.ts'
import type { Mark } from './sentences.ts'
import { type Lane, type Scene, type StoryOptions, storyOf } from './story.ts'

/** How a diagram is drawn. */
export interface DiagramOptions extends StoryOptions {
  /** The terminal's width; default 100. */
  readonly columns?: number
  /** Without it, ASCII only. Default true. */
  readonly unicode?: boolean
}

interface Signs {
  readonly marks: Readonly<Record<Mark, string>>
  readonly lanes: Readonly<Record<Lane, string>>
  readonly shade: string
  readonly rule: string
  readonly gap: string
  readonly more: string
}

const pretty: Signs = {
  marks: {
    starts: '┬',
    joins: '◇',
    dies: '✕',
    pauses: '░',
    resumes: '▶',
    closes: '┴',
    view: '◆',
    asks: '○',
    granted: '█',
    refused: '×',
    leaves: '▀',
    lost: '▽',
    admitted: '●',
    'turned away': '⊘',
    broken: '!',
  },
  lanes: {
    absent: ' ',
    alive: '│',
    waiting: '┆',
    inside: '█',
    sharing: '▌',
    deluded: '▒',
    paused: '░',
    'paused inside': '▓',
    gone: ' ',
  },
  shade: '·',
  rule: '─',
  gap: '⋮',
  more: '…',
}

const plain: Signs = {
  marks: {
    starts: '+',
    joins: '+',
    dies: 'X',
    pauses: '=',
    resumes: '>',
    closes: '-',
    view: 'V',
    asks: '?',
    granted: '#',
    refused: 'x',
    leaves: '^',
    lost: 'v',
    admitted: '@',
    'turned away': '/',
    broken: '!',
  },
  lanes: {
    absent: ' ',
    alive: '|',
    waiting: ':',
    inside: '#',
    sharing: 'H',
    deluded: '%',
    paused: '=',
    'paused inside': '%',
    gone: ' ',
  },
  shade: '.',
  rule: '-',
  gap: ':',
  more: '...',
}

const legend: readonly (readonly [Lane | Mark, string])[] = [
  ['waiting', 'waits'],
  ['inside', 'inside'],
  ['sharing', 'inside with others'],
  ['deluded', 'believes that it is inside'],
  ['paused', 'stands still'],
  ['paused inside', 'stands still inside'],
  ['view', 'new view'],
  ['admitted', 'the resource lets it'],
  ['turned away', 'the resource does not'],
]

/**
 * Draws a history, or the part of it that its violations are about.
 *
 * @param events begin with the `run`; without one nothing happens in the diagram either.
 * @example
 * console.log(diagram(events, { violations: checkHistory(events).violations }))
 */
export function diagram(events: readonly HistoryEvent[], options: DiagramOptions = {}): string {
  checkKeys(options, ['columns', 'unicode', 'violations', 'scenesMax'], 'diagram')
  const { columns = 100, unicode = true, ...ofStory } = options
  const signs = unicode ? pretty : plain
  const { cast, scenes, untold } = storyOf(events, ofStory)
  if (scenes.length === 0) return 'nothing happens\n'
  const widest = Math.max(...cast.map((name) => name.length))
  // Sentences keep at least half of the line.
  const laneWidth = Math.max(2, Math.min(widest + 1, Math.floor((columns / 2 - 9) / cast.length)))
  const indent = 9
  const textFrom = indent + cast.length * laneWidth + 1
  const textWidth = Math.max(24, columns - textFrom - 4)
  const ascii = (text: string): string => (unicode ? text : text.replaceAll('…', '..'))
  const lines = header(cast, laneWidth, indent)
  lines.push(`${' '.repeat(indent)}${signs.rule.repeat(cast.length * laneWidth)}`)
  if (untold > 0) lines.push(`${' '.repeat(indent)}${signs.gap.padEnd(laneWidth * cast.length + 1)}(${untold} lines before)`)
  let lastMs = -1
  for (const [i, scene] of scenes.entries()) {
    const before = scenes[i - 1]
    if (before !== undefined && scene.atMs - before.atMs > 100 && before.atMs >= 0)
      lines.push(`${' '.repeat(indent)}${lanesOf(before, cast, laneWidth, signs, false)}`.trimEnd())
    const time = scene.atMs === lastMs ? '' : scene.atMs.toFixed(1)
    lastMs = scene.atMs
    const parts = wrap(ascii(scene.text), textWidth)
    for (const [j, part] of parts.entries()) {
      const number = j === 0 ? `${i + 1}`.padStart(3) : '   '
      const lanes = lanesOf(scene, cast, laneWidth, signs, j === 0)
      lines.push(`${(j === 0 ? time : '').padStart(indent - 1)} ${lanes} ${number} ${part}`.trimEnd())
    }
  }
  const used = new Set(scenes.flatMap(({ lanes, marks }): string[] => [...lanes, ...marks.values()]))
  const known = legend.filter(([sign]) => used.has(sign))
  const signOf = (sign: Lane | Mark): string => (isLane(sign) ? signs.lanes[sign] : signs.marks[sign])
  lines.push('', ...wrap(known.map(([sign, text]) => `${signOf(sign)} ${text}`).join('   '), columns))
  return `${lines.join('\n').trimEnd()}\n`
}

function isLane(sign: Lane | Mark): sign is Lane {
  return Object.hasOwn(pretty.lanes, sign)
}

/** Names above their columns; in steps when the columns are too narrow for them. */
function header(cast: readonly string[], width: number, indent: number): string[] {
  const widest = Math.max(...cast.map((name) => name.length))
  if (widest < width) return [`${' '.repeat(indent)}${cast.map((name) => name.padEnd(width)).join('')}`.trimEnd()]
  const rows = Math.min(cast.length, Math.ceil((widest + 1) / width))
  return Array.from({ length: rows }, (_, row) => {
    let line = ' '.repeat(indent)
    for (const [i, name] of cast.entries()) {
      if (i % rows !== row) continue
      line = line.padEnd(indent + i * width) + name
    }
    return line
  })
}

function lanesOf(scene: Scene, cast: readonly string[], width: number, signs: Signs, withMarks: boolean): string {
  return cast
    .map((name, i) => {
      const lane = scene.lanes[i] ?? 'absent'
      const mark = withMarks ? scene.marks.get(name) : undefined
      const sign = mark === undefined ? signs.lanes[lane] : signs.marks[mark]
      const isFar = (scene.sides[i] ?? 0) > 0 && lane !== 'gone' && lane !== 'absent'
      return sign + (isFar ? signs.shade : ' ').repeat(width - 1)
    })
    .join('')
}

/** Text in lines of at most that width, broken at spaces where there are any. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = ''
    }
    line = line === '' ? word : `${line} ${word}`
    while (line.length > width) {
      lines.push(line.slice(0, width))
      line = line.slice(width)
    }
  }
  return [...lines, line]
}
