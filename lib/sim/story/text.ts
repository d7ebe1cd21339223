/**
 * This file draws a story as a space-time diagram in text (Lamport 1978, "Time, Clocks, and the Ordering of Events", figure 1).
 * Time runs downward, each node is a column, and its events are marks in that column. Thick bars are holds, dashes wait, shaded
 * columns stand still, and the shade beside a column is the far side of a partition. A message is an arrow where it arrives:
 * between its sending and that anything may have happened. Each step's sentence stands beside it.
 */
import { isNow, type Mark, type SpanKind, type Story, eventsOf } from './story.ts'
import { firstTold } from './words.ts'

/** How a story is drawn as text. */
export interface TextOptions {
  /** The terminal's width; default 100. */
  readonly columns?: number
  /** Without it, ASCII only. Default true. */
  readonly unicode?: boolean
  /** Longer stories are told from their end. Default 60. */
  readonly stepsMax?: number
}

/** What a column shows between two marks. */
type Lane = Exclude<SpanKind, 'token'> | 'alive' | 'paused inside'

/** Each sign twice: as it is drawn, and in ASCII. */
const signs = {
  starts: '┬+',
  joins: '◇+',
  dies: '✕X',
  pauses: '░=',
  resumes: '▶>',
  closes: '┴-',
  view: '◆V',
  asks: '○?',
  withdraws: '×x',
  enters: '█#',
  refused: '×x',
  leaves: '▀^',
  lost: '▽v',
  admitted: '●@',
  'turned away': '⊘/',
  receives: '●*',
  broken: '!!',
  absent: '  ',
  alive: '│|',
  waiting: '┆:',
  inside: '█#',
  sharing: '▌H',
  deluded: '▒%',
  paused: '░=',
  'paused inside': '▓%',
  gone: '  ',
  shade: '·.',
  rule: '─-',
  gap: '⋮:',
  line: '─-',
  right: '►>',
  left: '◄<',
  wrong: '✗!',
} as const satisfies Record<
  Exclude<Mark, 'sends'> | Lane | 'shade' | 'rule' | 'gap' | 'line' | 'right' | 'left' | 'wrong',
  string
>

type SignName = keyof typeof signs

