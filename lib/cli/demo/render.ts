import { type Books, total } from './ledger.ts'
import { bucketMs, type Place, type Tally, type Tone } from './tally.ts'
import type { WorkerState } from './protocol.ts'
import { cell, clip, type Colour, fill, grouped, type Paint, sparkline } from '../paint.ts'

/** Everything a picture is made of. */
export interface Scene {
  readonly tally: Tally
  readonly algorithm: string
  readonly locked: boolean
  readonly nowMs: number
  /** How long the run is meant to last from when the workers began. */
  readonly secondsLeft: number | null
  readonly totalBefore: number
  readonly books: Books | null
  /** How to look at this run from another terminal. */
  readonly hint: string
}

/**
 * How far behind the present the picture is: reports come in batches, and only what every worker has told can be laid
 * side by side. Without this delay two workers would seem to be inside at once.
 */
const delayMs = 80

/**
 * One picture: exactly `rows` lines of at most `columns` columns. Made for 80×24; more rows give a longer log.
 */
export function renderFrame(scene: Scene, columns: number, rows: number, paint: Paint): string[] {
  const width = Math.min(columns, 110)
  const head = [...header(scene, width, paint), ...workerTable(scene, width, paint), '', ...lockLines(scene, width, paint), '', ...ledgerLines(scene, width, paint), '']
  const foot = [paint('dim', cell(` ${scene.hint}`, width).trimEnd())]
  const room = Math.max(0, rows - head.length - foot.length)
  const log = logLines(scene, room, width, paint)
  const blank = new Array<string>(Math.max(0, room - log.length)).fill('')
  return [...head, ...log, ...blank, ...foot].slice(0, rows).map((line) => clip(line, columns))
}

function header(scene: Scene, width: number, paint: Paint): string[] {
  const { tally } = scene
  const left = ` holdfast demo · ${tally.places.length} processes, ${scene.locked ? 'no lock server' : 'no locks at all'}`
  const time = scene.secondsLeft === null ? '' : ` · ${Math.ceil(scene.secondsLeft)} s to go`
  const right = `${scene.locked ? scene.algorithm : 'unlocked'}${time} `
  const gap = ' '.repeat(Math.max(1, width - left.length - right.length))
  return [paint('strong', left) + gap + paint(scene.locked ? 'accent' : 'bad', right), paint('dim', '─'.repeat(width))]
}

const looks: Readonly<Record<WorkerState | 'dead', { readonly mark: string; readonly colour: Colour; readonly word: string }>> = {
  joining: { mark: '◌', colour: 'warn', word: 'joining' },
  thinking: { mark: '○', colour: 'dim', word: 'thinking' },
  waiting: { mark: '◔', colour: 'accent', word: 'waiting' },
  inside: { mark: '●', colour: 'good', word: 'has the lock' },
  leaving: { mark: '◌', colour: 'dim', word: 'leaving' },
  dead: { mark: '✖', colour: 'bad', word: 'killed' },
}

function workerTable(scene: Scene, width: number, paint: Paint): string[] {
  const { tally } = scene
  const barWidth = Math.max(8, width - 62)
  const most = Math.max(1, ...tally.places.map((place) => place.entries))
  const title = paint('dim', `   ${cell('worker', 8)}${cell('process', 9)}${cell('state', 26)}${cell('entries', 11, 'right')}`)
  return [title, ...tally.places.map((place) => {
    const state = shownState(scene, place)
    const look = looks[state]
    const word = `${state === 'inside' && !scene.locked ? 'inside' : look.word}${since(scene, place, state)}`
    const bar = '█'.repeat(Math.round((place.entries / most) * barWidth))
    const left = ` ${paint(look.colour, look.mark)} ${cell(place.worker, 8)}${cell(String(place.pid), 9)}`
    return `${left}${paint(look.colour, cell(word, 26))}${cell(grouped(place.entries), 11, 'right')}  ${paint(state === 'dead' ? 'dim' : 'accent', bar)}`
  })]
}

function shownState(scene: Scene, place: Place): WorkerState | 'dead' {
  return scene.tally.stateAt(place, scene.nowMs - delayMs)
}

/** For how long: shown where a second means something. */
function since(scene: Scene, place: Place, state: WorkerState | 'dead'): string {
  const from = state === 'dead' ? place.sinceMs : (scene.tally.transitionAt(place, scene.nowMs - delayMs)?.atMs ?? scene.nowMs)
  const ms = scene.nowMs - (state === 'dead' ? 0 : delayMs) - from
  if (state === 'dead') return ` ${(ms / 1000).toFixed(1)} s ago`
  return ms >= 1000 ? ` for ${(ms / 1000).toFixed(1)} s` : ''
}

