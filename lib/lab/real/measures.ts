/**
 * This file computes the measures of a real run as the simulation computes its own. The first entries are dropped. A message
 * counts for the request that it names, at any time; a message that names none counts while the entries that count are made.
 * Times are divided by T as it was on these links during this run.
 */
import { isBefore } from '../../clock/stamp.ts'
import { jainIndex, median, sorted } from '../../observe/statistics.ts'
import type { RunMeasures } from '../measures/run.ts'
import { jainOfMeans, type Spread, spreadOf } from '../measures/spread.ts'
import { mergedHistory, type RealEntry, type RealHistory, violationsOf } from './history.ts'
import type { ProcessLog } from './protocol.ts'

/** The same measures as of a simulated run, and what only real time has. */
export interface RealMeasures extends RunMeasures {
  /** T: half the median round trip. */
  readonly delayMs: number
  /** Entries of all processes, with those that do not count. */
  readonly entriesInAll: number
  /** Messages that no paper counts, of each kind, for each entry. */
  readonly outsidePerEntry: Readonly<Record<string, number>>
  /** Users that came in each T: the load as it was. */
  readonly arrivals: number
  readonly viewChanges: number
  readonly highestFence: bigint
}

export interface RealRunOptions {
  readonly warmUp: number
  readonly entries: number
  /** All processes want it from the beginning. */
  readonly together: boolean
  /** The highest fence before this run. */
  readonly fenceBefore: bigint
  /** T as it was before the run, for a run that was too short to measure it. */
  readonly delayMs: number
}

/** Fewer round trips than these say too little. */
const roundsMin = 3

/**
 * Messages of the product that no paper counts: a permission that is done with and a token that goes home. Both only let an
 * unused lock be forgotten.
 */
const outside: ReadonlySet<string> = new Set(['done', 'homing'])

export function realMeasuresOf(logs: readonly ProcessLog[], options: RealRunOptions): RealMeasures {
  const history = mergedHistory(logs)
  const rounds = logs.flatMap(({ roundMs }) => [...roundMs])
  const delayMs = rounds.length >= roundsMin ? median(rounds) / 2 : options.delayMs
  const from = firstThatCounts(history.entries, logs.length, options)
  const window = history.entries.slice(from, from + options.entries)
  const { byKind, outsideByKind } = countsOf(history, window)
  const course = courseOf(history.entries, new Set(window), logs.length)
  const messages = Object.values(byKind).reduce((all, count) => all + count, 0)
  const first = window[0]
  const last = window.at(-1)
  const spanMs = first === undefined || last === undefined ? Number.NaN : last.enteredMs - first.enteredMs
  const violations = violationsOf(history.entries, options.fenceBefore)
  for (const { lost } of logs) if (lost > 0) violations.push(`${lost} holds were lost`)
  const inAll = history.entries.length
  const timesOf = (msOf: (entry: RealEntry) => number): Spread => spreadOf(window.map(msOf), delayMs)
  return {
    entries: window.length,
    messagesPerEntry: messages / window.length,
    messagesByKind: perEntry(byKind, window.length),
    bytesPerEntry: logs.reduce((sum, { sent }) => sum + sent.bytes, 0) / inAll,
    syncDelay: spreadOf(course.syncDelaysMs, delayMs),
    waiting: timesOf((entry) => entry.enteredMs - entry.arrivedMs),
    response: timesOf((entry) => entry.leftMs - entry.arrivedMs),
    throughput: ((window.length - 1) / spanMs) * delayMs,
    ...fairnessOf(window, logs.length),
    bypassMax: course.bypassMax,
    inversions: { happensBefore: Number.NaN, arrival: course.byArrival, timestamp: course.byStamp },
    violations: violations.length,
    firstViolation: violations[0] ?? null,
    recovery: null,
    simulatedMessages: history.messages.length,
    cpuMs: logs.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    delayMs,
    entriesInAll: inAll,
    outsidePerEntry: perEntry(outsideByKind, inAll),
    arrivals: arrivalRate(window) * delayMs,
    viewChanges: Math.max(...logs.map(({ viewChanges }) => viewChanges)),
    highestFence: highestFenceOf(history.entries, options.fenceBefore),
  }
}

/** The warm-up begins when all processes take part: processes do not start within a T of each other, as simulated sites do. */
function firstThatCounts(entries: readonly RealEntry[], places: number, options: RealRunOptions): number {
  const { warmUp, together } = options
  const seen = new Set<number>()
  const complete = together ? entries.findIndex(({ place }) => seen.add(place).size === places) + 1 : 0
  return Math.max(0, Math.min(complete + warmUp, entries.length - options.entries))
}

