/**
 * A history as sentences, like a play: who enters, what befalls whom, who is given what, and where it goes wrong. Only what
 * matters for the violations is told (their locks, the processes' lives, faults, views), and of that as much as fits before
 * the first of them.
 */
import { fenceParts } from '../lock/fence.ts'
import type { HistoryEvent } from './history/events.ts'
import type { Violation } from './history/property.ts'
import { type CallState, Watched } from './history/watched.ts'

/** What happens to one process in a scene, as the diagram marks it. */
export type Mark =
  | 'starts'
  | 'joins'
  | 'dies'
  | 'pauses'
  | 'resumes'
  | 'closes'
  | 'view'
  | 'asks'
  | 'granted'
  | 'refused'
  | 'leaves'
  | 'lost'
  | 'admitted'
  | 'turned away'
  | 'broken'

/** How a process is, after a scene. */
export type Lane = 'absent' | 'alive' | 'waiting' | 'inside' | 'sharing' | 'deluded' | 'paused' | 'paused inside' | 'gone'

/** One line of the story. */
export interface Scene {
  readonly atMs: number
  readonly text: string
  readonly marks: ReadonlyMap<string, Mark>
  /** By process, in the order of the cast. */
  readonly lanes: readonly Lane[]
  /** By process: on which side of a partition, 0 for the first or none. */
  readonly sides: readonly number[]
}

/** A story, ready to be told. */
export interface Story {
  readonly cast: readonly string[]
  readonly scenes: readonly Scene[]
  /** Scenes before the first that is told. */
  readonly untold: number
}

/** What of a history is told. */
export interface StoryOptions {
  /** What it is about; without any, the whole history is of interest. */
  readonly violations?: readonly Violation[]
  /** Default 60. */
  readonly scenesMax?: number
}

/** Makes a story of a history. The history begins with its `run`. */
export function storyOf(events: readonly HistoryEvent[], { violations = [], scenesMax = 60 }: StoryOptions = {}): Story {
  const run = events[0]
  if (run === undefined || run.type !== 'run') return { cast: [], scenes: [], untold: 0 }
  const first = violations[0]
  const untilMs = first?.atMs ?? Infinity
  const about = locksOf(events, violations)
  const watched = new Watched(run)
  const sides = new Map<number, readonly (readonly string[])[]>()
  const cast: string[] = []
  const told: { scene: Omit<Scene, 'lanes' | 'sides'>; lanes: Map<string, Lane>; sides: Map<string, number>; key: string }[] = []
  const knownEpochs = new Map<string, number>()
  for (const event of events.slice(1)) {
    if (event.atMs > untilMs) break
    if ('process' in event && !cast.includes(event.process)) cast.push(event.process)
    const repeated = event.type === 'view' && knownEpochs.get(event.process) === event.epoch
    if (event.type === 'view') knownEpochs.set(event.process, event.epoch)
    watched.apply(event)
    if (event.type === 'fault' && !event.over && (event.sides?.length ?? 0) > 1) sides.set(event.fault, event.sides ?? [])
    if (event.type === 'fault' && event.over) sides.delete(event.fault)
    const line = repeated ? null : sentence(event, watched, about)
    if (line === null) continue
    const scene = { atMs: event.atMs, text: line.text, marks: new Map(line.mark === null ? [] : [line.mark]) }
    const last = told.at(-1)
    const merged = last !== undefined && line.key !== '' && last.key === line.key
    if (merged) {
      // Who takes up the same view is told of in one line, at the last one's time.
      const marks = new Map([...last.scene.marks, ...scene.marks])
      last.scene = { ...scene, marks, text: line.text.replace(/^\S+ takes/, `${list([...marks.keys()])} take`) }
    }
    const target = merged ? last : { scene, lanes: new Map(), sides: new Map(), key: line.key }
    for (const name of cast) target.lanes.set(name, laneOf(name, watched))
    target.sides = sidesNow(sides)
    if (!merged) told.push(target)
  }
  for (const { property, text, atMs, calls } of violations.slice(0, 3)) {
    const last = told.at(-1)
    const marks = new Map(calls.flatMap((call): [string, Mark][] => nameOf(watched, call).map((name) => [name, 'broken'])))
    if (last !== undefined && atMs <= untilMs)
      told.push({ ...last, key: '', scene: { atMs, text: `${property}: ${text}`, marks } })
  }
  const shown = told.slice(-scenesMax)
  const present = cast.filter((name) => shown.some(({ scene, lanes }) => scene.marks.has(name) || isSomebody(lanes.get(name))))
  const scenes = shown.map(({ scene, lanes, sides: where }) => ({
    ...scene,
    lanes: present.map((name) => lanes.get(name) ?? 'absent'),
    sides: present.map((name) => where.get(name) ?? 0),
  }))
  return { cast: present, scenes, untold: told.length - shown.length }
}

function isSomebody(lane: Lane | undefined): boolean {
  return lane !== undefined && lane !== 'absent' && lane !== 'gone'
}

function nameOf(watched: Watched, call: number): string[] {
  const known = watched.call(call)
  return known === undefined ? [] : [known.process]
}

/** The locks that violations are about; null when they do not say, and then it may be any. */
function locksOf(events: readonly HistoryEvent[], violations: readonly Violation[]): ReadonlySet<string> | null {
  const calls = new Set(violations.slice(0, 3).flatMap((each) => each.calls))
  const locks = new Set<string>()
  for (const event of events) if (event.type === 'invoked' && calls.has(event.call)) locks.add(event.lock)
  return locks.size === 0 ? null : locks
}

