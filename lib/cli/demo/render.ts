/** This file draws one whole frame of the demo for a terminal of a given size. */
import { cell, type Colour, clip, grouped, type Paint, secondsText } from '../paint.ts'
import { wrap } from '../wrap.ts'
import { ledgerPanel, lockPanel } from './panels.ts'
import type { WorkerState } from './protocol.ts'
import { type Picture, shownMs, shownSinceMs, shownState } from './picture.ts'
import type { WorkerSlot, Tone } from './tally.ts'

/**
 * One picture: exactly `rows` lines of at most `columns` columns. Made for 80×24; more rows give a longer log.
 */
export function renderFrame(picture: Picture, columns: number, rows: number, paint: Paint): string[] {
  const width = Math.min(columns, 110)
  const head = [
    ...header(picture, width, paint),
    ...workerTable(picture, width, paint),
    '',
    ...lockPanel(picture, paint),
    '',
    ...ledgerPanel(picture, width, paint),
    '',
  ]
  // A command that is cut off is of no use: it takes as many lines as it needs.
  const foot = wrap(picture.hint, width - 1, ' ', '   ')
    .flatMap((line) => pieces(line, width))
    .map((line) => paint('dim', line))
  const room = Math.max(0, rows - head.length - foot.length)
  const shownHead = head.slice(0, Math.max(0, rows - foot.length))
  const log = logLines(picture, room, width, paint)
  const blank = new Array<string>(Math.max(0, room - log.length)).fill('')
  return [...shownHead, ...log, ...blank, ...foot].slice(0, rows).map((line) => clip(line, columns))
}

/** A line that is too long in pieces, which a terminal shows without a gap when it is copied. */
function pieces(line: string, width: number): readonly string[] {
  const count = Math.max(1, Math.ceil(line.length / width))
  return Array.from({ length: count }, (_, at) => line.slice(at * width, (at + 1) * width))
}

function header(picture: Picture, width: number, paint: Paint): string[] {
  const { tally } = picture
  const left = ` holdfast demo · ${tally.places.length} processes, ${picture.locked ? 'no lock server' : 'no locks at all'}`
  const time = picture.secondsLeft === null ? '' : ` · ${Math.ceil(picture.secondsLeft)} s to go`
  const right = `${picture.locked ? picture.algorithm : 'unlocked'}${time} `
  const gap = ' '.repeat(Math.max(1, width - left.length - right.length))
  return [paint('strong', left) + gap + paint(picture.locked ? 'accent' : 'bad', right), paint('dim', '─'.repeat(width))]
}

const looks: Readonly<Record<WorkerState | 'dead', { readonly mark: string; readonly colour: Colour; readonly word: string }>> = {
  joining: { mark: '◌', colour: 'warn', word: 'joining' },
  thinking: { mark: '○', colour: 'dim', word: 'thinking' },
  waiting: { mark: '◔', colour: 'accent', word: 'waiting' },
  inside: { mark: '●', colour: 'good', word: 'has the lock' },
  leaving: { mark: '◌', colour: 'dim', word: 'leaving' },
  dead: { mark: '✖', colour: 'bad', word: 'killed' },
}

function workerTable(picture: Picture, width: number, paint: Paint): string[] {
  const { tally } = picture
  const barWidth = Math.max(8, width - 62)
  const most = Math.max(1, ...tally.places.map((place) => place.entries))
  const title = paint('dim', `   ${cell('worker', 8)}${cell('process', 9)}${cell('state', 26)}${cell('entries', 11, 'right')}`)
  return [
    title,
    ...tally.places.map((place) => {
      const state = shownState(picture, place)
      const look = looks[state]
      const word = `${state === 'inside' && !picture.locked ? 'inside' : look.word}${since(picture, place, state)}`
      const bar = '█'.repeat(Math.round((place.entries / most) * barWidth))
      const left = ` ${paint(look.colour, look.mark)} ${cell(place.worker, 8)}${cell(String(place.pid), 9)}`
      const entries = cell(grouped(place.entries), 11, 'right')
      return `${left}${paint(look.colour, cell(word, 26))}${entries}  ${paint(state === 'dead' ? 'dim' : 'accent', bar)}`
    }),
  ]
}

/** For how long: shown where a second is worth knowing. */
function since(picture: Picture, place: WorkerSlot, state: WorkerState | 'dead'): string {
  const ms = (state === 'dead' ? picture.nowMs : shownMs(picture)) - shownSinceMs(picture, place)
  if (state === 'dead') return ` ${secondsText(ms)} ago`
  return ms >= 1000 ? ` for ${secondsText(ms)}` : ''
}

const tones: Readonly<Record<Tone, Colour | null>> = { plain: null, good: 'good', bad: 'bad', warn: 'warn' }

function logLines(picture: Picture, room: number, width: number, paint: Paint): string[] {
  if (room === 0) return []
  return picture.tally.log.slice(-room).map((line) => {
    const text = cell(line.text, width - 12).trimEnd()
    const colour = tones[line.tone]
    const time = cell(secondsText(line.atMs - picture.tally.startedMs), 9, 'right')
    return `${paint('dim', time)}  ${colour === null ? text : paint(colour, text)}`
  })
}
