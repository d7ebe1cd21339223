/**
 * This file judges a history, line by line. It asks no algorithm and reads no clock but the history's own, so a bug in what is
 * judged cannot hide in the judge. Memory is bounded in the number of events: properties remember who lives, who waits, who is
 * inside, and a bounded past. It grows with locks, processes and ids.
 */
import { invariant } from '../../base/assert.ts'
import type { HistoryEvent, Phase } from './events.ts'
import { HistoryError, HistoryReader } from './jsonl.ts'
import { agreement } from './properties/agreement.ts'
import { bypass } from './properties/bypass.ts'
import { calls } from './properties/calls.ts'
import { deadlines } from './properties/deadlines.ts'
import { errors } from './properties/errors.ts'
import { exclusion } from './properties/exclusion.ts'
import { fenceOrder } from './properties/fence-order.ts'
import { fences } from './properties/fences.ts'
import { liveness } from './properties/liveness.ts'
import { messageBounds } from './properties/messages.ts'
import { partition } from './properties/partition.ts'
import { quiescence } from './properties/quiescence.ts'
import { sessions } from './properties/sessions.ts'
import { updates } from './properties/updates.ts'
import { views } from './properties/views.ts'
import type { Property, PropertyName, Report, Violation } from './property.ts'
import { Sometimes, type SometimesName } from './sometimes.ts'
import { Watched } from './watched.ts'

/** What the checker says of a history. */
export interface Verdict {
  /** Empty when every promise was kept; in the order of time, at most 1,000. */
  readonly violations: readonly Violation[]
  /** Violations in all, also those above the thousandth. */
  readonly violationsInAll: number
  /** How often each situation was reached, all of them listed. */
  readonly sometimes: Readonly<Record<SometimesName, number>>
  /** Lines that were judged, the `run` among them. */
  readonly events: number
  /** Grants. */
  readonly entries: number
  /** The time of the last line. */
  readonly simulatedMs: number
}

const phases: readonly Phase['phase'][] = ['faults', 'calm', 'closing', 'end']

/** How many violations are kept; more say nothing new. */
const violationsMax = 1000

/**
 * Judges one run as its events come.
 *
 * @example
 * const checker = new Checker()
 * for (const event of events) checker.add(event)
 * const violations = checker.finish()
 */
export class Checker {
  private run: Watched | null = null
  private readonly properties: readonly Property[]
  private readonly situations = new Sometimes()
  private readonly violations: Violation[] = []
  private readonly report: Report
  private violationsInAll = 0
  private events = 0
  private atMs = 0
  private finished = false

  constructor() {
    // Calls first: what they say explains the rest.
    this.properties = [
      calls(),
      errors(),
      exclusion(),
      fences(),
      fenceOrder(),
      updates(),
      sessions(),
      deadlines(),
      liveness(),
      bypass(),
      partition(),
      views(),
      agreement(),
      quiescence(),
      messageBounds(),
    ]
    this.report = (property: PropertyName, text: string, involved: readonly number[] = []): void => {
      this.violationsInAll++
      if (this.violations.length < violationsMax)
        this.violations.push({ property, atMs: this.atMs, text, calls: [...new Set(involved)] })
    }
  }

  /** Before the first event. */
  get isEmpty(): boolean {
    return this.run === null
  }

  /** How often each situation was reached so far. */
  get sometimes(): Readonly<Record<SometimesName, number>> {
    return this.situations.counts
  }

  /** What was broken so far. */
  get soFar(): readonly Violation[] {
    return this.violations
  }

  /**
   * Takes the next event into account. The first must be `run`; times never fall, and phases follow each other.
   *
   * @param line the number of its line, for the error; without it events are counted.
   * @throws HistoryError when that is not so. The checker is then of no further use.
   */
  add(event: HistoryEvent, line = this.events + 1): void {
    invariant(!this.finished, 'a checker that has not finished')
    this.events++
    if (this.run === null) {
      if (event.type !== 'run') throw new HistoryError(line, 'type', `the first line is a 'run', not '${event.type}'`)
      this.run = new Watched(event)
      this.atMs = event.atMs
      return
    }
    if (event.type === 'run') throw new HistoryError(line, 'type', 'a history has one run, and this is a second')
    if (event.atMs < this.atMs) throw new HistoryError(line, 'atMs', `${event.atMs} comes after ${this.atMs}`)
    if (event.type === 'phase' && phases.indexOf(event.phase) < phases.indexOf(this.run.phase))
      throw new HistoryError(line, 'phase', `'${event.phase}' comes after '${this.run.phase}'`)
    this.atMs = event.atMs
    const { run, report } = this
    this.situations.before(event, run, report)
    for (const property of this.properties) property.before?.(event, run, report)
    run.apply(event)
    this.situations.after(event, run, report)
    for (const property of this.properties) property.after?.(event, run, report)
  }

  /** Looks at what is left, once; no event can be added afterwards. */
  finish(): readonly Violation[] {
    if (!this.finished && this.run !== null) for (const property of this.properties) property.finish?.(this.run, this.report)
    this.finished = true
    return this.violations
  }

  /** What there is to be said, after `finish`. */
  verdict(): Verdict {
    const violations = this.finish()
    const { events, violationsInAll, sometimes, atMs } = this
    return { violations, violationsInAll, sometimes, events, entries: sometimes.granted, simulatedMs: atMs }
  }
}

/**
 * Judges a whole history: events, or lines of JSONL; empty lines are skipped.
 *
 * @throws HistoryError naming line and field, when a line is no event, or comes at the wrong place.
 *
 * @example
 * const { violations } = checkHistory(readFileSync('run.jsonl', 'utf8').split('\n'))
 */
export function checkHistory(history: Iterable<HistoryEvent | string>): Verdict {
  const checker = new Checker()
  const reader = new HistoryReader()
  for (const item of history) {
    if (typeof item !== 'string') {
      checker.add(item)
      continue
    }
    const event = reader.read(item)
    if (event !== null) checker.add(event, reader.lineNumber)
  }
  if (checker.isEmpty) throw new HistoryError(1, 'type', "the history is empty; its first line must be a 'run'")
  return checker.verdict()
}