/** By process, 0 on the largest side of a partition. */
function sidesNow(partitions: ReadonlyMap<number, readonly (readonly string[])[]>): Map<string, number> {
  const now = new Map<string, number>()
  for (const sides of partitions.values()) {
    const bySize = [...sides].sort((a, b) => b.length - a.length)
    for (const [i, side] of bySize.entries()) for (const name of side) now.set(name, i)
  }
  return now
}

function laneOf(name: string, run: Watched): Lane {
  const { life, pausedAtMs } = run.process(name)
  const held = run.heldBy(name)
  if (life === 'crashed' || life === 'closed') return 'gone'
  if (pausedAtMs !== null) return held.length > 0 ? 'paused inside' : 'paused'
  if (held.length > 0) return held.some(({ mode }) => mode === 'exclusive') ? 'inside' : 'sharing'
  if (run.deluded(name)) return 'deluded'
  return [...run.waiting.values()].some(({ process }) => process === name) ? 'waiting' : 'alive'
}

interface Line {
  readonly text: string
  readonly mark: [string, Mark] | null
  /** Lines of one key that follow each other are told as one. */
  readonly key: string
}

function sentence(event: HistoryEvent, run: Watched, about: ReadonlySet<string> | null): Line | null {
  const line = (text: string, mark: Mark | null = null, key = ''): Line => ({
    text,
    mark: mark === null || !('process' in event) ? null : [event.process, mark],
    key,
  })
  switch (event.type) {
    case 'phase':
      return event.phase === 'calm' ? line('everything heals') : null
    case 'started':
      return line(`${event.process} starts`, 'starts')
    case 'joined':
      return line(`${event.process} is a member${event.node === undefined ? '' : ` as ${event.node}`}`, 'joins')
    case 'crashed':
      return line(`${event.process} dies`, 'dies')
    case 'paused':
      return line(`${event.process} stands still`, 'pauses')
    case 'resumed':
      return line(`${event.process} goes on`, 'resumes')
    case 'closing':
      return line(`${event.process} begins to leave`, 'closes')
    case 'closed':
      return line(`${event.process} has left`, 'dies')
    case 'fault':
      return faultLine(event, line)
    case 'view':
      return line(
        `${event.process} takes up view ${epochText(event.epoch)} of ${event.members.join(', ')}`,
        'view',
        `view ${event.epoch} ${event.digest}`,
      )
    case 'quiet':
    case 'counted':
    case 'run':
      return null
    default: {
      const call = run.call(event.call)
      if (call === undefined || (about !== null && !about.has(call.lock))) return null
      return callLine(event, call, line)
    }
  }
}

function faultLine(
  { kind, over, sides, text }: HistoryEvent & { readonly type: 'fault' },
  line: (text: string) => Line,
): Line | null {
  // Of these the process's own line tells.
  if (['crash', 'silentCrash', 'restart', 'pause', 'leave'].includes(kind)) return null
  if (over)
    return sides !== undefined || ['isolate', 'halves', 'bridge', 'partition'].includes(kind) ? line(`${kind} is over`) : null
  if ((sides?.length ?? 0) > 1) return line(`${kind}: ${(sides ?? []).map((side) => side.join(', ')).join(' | ')}`)
  return line(text === undefined ? kind : `${kind}: ${text}`)
}

type CallEvent = Extract<HistoryEvent, { readonly call: number }>

function callLine(event: CallEvent, call: CallState, line: (text: string, mark: Mark) => Line): Line | null {
  const { process, lock, mode, fence } = call
  const what = mode === 'exclusive' ? `'${lock}'` : `'${lock}' (${mode === 'shared' ? 'shared' : 'a permit'})`
  const which = fence === null ? what : `${what}, fence ${fenceText(fence)}`
  switch (event.type) {
    case 'invoked': {
      const within = event.waitMs === undefined ? '' : ` within ${event.waitMs} ms`
      return line(`${process} ${event.how === 'acquire' ? 'asks for' : 'tries'} ${what}${within}`, 'asks')
    }
    case 'granted':
      return line(`${process} is inside ${what}, fence ${fenceText(BigInt(event.fence ?? 0))}`, 'granted')
    case 'refused':
      return line(`${process} is refused ${what}`, 'refused')
    case 'failed':
      return line(`${process} gives ${what} up: ${event.code}`, 'refused')
    case 'releasing':
      return line(`${process} releases ${which}`, 'leaves')
    case 'released':
      return event.outcome === 'released' || event.outcome === undefined
        ? null
        : line(`${process} hears '${event.outcome}' for ${which}`, 'leaves')
    case 'lost':
      return line(`${process} is told that ${which} is lost`, 'lost')
    case 'expired':
      return line(`${process}'s session is over, and with it ${which}`, 'lost')
    case 'read':
    case 'write': {
      const version = event.type === 'read' ? `reads version ${event.version} of` : `writes, on version ${event.version}, to`
      const who = `${process} ${version} ${what}`
      return event.admitted ? line(who, 'admitted') : line(`${who} and is turned away`, 'turned away')
    }
    default:
      return null
  }
}

/** Epochs of founded views are long numbers of which the end is enough to tell them apart. */
function epochText(epoch: number): string {
  return epoch < 100_000 ? String(epoch) : `…${String(epoch % 10_000).padStart(4, '0')}`
}

function fenceText(fence: bigint | string): string {
  const { epoch, counter } = fenceParts(BigInt(fence))
  return epoch === 0 ? String(counter) : `${epochText(epoch)}/${counter}`
}

function list(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}