function lockLines(scene: Scene, width: number, paint: Paint): string[] {
  const { tally } = scene
  const at = scene.nowMs - delayMs
  const inside = tally.places.filter((place) => tally.stateAt(place, at) === 'inside')
  const queue = tally.places
    .filter((place) => tally.stateAt(place, at) === 'waiting')
    .sort((a, b) => (tally.transitionAt(a, at)?.atMs ?? 0) - (tally.transitionAt(b, at)?.atMs ?? 0))
    .map((place) => place.worker)
  const open = tally.kills.findLast((kill) => kill.nextGrantMs === null)
  const holder = inside.length > 0
    ? paint(inside.length > 1 ? 'bad' : 'good', cell(inside.map((place) => place.worker).join(' '), 14))
    : paint(open === undefined ? 'dim' : 'warn', cell(open === undefined ? 'nobody' : `${open.worker} (dead)`, 14))
  const fence = tally.highestFence < 0n ? '' : `   ${paint('dim', 'fence')} ${grouped(tally.highestFence)}`
  const waiting = queue.length === 0 ? paint('dim', 'nobody') : paint('accent', queue.join(' → '))
  const label = (text: string): string => ` ${paint('dim', cell(text, 10))}`
  const members = tally.members.map((id) => tally.workerOf(id) ?? id.slice(0, 6)).sort().join(' ')
  return [
    fill(`${label(scene.locked ? 'holder' : 'inside')}${holder}${scene.locked ? fence : ''}`, width),
    open !== undefined && scene.locked
      ? `${label('queue')}${waiting}   ${paint('warn', `waiting out ${open.worker}'s session: ${((scene.nowMs - open.atMs) / 1000).toFixed(1)} s`)}`
      : `${label('queue')}${scene.locked ? waiting : paint('bad', 'none: everybody walks in')}`,
    scene.locked ? `${label('members')}${members === '' ? paint('dim', 'none yet') : members}${tally.epoch === null ? '' : paint('dim', `   view ${grouped(tally.epoch)}`)}` : `${label('members')}${paint('dim', 'no nodes in this run')}`,
  ]
}

function ledgerLines(scene: Scene, width: number, paint: Paint): string[] {
  const { tally } = scene
  const perSec = recentRate(tally, scene.nowMs)
  const bars = upTo(tally, scene.nowMs)
  const label = (text: string): string => ` ${paint('dim', cell(text, 10))}`
  const now = scene.books === null ? scene.totalBefore : total(scene.books)
  const off = now - scene.totalBefore
  const count = (text: string, value: number): string => `${paint('dim', text)} ${value === 0 ? paint('good', '0') : paint('bad', grouped(value))}`
  return [
    `${label('entries/s')}${cell(grouped(perSec), 6, 'right')}  ${paint('accent', sparkline(bars, width - 22))}`,
    `${label('money')}${cell(grouped(now), 6, 'right')}  ${off === 0 ? paint('good', 'every coin is there') : paint('bad', `${grouped(Math.abs(off))} ${off < 0 ? 'lost' : 'out of nothing'}`)}`,
    `${label('seen')}${count('lost updates', tally.lostUpdates)}   ${count('overlapping entries', tally.overlaps)}   ${count('fence regressions', tally.fenceRegressions)}`,
  ]
}

/** Complete quarter seconds up to now, the pauses among them. */
function upTo(tally: Tally, nowMs: number): number[] {
  const complete = Math.max(0, Math.floor((nowMs - delayMs - tally.startedMs) / bucketMs))
  return Array.from({ length: complete }, (_, i) => tally.buckets[i] ?? 0)
}

/** Entries a second over the last full second. */
export function recentRate(tally: Tally, nowMs: number): number {
  const perSecond = 1000 / bucketMs
  return upTo(tally, nowMs).slice(-perSecond).reduce((sum, count) => sum + count, 0)
}

const tones: Readonly<Record<Tone, Colour | null>> = { plain: null, good: 'good', bad: 'bad', warn: 'warn' }

function logLines(scene: Scene, room: number, width: number, paint: Paint): string[] {
  if (room === 0) return []
  return scene.tally.log.slice(-room).map((line) => {
    const text = cell(line.text, width - 12).trimEnd()
    const colour = tones[line.tone]
    return `${paint('dim', cell(`${((line.atMs - scene.tally.startedMs) / 1000).toFixed(1)} s`, 9, 'right'))}  ${colour === null ? text : paint(colour, text)}`
  })
}
