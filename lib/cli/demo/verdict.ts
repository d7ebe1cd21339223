/** This file judges a demo run that has ended, and words the verdict. */
import { offText } from './panels.ts'
import { type Books, total } from './ledger.ts'
import type { Tally } from './tally.ts'
import { durationText, grouped, type Paint } from '../paint.ts'

/** The result of a run, as `--json` prints it. Amounts of money are whole coins; times milliseconds. */
export interface DemoOutcome {
  readonly processes: number
  readonly algorithm: string
  readonly grants: number
  /** Lost updates and overlapping entries seen at the ledger. */
  readonly violations: number
  readonly fenceRegressions: number
  readonly kills: number
  /** For each kill, how long until a worker had the lock again. */
  readonly failoverMs: readonly number[]
  readonly durationMs: number
  readonly locked: boolean
  readonly totalBefore: number
  readonly totalAfter: number
  readonly lostUpdates: number
  readonly overlaps: number
  /** Grants in a second, over the time in which the workers moved money. */
  readonly perSec: number
  readonly longestWaitMs: number
  /** Transfers that a dead worker had begun and its successor finished. */
  readonly finishedForDead: number
  /** Why a worker gave up, if one did. */
  readonly failure: string | null
  /** Whether everything was as it should be; the exit code says the same. */
  readonly clean: boolean
}

/** The facts that are not in the tally. */
export interface RunConditions {
  readonly algorithm: string
  readonly locked: boolean
  readonly totalBefore: number
  readonly books: Books
  readonly durationMs: number
  readonly workedMs: number
  /** Ended early by the user: then a lock that has not moved on yet is no fault. */
  readonly interrupted: boolean
}

/** Judges a run that has ended. */
export function judgeRun(tally: Tally, conditions: RunConditions): DemoOutcome {
  const { algorithm, locked, totalBefore, books, durationMs, workedMs, interrupted } = conditions
  const writes = tally.places.reduce((sum, place) => sum + place.writes, 0)
  const lostUpdates = Math.max(0, writes - books.sequence)
  const totalAfter = total(books)
  const violations = lostUpdates + tally.overlaps
  const failoverMs = tally.kills.flatMap((kill) => (kill.nextGrantMs === null ? [] : [Math.round(kill.nextGrantMs - kill.atMs)]))
  const clean =
    violations === 0 &&
    tally.fenceRegressions === 0 &&
    totalAfter === totalBefore &&
    tally.entries > 0 &&
    (interrupted || failoverMs.length === tally.kills.length) &&
    tally.failure === null
  return {
    processes: tally.places.length,
    algorithm,
    grants: tally.entries,
    violations,
    fenceRegressions: tally.fenceRegressions,
    kills: tally.kills.length,
    failoverMs,
    durationMs: Math.round(durationMs),
    locked,
    totalBefore,
    totalAfter,
    lostUpdates,
    overlaps: tally.overlaps,
    perSec: workedMs > 0 ? Math.round((tally.entries / workedMs) * 10_000) / 10 : 0,
    longestWaitMs: Math.round(tally.longestWaitMs),
    finishedForDead: tally.finishedForDead,
    failure: tally.failure === null ? null : `${tally.failure.code}: ${tally.failure.message}`,
    clean,
  }
}

/** The verdict for people. */
export function verdictLines(verdict: DemoOutcome, paint: Paint): string[] {
  const { totalBefore, totalAfter, failoverMs, kills } = verdict
  const difference = totalAfter - totalBefore
  const money =
    difference === 0
      ? `${grouped(totalBefore)} coins before and after`
      : `${grouped(totalBefore)} coins before, ${grouped(totalAfter)} after: ${offText(difference)}`
  const wait = verdict.locked ? `, longest wait ${durationText(verdict.longestWaitMs)}` : ''
  const moved =
    failoverMs.length === 0 || !verdict.locked ? '' : `, the lock moved on after ${failoverMs.map(durationText).join(', ')}`
  const line = (good: boolean, name: string, text: string): string =>
    `  ${good ? paint('good', '✔') : paint('bad', '✘')} ${name.padEnd(21)}${good ? text : paint('bad', text)}`
  return [
    line(difference === 0, 'money', money),
    line(verdict.grants > 0, 'grants', `${grouped(verdict.grants)}, ${grouped(Math.round(verdict.perSec))} a second${wait}`),
    line(verdict.lostUpdates === 0, 'lost updates', grouped(verdict.lostUpdates)),
    line(verdict.overlaps === 0, 'overlapping entries', grouped(verdict.overlaps)),
    line(verdict.fenceRegressions === 0, 'fence regressions', grouped(verdict.fenceRegressions)),
    line(failoverMs.length === kills, 'kills', `${kills}${moved}`),
    ...(verdict.failure === null ? [] : [line(false, 'a worker gave up', verdict.failure)]),
    '',
    `  ${conclusion(verdict, paint)}`,
  ]
}

function conclusion(verdict: DemoOutcome, paint: Paint): string {
  if (!verdict.locked) {
    return verdict.clean
      ? paint('warn', 'No update was lost this time, by luck: there were no locks.')
      : paint('warn', 'This was to be expected: no worker took a lock. Run it again without --unlocked.')
  }
  return verdict.clean
    ? paint('good', 'Clean: nothing was lost and nothing was doubled.')
    : paint('bad', 'Not clean: this should never happen. Please report it with the lines above.')
}
