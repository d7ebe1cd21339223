/**
 * This file tells a history in sentences, like a play: which processes enter, what happens to each, which locks they get, and
 * where it goes wrong. Only what matters for the violations is told (their locks, the processes' lives, faults, views), and of
 * that as much as fits before the first of them.
 */
import { checkKeys } from '../base/options.ts'
import type { HistoryEvent } from './history/events.ts'
import type { Violation } from './history/property.ts'
import { Watched } from './history/watched.ts'
import { fenceWords, joinedNames, type Mark, sentence } from './sentences.ts'

/** How a process is, after a scene. */
export type Lane = 'absent' | 'alive' | 'waiting' | 'inside' | 'sharing' | 'deluded' | 'paused' | 'paused inside' | 'gone'

/** One line of the story. */
export interface Scene {
  /** When, since the run began. */
  readonly atMs: number
  /** One sentence. */
  readonly text: string
  /** By process: what happens to it here. */
  readonly marks: ReadonlyMap<string, Mark>
  /** By process, in the order of the cast. */
  readonly lanes: readonly Lane[]
  /** By process: on which side of a partition, 0 for the first or none. */
  readonly sides: readonly number[]
}

/** A story, ready to be told. */
export interface Story {
  /** The processes, in the order in which they enter. */
  readonly cast: readonly string[]
  /** What is told, in order. */
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

/** A scene in the making. */
interface Told {
  scene: Omit<Scene, 'lanes' | 'sides'>
  lanes: Map<string, Lane>
  sides: Map<string, number>
  readonly key: string
  /** The call that it is about, with its fence if it was granted. */
  readonly call: { readonly call: number; readonly process: string; readonly lock: string } | null
}

/**
 * Makes a story of a history, up to its first violation.
 *
 * @param events begin with the `run`; without one the story is empty.
 */
export function storyOf(events: readonly HistoryEvent[], options: StoryOptions = {}): Story {
  checkKeys(options, ['violations', 'scenesMax'], 'storyOf')
  const { violations = [], scenesMax = 60 } = options
  const run = events[0]
  if (run === undefined || run.type !== 'run') return { cast: [], scenes: [], untold: 0 }
  const first = violations[0]
  const untilMs = first?.atMs ?? Infinity
  const about = locksOf(events, violations)
  const watched = new Watched(run)
  const sides = new Map<number, readonly (readonly string[])[]>()
  const cast: string[] = []
  let told: Told[] = []
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
      last.scene = { ...scene, marks, text: line.text.replace(/^\S+ takes/, `${joinedNames([...marks.keys()])} take`) }
    }
    const target = merged ? last : { scene, lanes: new Map(), sides: new Map(), key: line.key, call: callOf(event, watched) }
    for (const name of cast) target.lanes.set(name, laneOf(name, watched))
    target.sides = sidesNow(sides)
    if (!merged) told.push(target)
  }
  told = folded(told)
  for (const { property, text, atMs, calls } of violations.slice(0, 3)) {
    const last = told.at(-1)
    const marks = new Map(calls.flatMap((call): [string, Mark][] => nameOf(watched, call).map((name) => [name, 'broken'])))
    if (last !== undefined && atMs <= untilMs)
      told.push({ ...last, key: '', call: null, scene: { atMs, text: `${property}: ${withShortFences(text)}`, marks } })
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
  if (held.length > 0) return held.some(({ mode }) => mode.isAlone) ? 'inside' : 'sharing'
  if (run.deluded(name)) return 'deluded'
  return [...run.waiting.values()].some(({ process }) => process === name) ? 'waiting' : 'alive'
}

function callOf(event: HistoryEvent, run: Watched): Told['call'] {
  return 'call' in event ? (run.call(event.call) ?? null) : null
}

/** A process that enters and leaves again and again, and nothing else happens: told once, and the last time in full. */
function folded(told: readonly Told[]): Told[] {
  const result: Told[] = []
  let from = 0
  while (from < told.length) {
    const calls: Told[][] = []
    let at = from
    for (let whole = wholeCall(told, at); whole.length > 0; whole = wholeCall(told, at)) {
      const other = calls[0]?.[0]?.call
      const own = whole[0]?.call
      if (other !== undefined && (other?.process !== own?.process || other?.lock !== own?.lock)) break
      calls.push(whole)
      at += whole.length
    }
    const lastFolded = calls.at(-2)?.at(-1)
    if (calls.length > 3 && lastFolded !== undefined) {
      const { process, lock } = lastFolded.call as NonNullable<Told['call']>
      const text = `${process} asks for '${lock}' ${calls.length - 1} times and is done each time`
      const marks = new Map<string, Mark>([[process, 'leaves']])
      result.push({ ...lastFolded, call: null, scene: { atMs: lastFolded.scene.atMs, text, marks } })
      for (const each of calls.at(-1) ?? []) result.push(each)
      from = at
    } else {
      const next = Math.max(at, from + 1)
      while (from < next) result.push(told[from++] as Told)
    }
  }
  return result
}

/** The scenes of one call, from its asking to its end, if nothing happens in between. */
function wholeCall(told: readonly Told[], from: number): Told[] {
  const first = told[from]
  if (first === undefined || first.call === null || !hasMark(first, 'asks')) return []
  let to = from
  while (told[to]?.call?.call === first.call.call) to++
  const last = told[to - 1]
  return last !== undefined && (hasMark(last, 'leaves') || hasMark(last, 'refused')) ? told.slice(from, to) : []
}

function hasMark({ scene }: Told, mark: Mark): boolean {
  return [...scene.marks.values()].includes(mark)
}

/** Fences of founded epochs are long; their ends tell them apart here. */
function withShortFences(text: string): string {
  return text.replace(/\bfence (\d{10,19})\b/g, (_, fence: string) => `fence ${fenceWords(fence)}`)
}