const legend: readonly (readonly [SignName, string])[] = [
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

/** Where there are messages, every sign of a request's way is explained. */
const legendOfMessages: typeof legend = [
  ['asks', 'asks'],
  ['waiting', 'waits'],
  ['inside', 'inside'],
  ['leaves', 'leaves'],
  ['receives', 'receives'],
]

/** Columns between which arrows can be seen. */
const messageWidth = 7

/** Draws a story as text. */
export function textOf(story: Story, options: TextOptions = {}): string {
  const { columns = 100, unicode = true, stepsMax } = options
  if (story.steps.length < 2) return 'nothing happens\n'
  return new TextFigure(story, firstTold(story, stepsMax), columns, unicode).lines().join('\n')
}

/** One drawing: what is told, and where it stands. */
class TextFigure {
  private readonly story: Story
  private readonly from: number
  private readonly columns: number
  private readonly unicode: boolean
  /** The nodes that have a column. */
  private readonly shown: readonly number[]
  private readonly laneWidth: number
  /** Where time is no more than an order, the numbers of the steps stand in its place. */
  private readonly isTimed: boolean
  private readonly indent: number
  private readonly used = new Set<SignName>()

  constructor(story: Story, from: number, columns: number, unicode: boolean) {
    this.story = story
    this.from = from
    this.columns = columns
    this.unicode = unicode
    this.isTimed = story.unit !== 'steps'
    this.indent = this.isTimed ? 9 : 5
    this.shown = [...story.nodes.keys()].filter((node) => this.isSeen(node))
    const widest = Math.max(...this.names.map((name) => name.length)) + 1
    const wanted = this.hasMessages ? Math.max(widest, messageWidth) : widest
    // Sentences keep at least half of the line.
    this.laneWidth = Math.max(2, Math.min(wanted, Math.floor((columns / 2 - this.indent) / this.shown.length)))
  }

  lines(): string[] {
    const { story, from, indent, laneWidth, shown } = this
    const margin = ' '.repeat(indent)
    const lines = this.header()
    if (this.isTimed) lines.push(`${margin}${this.sign('rule').repeat(shown.length * laneWidth)}`)
    if (from > 1) lines.push(`${margin}${this.sign('gap').padEnd(laneWidth * shown.length + 1)}(${from - 1} steps before)`)
    let last: number | null = null
    for (const [i, { at, text }] of story.steps.slice(from).entries()) {
      const step = from + i
      if (this.isTimed && last !== null && at - last > 100) lines.push(`${margin}${this.row(step - 1, false)}`.trimEnd())
      const time = at === last ? '' : at.toFixed(story.unit === 'T' ? 2 : 1)
      const breaches = story.breaches.filter((breach) => breach.step === step)
      const isBreach = breaches.some((breach) => breach.text === text)
      const number = isBreach && !this.isTimed ? this.sign('wrong') : String(step).padStart(3)
      lines.push(
        ...this.paragraph(this.isTimed ? time : number, this.isTimed ? number : '', step, true, text + this.sentIn(step)),
      )
      for (const breach of breaches)
        if (breach.text !== text)
          lines.push(...this.paragraph(this.sign('wrong'), this.isTimed ? '   ' : '', step, false, breach.text))
      last = at
    }
    const known = this.hasMessages ? legendOfMessages : legend.filter(([sign]) => this.used.has(sign))
    const explained = known.map(([sign, text]) => `${this.sign(sign)} ${text}`)
    lines.push('', ...wrap(explained.join('   '), this.columns))
    return [lines.join('\n').trimEnd(), '']
  }

  private sign(name: SignName): string {
    return signs[name].charAt(this.unicode ? 0 : 1)
  }

  /** A story that has no time is one of an algorithm alone, whether or not it comes to messages. */
  private get hasMessages(): boolean {
    return !this.isTimed || this.story.flights.length > 0
  }

  private get names(): string[] {
    return this.shown.map((node) => this.story.nodes[node] as string)
  }

  /** Whether the node takes part in the steps that are shown: it is present, or has an event. */
  private isSeen(node: number): boolean {
    const { story, from } = this
    const away = story.spans.filter((span) => span.node === node && (span.kind === 'gone' || span.kind === 'absent'))
    const isAlways = away.some((span) => span.fromStep <= from && span.toStep >= story.steps.length)
    return !isAlways || story.events.some((event) => event.node === node && event.step >= from)
  }

  /** A step with its sentence, on as many lines as that takes. */
  private paragraph(left: string, number: string, step: number, withMarks: boolean, text: string): string[] {
    const { indent, laneWidth, shown, columns, isTimed, unicode } = this
    const width = Math.max(24, columns - (indent + shown.length * laneWidth + 1) - 4)
    const edge = isTimed ? 1 : 2
    return wrap(unicode ? text : text.replaceAll('…', isTimed ? '..' : '...').replaceAll('·', '.'), width).map((part, i) => {
      const row = this.row(step, withMarks && i === 0)
      const beside = isTimed ? ` ${i === 0 ? number : '   '} ` : '  '
      return `${(i === 0 ? left : '').padStart(indent - edge)}${' '.repeat(edge)}${row}${beside}${part}`.trimEnd()
    })
  }

  /** The columns after a step, with what happened in it. */
  private row(step: number, withMarks: boolean): string {
    const { story, laneWidth, shown } = this
    const events = withMarks ? eventsOf(story, step) : []
    const parts = story.parted.findLast((each) => isNow(each, step))?.parts ?? []
    const largest = Math.max(...parts.map(({ length }) => length))
    const near = parts.find(({ length }) => length === largest)
    const cells = shown.flatMap((node) => {
      const lane = this.laneOf(node, step)
      const own = events.flatMap((event) => (event.node === node && event.kind !== 'sends' ? [event.kind] : []))
      const mark = (own[0] === 'receives' || own[0] === 'resumes') && own.includes('enters') ? 'enters' : own[0]
      this.used.add(lane)
      if (mark !== undefined) this.used.add(mark)
      const isFar = near !== undefined && !near.includes(story.nodes[node] as string) && lane !== 'gone' && lane !== 'absent'
      return [this.sign(mark ?? lane), ...(isFar ? this.sign('shade') : ' ').repeat(laneWidth - 1)]
    })
    for (const { kind, message } of events) if (kind === 'receives') this.drawArrow(cells, message)
    return cells.join('')
  }

  private drawArrow(cells: string[], message: number): void {
    const { story, laneWidth, shown } = this
    const flight = story.flights[message - 1]
    if (flight === undefined) return
    const [from, to] = [shown.indexOf(flight.from), shown.indexOf(flight.to)]
    const [low, high] = from < to ? [from, to] : [to, from]
    for (let i = low * laneWidth + 1; i < high * laneWidth; i++) if (cells[i] === ' ') cells[i] = this.sign('line')
    cells[from < to ? to * laneWidth - 1 : to * laneWidth + 1] = from < to ? this.sign('right') : this.sign('left')
  }

  private laneOf(node: number, step: number): Lane {
    const spans = this.story.spans.filter((span) => span.node === node && isNow(span, step)).map(({ kind }) => kind)
    if (spans.includes('paused') && (spans.includes('inside') || spans.includes('sharing'))) return 'paused inside'
    return (
      (['absent', 'gone', 'paused', 'inside', 'sharing', 'deluded', 'waiting'] as const).find((kind) => spans.includes(kind)) ??
      'alive'
    )
  }

  /** In which step a message was sent that arrives in this one. */
  private sentIn(step: number): string {
    if (this.isTimed) return ''
    const { message } = eventsOf(this.story, step).find(({ kind }) => kind === 'receives') ?? {}
    const flight = this.story.flights[(message ?? 0) - 1]
    return flight === undefined || flight.fromStep === 0 ? '' : ` (sent in ${flight.fromStep})`
  }

  /** Names above their columns; in steps when the columns are too narrow for them. */
  private header(): string[] {
    const { names, laneWidth, indent } = this
    const widest = Math.max(...names.map((name) => name.length))
    const rows = widest < laneWidth ? 1 : Math.min(names.length, Math.ceil((widest + 1) / laneWidth))
    return Array.from({ length: rows }, (_, row) => {
      let line = ' '.repeat(indent)
      for (const [i, name] of names.entries()) if (i % rows === row) line = line.padEnd(indent + i * laneWidth) + name
      return line
    })
  }
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