type Counts = Record<string, number>

function countsOf({ messages }: RealHistory, window: readonly RealEntry[]): { byKind: Counts; outsideByKind: Counts } {
  const counted = new Set(window)
  const fromMs = window[0]?.enteredMs ?? 0
  const toMs = window.at(-1)?.enteredMs ?? 0
  const byKind: Counts = {}
  const outsideByKind: Counts = {}
  // From the first entry that counts to the last lie one fewer gaps than entries.
  const unnamedWeight = window.length > 1 ? window.length / (window.length - 1) : 0
  for (const { kind, atMs, entry } of messages) {
    if (outside.has(kind)) outsideByKind[kind] = (outsideByKind[kind] ?? 0) + 1
    else if (entry !== null) byKind[kind] = (byKind[kind] ?? 0) + (counted.has(entry) ? 1 : 0)
    else byKind[kind] = (byKind[kind] ?? 0) + (atMs > fromMs && atMs <= toMs ? unnamedWeight : 0)
  }
  return { byKind, outsideByKind }
}

interface Course {
  readonly syncDelaysMs: number[]
  bypassMax: number
  byArrival: number
  byStamp: number
}

interface Moment {
  readonly atMs: number
  readonly what: 'asked' | 'entered' | 'left'
  readonly entry: RealEntry
}

/** Goes through what happened in its order, with who waits at each moment. */
function courseOf(entries: readonly RealEntry[], counted: ReadonlySet<RealEntry>, places: number): Course {
  const course: Course = { syncDelaysMs: [], bypassMax: 0, byArrival: 0, byStamp: 0 }
  const waiting = new Map<number, RealEntry>()
  const overtaken = new Array<number>(places).fill(0)
  let freeSinceMs: number | null = null
  for (const { what, entry } of momentsOf(entries)) {
    if (what === 'asked') {
      waiting.set(entry.place, entry)
      overtaken[entry.place] = 0
    } else if (what === 'left') {
      freeSinceMs = waiting.size > 0 ? entry.leftMs : null
    } else {
      waiting.delete(entry.place)
      const others = [...waiting.values()]
      const earlier = others.filter((other) => other.askedMs < entry.askedMs)
      for (const { place } of earlier) overtaken[place] = (overtaken[place] as number) + 1
      if (counted.has(entry)) {
        course.bypassMax = Math.max(course.bypassMax, overtaken[entry.place] as number)
        if (freeSinceMs !== null) course.syncDelaysMs.push(entry.enteredMs - freeSinceMs)
        if (earlier.length > 0) course.byArrival++
        if (others.some(({ stamp }) => stamp !== null && entry.stamp !== null && isBefore(stamp, entry.stamp))) course.byStamp++
      }
      freeSinceMs = null
    }
  }
  return course
}

function momentsOf(entries: readonly RealEntry[]): Moment[] {
  const moments = entries.flatMap((entry): Moment[] => [
    { atMs: entry.askedMs, what: 'asked', entry },
    { atMs: entry.enteredMs, what: 'entered', entry },
    { atMs: entry.leftMs, what: 'left', entry },
  ])
  return moments.sort((a, b) => a.atMs - b.atMs)
}

function highestFenceOf(entries: readonly RealEntry[], fenceBefore: bigint): bigint {
  let highest = fenceBefore
  for (const { fence } of entries) if (fence > highest) highest = fence
  return highest
}

/** Users in each millisecond. */
function arrivalRate(window: readonly RealEntry[]): number {
  const ascending = sorted(window.map(({ arrivedMs }) => arrivedMs))
  return (ascending.length - 1) / ((ascending.at(-1) ?? 0) - (ascending[0] ?? 0))
}

function fairnessOf(window: readonly RealEntry[], places: number): { jain: number; jainOfWaits: number } {
  const grants = new Array<number>(places).fill(0)
  const waitsMs = new Array<number>(places).fill(0)
  for (const { place, enteredMs, arrivedMs } of window) {
    grants[place] = (grants[place] as number) + 1
    waitsMs[place] = (waitsMs[place] as number) + enteredMs - arrivedMs
  }
  return { jain: jainIndex(grants), jainOfWaits: jainOfMeans(waitsMs, grants) }
}

function perEntry(counts: Counts, entries: number): Counts {
  return Object.fromEntries(Object.entries(counts).map(([kind, count]) => [kind, count / entries]))
}
