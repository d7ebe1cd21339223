/** This file draws the panels above the log of the demo: the lock's holder and queue, and the money in the ledger. */
import { cell, type Colour, grouped, type Paint, secondsText, sparkline } from '../paint.ts'
import { total } from './ledger.ts'
import { recentRate, type Picture, shownBuckets, shownSinceMs, shownState } from './picture.ts'
import type { Kill } from './tally.ts'

/** Holder, queue and members: three lines. */
export function lockPanel(picture: Picture, paint: Paint): string[] {
  const inside = workersIn(picture, 'inside')
  if (!picture.locked) {
    return [
      line(paint, 'inside', inside.length === 0 ? paint('dim', 'none') : paint('bad', inside.join(' '))),
      line(paint, 'queue', paint('bad', 'none: every worker walks in')),
      line(paint, 'members', paint('dim', 'no nodes in this run')),
    ]
  }
  const { tally } = picture
  const open = tally.kills.findLast((kill) => kill.nextGrantMs === null)
  const fence = tally.highestFence < 0n ? '' : `${paint('dim', 'fence')} ${tally.highestFence}`
  const queue = workersIn(picture, 'waiting')
  const waited =
    open === undefined ? '' : paint('warn', `waiting out ${open.worker}'s session: ${secondsText(picture.nowMs - open.atMs)}`)
  const members = tally.members.map((id) => tally.workerOf(id) ?? id.slice(0, 6)).sort()
  const view = tally.epoch === null ? '' : paint('dim', `view ${tally.epoch}`)
  return [
    line(paint, 'holder', holder(inside, open, paint), fence),
    line(paint, 'queue', queue.length === 0 ? paint('dim', 'empty') : paint('accent', queue.join(' → ')), waited),
    line(paint, 'members', members.length === 0 ? paint('dim', 'none yet') : members.join(' '), view),
  ]
}

function holder(inside: readonly string[], open: Kill | undefined, paint: Paint): string {
  const [colour, text]: [Colour, string] =
    inside.length > 1
      ? ['bad', inside.join(' ')]
      : inside.length === 1
        ? ['good', inside.join(' ')]
        : open === undefined
          ? ['dim', 'none']
          : ['warn', `${open.worker} (dead)`]
  return paint(colour, cell(text, 14))
}

/** The workers in a state, the longest there first. */
function workersIn(picture: Picture, state: 'inside' | 'waiting'): string[] {
  return picture.tally.places
    .filter((place) => shownState(picture, place) === state)
    .sort((a, b) => shownSinceMs(picture, a) - shownSinceMs(picture, b))
    .map((place) => place.worker)
}

/** The rate, the money, and the faults that the ledger has noticed: three lines. */
export function ledgerPanel(picture: Picture, width: number, paint: Paint): string[] {
  const { tally } = picture
  const now = picture.books === null ? picture.totalBefore : total(picture.books)
  const off = now - picture.totalBefore
  const verdict = off === 0 ? paint('good', 'every coin is there') : paint('bad', offText(off))
  const seen = (text: string, value: number): string =>
    `${paint('dim', text)} ${paint(value === 0 ? 'good' : 'bad', grouped(value))}`
  return [
    line(
      paint,
      'entries/s',
      cell(grouped(recentRate(picture)), 7, 'right'),
      paint('accent', sparkline(shownBuckets(picture), width - 24)),
    ),
    line(paint, 'money', cell(grouped(now), 7, 'right'), verdict),
    line(
      paint,
      'seen',
      seen('lost updates', tally.lostUpdates),
      seen('overlapping entries', tally.overlaps),
      seen('fence regressions', tally.fenceRegressions),
    ),
  ]
}

/** What is wrong with the money, in words. */
export function offText(off: number): string {
  return `${grouped(Math.abs(off))} ${off < 0 ? 'lost' : 'out of nothing'}`
}

function line(paint: Paint, label: string, ...texts: readonly string[]): string {
  return ` ${paint('dim', cell(label, 10))}${texts.filter((text) => text !== '').join('   ')}`
}
