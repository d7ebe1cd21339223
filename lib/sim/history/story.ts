/**
 * This file records the story of a history: which processes there are, what happens to each, which locks they get, and where it goes
 * wrong. Only what matters for the violations is told (their locks, the processes' lives, faults, views), up to the first of them.
 */
import { boundFrom, checkSwitch, wholeNumberFrom } from '../../base/option-checks.ts'
import { type OptionTable, takeOptions } from '../../base/options.ts'
import type { Mark, SpanKind, Story } from '../story/story.ts'
import { type TextOptions, textOf } from '../story/text.ts'
import { listText } from '../story/words.ts'
import { StoryWriter } from '../story/writer.ts'
import type { HistoryEvent } from './events.ts'
import type { Violation } from './property.ts'
import { fenceWords, sentence } from './sentences.ts'
import { Watched } from './watched.ts'

/** What of a history is told. */
export interface StoryOptions {
  /** What it is about; without any, the whole history is of interest. */
  readonly violations?: readonly Violation[]
}

/** How a history is drawn. */
export interface DiagramOptions extends StoryOptions, TextOptions {}

const diagramTable = {
  columns: wholeNumberFrom(1),
  unicode: checkSwitch,
  violations: null,
  stepsMax: boundFrom(0),
} satisfies OptionTable<DiagramOptions>

/**
 * Draws a history, or the part of it that its violations are about, as a space-time diagram in text.
 *
 * @param events begin with the `run`; without one nothing happens in the diagram either.
 * @example
 * console.log(diagram(events, { violations: checkHistory(events).violations }))
 */
export function diagram(events: readonly HistoryEvent[], options: DiagramOptions = {}): string {
  const { violations = [], ...ofText } = takeOptions(options, diagramTable, 'diagram')
  return textOf(storyOf(events, { violations }), ofText)
}

/** A step in the making. */
interface Told {
  readonly at: number
  readonly text: string
  /** By process: what happens to it here. */
  readonly marks: ReadonlyMap<string, Mark>
  /** By process: what it is afterwards. */
  readonly spans: ReadonlyMap<string, readonly SpanKind[]>
  /** The network afterwards; empty when it is whole. */
  readonly parts: readonly (readonly string[])[]
  readonly key: string
  /** The call that it is about, with its fence if it was granted. */
  readonly call: { readonly call: number; readonly process: string; readonly lock: string } | null
  /** The property that is broken here. */
  readonly property: string | null
}

/**
 * Makes a story of a history, up to its first violation.
 *
 * @param events begin with the `run`; without one the story is empty.
 */
export function storyOf(events: readonly HistoryEvent[], options: StoryOptions = {}): Story {
  const { violations = [] } = takeOptions(options, { violations: null }, 'storyOf')
  const run = events[0]
  if (run === undefined || run.type !== 'run') return written('', [], [])
  const untilMs = violations[0]?.atMs ?? Infinity
  const about = locksOf(events, violations)
  const watched = new Watched(run)
  const partitions = new Map<number, Told['parts']>()
  const cast: string[] = []
  const told: Told[] = []
  const knownEpochs = new Map<string, number>()
  for (const event of events.slice(1)) {
    if (event.atMs > untilMs) break
    if ('process' in event && !cast.includes(event.process)) cast.push(event.process)
    const repeated = event.type === 'view' && knownEpochs.get(event.process) === event.epoch
    if (event.type === 'view') knownEpochs.set(event.process, event.epoch)
    watched.apply(event)
    if (event.type === 'fault' && !event.over && (event.sides?.length ?? 0) > 1) partitions.set(event.fault, event.sides ?? [])
    if (event.type === 'fault' && event.over) partitions.delete(event.fault)
    const line = repeated ? null : sentence(event, watched, about)
    if (line === null) continue
    const { key, text } = line
    const spans = new Map(cast.map((name) => [name, spansOf(name, watched)] as const))
    const state = { at: event.atMs, spans, parts: [...partitions.values()].at(-1) ?? [] }
    const marks = new Map(line.mark === null ? [] : [line.mark])
    const last = told.at(-1)
    if (last !== undefined && key !== '' && last.key === key) {
      // Who takes up the same view is told of in one line, at the last one's time.
      const all = new Map([...last.marks, ...marks])
      told.pop()
      told.push({ ...last, ...state, marks: all, text: text.replace(/^\S+ takes/, `${listText([...all.keys()])} take`) })
    } else told.push({ ...state, marks, key, text, call: callOf(event, watched), property: null })
  }
  const steps = folded(told)
  for (const { property, text, atMs, calls } of violations.slice(0, 3)) {
    const last = steps.at(-1)
    const marks = new Map(calls.flatMap((call): [string, Mark][] => nameOf(watched, call).map((name) => [name, 'broken'])))
    if (last !== undefined && atMs <= untilMs)
      steps.push({ ...last, key: '', call: null, at: atMs, property, text: `${property}: ${withShortFences(text)}`, marks })
  }
  return written(`${run.algorithm}, seed ${run.seed}`, cast, steps)
}

function written(title: string, cast: readonly string[], steps: readonly Told[]): Story {
  let nowMs = 0
  const writer = new StoryWriter(title, 'ms', cast, () => nowMs)
  for (const node of cast.keys()) writer.begin(node, 'absent')
  writer.endStep()
  let before: Told['parts'] = []
  for (const { at, text, marks, spans, parts, property } of steps) {
    nowMs = at
    for (const [node, name] of cast.entries()) {
      const mark = marks.get(name)
      if (mark !== undefined) writer.event(node, mark)
      writer.become(node, spans.get(name) ?? ['absent'])
    }
    if (parts !== before) writer.part(parts)
    before = parts
    if (property !== null) writer.breach(property, text)
    writer.endStep(text)
  }
  return writer.story
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

function spansOf(name: string, run: Watched): readonly SpanKind[] {
  const { life, pausedAtMs } = run.process(name)
  if (life === 'crashed' || life === 'closed') return ['gone']
  const held = run.heldBy(name)
  const own: SpanKind[] = pausedAtMs === null ? [] : ['paused']
  if (held.length > 0) return [...own, held.some(({ mode }) => mode.isAlone) ? 'inside' : 'sharing']
  if (own.length > 0) return own
  if (run.deluded(name)) return ['deluded']
  return [...run.waiting.values()].some(({ process }) => process === name) ? ['waiting'] : []
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
      result.push({ ...lastFolded, call: null, text, marks: new Map([[process, 'leaves']]) })
      for (const each of calls.at(-1) ?? []) result.push(each)
      from = at
    } else {
      const next = Math.max(at, from + 1)
      while (from < next) result.push(told[from++] as Told)
    }
  }
  return result
}

/** The steps of one call, from its asking to its end, if nothing happens in between. */
function wholeCall(told: readonly Told[], from: number): Told[] {
  const first = told[from]
  if (first === undefined || first.call === null || !hasMark(first, 'asks')) return []
  let to = from
  while (told[to]?.call?.call === first.call.call) to++
  const last = told[to - 1]
  return last !== undefined && (hasMark(last, 'leaves') || hasMark(last, 'refused')) ? told.slice(from, to) : []
}

function hasMark({ marks }: Told, mark: Mark): boolean {
  return [...marks.values()].includes(mark)
}

/** Fences of founded epochs are long; their ends tell them apart here. */
function withShortFences(text: string): string {
  return text.replace(/\bfence (\d{10,19})\b/g, (_, fence: string) => `fence ${fenceWords(fence)}`)
}
