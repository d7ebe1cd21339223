/**
 * A run of the arena as a history (lib/sim/history): one event a line, so that the checker of the simulator, which knows no
 * algorithm, can judge the lab's runs too. A history is in milliseconds; here one T is a second. Each request is a call; what
 * is written in addition to the format's own fields is `fence` counters as the product has them and nothing else.
 */
import type { Body } from '../../mutex/contract.ts'
import type { HistoryEvent } from '../../sim/history/events.ts'
import { encodeEvent } from '../../sim/history/jsonl.ts'
import type { Arena } from '../arena/arena.ts'
import type { Request, Seat } from '../arena/seat.ts'
import type { Setting } from '../settings.ts'
import { listenTo, type Scribe } from './one-run.ts'

/** One T of the arena, in milliseconds of the history. */
const unitMs = 1000

/** A run ends; a waiter that is left then was forgotten. */
const healMs = 1000 * unitMs

/** Nothing takes so long on its way. */
const heardMs = 50 * unitMs

/** The only lock there is. */
const lock = 'lock'

/** The history of one setting under one seed, as JSONL that ends in a newline. */
export function historyOf(setting: Setting, seed: number, entries: number): string {
  const events = listenTo(setting, seed, entries, (arena) => historyScribe(arena, setting, seed))
  return events.map((event) => `${encodeEvent(event)}\n`).join('')
}

/** Writes down what users of an arena see: asking, entering, leaving. */
export function historyScribe(arena: Arena<Body>, setting: Setting, seed: number): Scribe<readonly HistoryEvent[]> {
  const unit = unitMs / arena.delay.meanT
  const now = (): number => Math.round(arena.nowT * unit * 1000) / 1000
  const calls = new Map<Request, number>()
  const call = (request: Request): number => {
    const known = calls.get(request) ?? calls.size
    calls.set(request, known)
    return known
  }
  const events: HistoryEvent[] = [
    {
      atMs: 0,
      type: 'run',
      seed,
      nodes: setting.nodes,
      algorithm: setting.algorithm,
      sessionMs: healMs,
      healMs,
      faultless: true,
      timely: true,
      heardMs,
    },
    ...arena.seats.map(({ id }): HistoryEvent => ({ atMs: 0, type: 'started', process: id })),
    { atMs: 0, type: 'phase', phase: 'calm' },
  ]
  const of = ({ id }: Seat<Body>, request: Request) => ({ atMs: now(), call: call(request), process: id })
  return {
    listener: {
      requested: (seat, request) => {
        events.push({ ...of(seat, request), type: 'invoked', lock, mode: request.mode.plain, how: 'acquire' })
      },
      entered: (seat, request) => {
        events.push({ ...of(seat, request), type: 'granted', fence: String(arena.fenceOf(seat)) })
      },
      left: (seat, request) => {
        events.push({ ...of(seat, request), type: 'releasing' }, { ...of(seat, request), type: 'released', outcome: 'released' })
      },
    },
    finish: () => [
      ...events,
      { atMs: now(), type: 'counted', lockMessages: arena.messages, entries: arena.entries, least: null, most: null },
      { atMs: now(), type: 'phase', phase: 'end' },
    ],
  }
}
