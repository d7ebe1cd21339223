/**
 * A score from 0 to 100 for grading, by seeds that the author has not seen. The same file and seeds give the same score.
 *
 * - exclusion, 40: half for every order of the small configurations, half in proportion to the seeds in which a site entered and
 *   no two sites were inside together.
 * - liveness, 30: half and half in the same way, for seeds in which every site that asked was served.
 * - fairness, 15: Jain's index of the entries by site while all ask again as soon as they leave. It goes from 0, when one site
 *   has all, to 1, when all have as many. In proportion to the seeds that were clean.
 * - messages, 15: in full for 2(N−1) messages an entry (Ricart and Agrawala 1981) or fewer, half for twice as many, and so on. In
 *   proportion to the seeds that were clean.
 *
 * Fairness and messages count only where the search found nothing wrong: a fast way to be inside together is worth nothing.
 */
import type { AlgorithmKind, Body } from '../../mutex/contract.ts'
import type { Rule } from '../../sim/explorer/rules.ts'
import { Arena } from '../arena/arena.ts'
import { delayLaw } from '../arena/delays.ts'

/** The points of one part, and what it can come to. */
export interface Points {
  readonly points: number
  readonly of: number
}

/** A score and its parts. */
export interface Score {
  readonly total: number
  readonly exclusion: Points
  readonly liveness: Points
  readonly fairness: Points
  readonly messages: Points
  /** Mean over the clean seeds; null when none was. */
  readonly messagesPerEntry: number | null
  /** Mean over the clean seeds; null when none was. */
  readonly jain: number | null
}

/** How one seed went. */
export interface Trial {
  readonly nodes: number
  readonly isExclusive: boolean
  readonly isLive: boolean
  readonly messagesPerEntry: number
  readonly jain: number
}

const most = { exclusion: 40, liveness: 30, fairness: 15, messages: 15 } as const
const entriesEach = 30

/** One run in which all sites ask all the time, over links with exponential delays. */
export function tryOut(kind: AlgorithmKind<Body>, links: 'fifo' | 'unordered', seed: number, nodes: number): Trial {
  const broken = { nodes, isExclusive: false, isLive: false, messagesPerEntry: 0, jain: 0 }
  try {
    const arena = new Arena({ kind, nodes, delay: delayLaw('exponential:1'), seed, unordered: links === 'unordered' })
    const wanted = nodes * entriesEach
    let asked = 0
    let counts: number[] = []
    arena.listener.left = (seat) => {
      // Fairness is judged while all compete: before the first has nothing more to ask for.
      if (arena.entries === wanted / 2) counts = arena.seats.map(({ entries }) => entries)
      if (asked++ < wanted) arena.call(seat, 0, () => arena.arrive(seat))
    }
    for (const seat of arena.seats) {
      asked++
      arena.arrive(seat)
    }
    const isServed = (): boolean => asked >= wanted && arena.seats.every(({ state }) => state === 'out')
    const isOver = arena.run(isServed, wanted * nodes * 100)
    const isExclusive = arena.entries > 0 && arena.violations.length === 0
    const isLive = isOver && isServed()
    return { nodes, isExclusive, isLive, messagesPerEntry: arena.messages / Math.max(1, arena.entries), jain: jainOf(counts) }
  } catch {
    return broken
  }
}

/** The score of what the search and the seeds came to. */
export function scoreOf(found: Rule | null, trials: readonly Trial[]): Score {
  const share = (isGood: (trial: Trial) => boolean): number => trials.filter(isGood).length / Math.max(1, trials.length)
  const clean = trials.filter(({ isExclusive, isLive }) => isExclusive && isLive)
  const cleanShare = found === null ? share((trial) => clean.includes(trial)) : 0
  const of = (part: keyof typeof most, portion: number): Points => ({ points: rounded(most[part] * portion), of: most[part] })
  const unsafe = found !== null && found !== 'liveness'
  const unlive = found !== null && found !== 'exclusion'
  const parts = {
    exclusion: of('exclusion', (unsafe ? 0 : 0.5) + share(({ isExclusive }) => isExclusive) / 2),
    liveness: of('liveness', (unlive ? 0 : 0.5) + share(({ isLive }) => isLive) / 2),
    fairness: of('fairness', cleanShare * mean(clean.map(({ jain, nodes }) => Math.max(0, (jain * nodes - 1) / (nodes - 1))))),
    messages: of('messages', cleanShare * mean(clean.map((trial) => thrift(trial)))),
  }
  const total = rounded(Object.values(parts).reduce((sum, { points }) => sum + points, 0))
  return {
    total,
    ...parts,
    messagesPerEntry: clean.length === 0 ? null : rounded(mean(clean.map(({ messagesPerEntry }) => messagesPerEntry))),
    jain: clean.length === 0 ? null : Math.round(mean(clean.map(({ jain }) => jain)) * 1000) / 1000,
  }
}

function thrift({ nodes, messagesPerEntry }: Trial): number {
  return Math.min(1, (2 * (nodes - 1)) / Math.max(1e-9, messagesPerEntry))
}

/** Jain 1984: 1 when all have as many, 1/N when one has everything. */
function jainOf(counts: readonly number[]): number {
  const sum = counts.reduce((total, count) => total + count, 0)
  const squares = counts.reduce((total, count) => total + count * count, 0)
  return squares === 0 ? 0 : (sum * sum) / (counts.length * squares)
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10
}
