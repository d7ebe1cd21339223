/**
 * This file writes runs of the arena as a log for ShiViz (Beschastnikh, Wang, Brun and Ernst 2016), which draws space-time
 * diagrams from vector clocks. The first line is the expression that reads the log, the second the one that separates
 * executions, and each event is a host, its clock as JSON, and below it what happened. Paste it whole, or load it as a file.
 */
import type { Body } from '../../mutex/contract.ts'
import { stampIn } from '../../mutex/stamped.ts'
import type { Arena } from '../arena/arena.ts'
import type { Due } from '../arena/due-queue.ts'
import type { Seat } from '../arena/seat.ts'
import type { Setting } from '../settings.ts'
import { listenTo, type Scribe } from './one-run.ts'

/** Reads an event. */
export const shivizEvent = String.raw`(?<host>\S+) (?<clock>\{.*\}) (?<time>[\d.]+)\n(?<event>.*)`

/** Reads the line before each execution. */
export const shivizDelimiter = '^=== (?<trace>.*) ===$'

/** The log of some settings under one seed, an execution each. */
export function shivizOf(settings: readonly Setting[], seed: number, entries: number): string {
  const executions = settings.map((setting) => {
    const { algorithm, nodes, load, delay } = setting
    const lines = listenTo(setting, seed, entries, shivizScribe)
    return [`=== ${algorithm}: ${nodes} nodes, ${load}, ${delay}, seed ${seed} ===`, ...lines]
  })
  return `${[shivizEvent, shivizDelimiter, ...executions.flat()].join('\n')}\n`
}

/** The vector clock of a host: how many events of each host it knows of; hosts that it knows nothing of are absent. */
type Vector = Record<string, number>

/** A message on its way, with what its sender knew. */
interface Flight {
  readonly body: Body
  readonly clock: Vector
}

/** Writes down every event of an arena with its vector clock: two lines each. */
export function shivizScribe(arena: Arena<Body>): Scribe<readonly string[]> {
  const lines: string[] = []
  const clocks = new Map(arena.seats.map(({ id }): [string, Vector] => [id, {}]))
  const flights = new Map<string, Flight[]>()

  const note = (seat: Seat<Body>, text: string, heard: Vector = {}): Vector => {
    const clock = clocks.get(seat.id) ?? {}
    for (const [host, count] of Object.entries(heard)) clock[host] = Math.max(clock[host] ?? 0, count)
    clock[seat.id] = (clock[seat.id] ?? 0) + 1
    lines.push(`${seat.id} ${JSON.stringify(clock)} ${Number((arena.nowT / arena.delay.meanT).toFixed(4))}`, text)
    return { ...clock }
  }
  // A copy of a message is another `Due`; its link, its body and the moment of its sending are the same.
  const link = (due: Due<Body>): string => `${due.from?.id} ${due.seat.id} ${due.sentAtT}`

  return {
    listener: {
      requested: (seat) => void note(seat, 'asks'),
      entered: (seat) => void note(seat, 'enters'),
      left: (seat) => void note(seat, 'leaves'),
      sent: (due) => {
        if (due.from === null || due.body === null) return
        const clock = note(due.from, `sends ${told(due.body)} to ${due.seat.id}`)
        const sent = flights.get(link(due)) ?? []
        flights.set(link(due), [...sent, { body: due.body, clock }])
      },
      arrived: (due) => {
        if (due.from === null || due.body === null) return
        const sent = flights.get(link(due))?.find(({ body }) => body === due.body)
        note(due.seat, `receives ${told(due.body)} from ${due.from.id}`, sent?.clock)
      },
      lost: (due, why) => {
        if (due.from !== null && due.body !== null) note(due.from, `${told(due.body)} to ${due.seat.id} is lost: ${why}`)
      },
    },
    finish: () => lines,
  }
}

/** A message in words: its kind, and the request that it names. */
function told(body: Body): string {
  const stamp = stampIn(body)
  return stamp === null ? body.kind : `${body.kind} (${stamp.time}, ${stamp.id})`
}
