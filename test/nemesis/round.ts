import { setTimeout as pause } from 'node:timers/promises'
import { checkHistory } from '../../lib/sim/history/checker.ts'
import { faultKinds, type FaultKind, type Place } from './faults.ts'
import { type Measures, measure } from './measures.ts'
import { Stage, type PoolKind } from './stage.ts'
import type { Worker } from './worker.ts'

/** One cluster's life: faults, one after another on each of two lanes; then all heals, and every worker must be served. */
export interface Round {
  readonly pool: PoolKind
  readonly count: number
  /** Default: the profile's. */
  readonly sessionMs?: number
  readonly faults: readonly FaultKind[]
}

/** What became of a round. */
export interface Outcome extends Measures {
  readonly pool: PoolKind
  /** The faults that were done, by name. */
  readonly done: readonly string[]
  readonly violations: readonly string[]
  /** Live members left out of a view when nothing was going on that may cost a membership. */
  readonly falseRemovals: readonly string[]
  /** Live members left out because of a fault that may. */
  readonly removals: number
  /** Failures that no fault explains by itself; for people to read. */
  readonly unexpected: readonly string[]
  readonly lines: number
  readonly seconds: number
  /** The history, when it holds a violation. */
  readonly history: string | null
}

/** A fault's time, with what it leaves behind for as long. */
interface Span {
  readonly kind: FaultKind
  readonly fromMs: number
  toMs: number
}

const labour = { locks: ['red', 'green', 'blue'], thinkMs: 60, holdMs: 120, waitMs: 8000 }

/** Plays a round to its end, which leaves nothing behind. */
export async function play(round: Round, random: () => number, seed: number): Promise<Outcome> {
  const stage = await Stage.open({ ...round, random, seed })
  try {
    const spans: Span[] = []
    const broken: string[] = []
    const warmMs = stage.nowMs()
    await Promise.all(stage.workers.map(async (worker) => enterOnce(worker, 'warm', stage.healMs)))
    await stage.labourAt(labour)
    await pause(500)
    broken.push(...(await suffer(round.faults, stage, random, spans)))
    await heal(stage)
    for (const text of await serveEverybody(stage)) broken.push(text)
    const lastMs = stage.nowMs()
    await closeAll(stage)
    const history = await stage.history()
    const verdict = checkHistory(history)
    for (const { property, text, atMs } of verdict.violations) broken.push(`${property} at ${atMs.toFixed(0)} ms: ${text}`)
    const isFalse = (atMs: number): boolean =>
      atMs > warmMs &&
      !spans.some(({ kind, fromMs, toMs }) => kind.removes && atMs >= fromMs && atMs <= toMs + stage.sessionMs + 5000)
    const removals = stage.removals.filter(({ atMs }) => atMs < lastMs)
    const told = (atMs: number): string =>
      spans.flatMap(({ kind, fromMs, toMs }) => (atMs >= fromMs && atMs <= toMs + 5000 ? [kind.name] : [])).join(', ') ||
      'nothing'
    return {
      ...measure(history),
      pool: round.pool,
      done: spans.map(({ kind }) => kind.name),
      violations: broken,
      falseRemovals: removals
        .filter(({ atMs }) => isFalse(atMs))
        .map(({ process, atMs }) => `${process} at ${atMs.toFixed(0)} ms, during ${told(atMs)}`),
      removals: removals.filter(({ atMs }) => !isFalse(atMs)).length,
      unexpected: stage.unexpected,
      lines: history.length,
      seconds: stage.nowMs() / 1000,
      history: broken.length === 0 ? null : history.map((event) => JSON.stringify(event)).join('\n'),
    }
  } finally {
    await stage.end()
  }
}

/** The kinds that can be had here in a pool, and what is missing for the others. */
export function kindsFor(pool: PoolKind): readonly FaultKind[] {
  return faultKinds.filter(({ pools, missing }) => pools.includes(pool) && (missing?.() ?? null) === null)
}

async function enterOnce(worker: Worker, lock: string, waitMs: number): Promise<void> {
  const { call } = await worker.ask('enter', lock, waitMs)
  await worker.ask('leave', call)
}

async function suffer(faults: readonly FaultKind[], stage: Stage, random: () => number, spans: Span[]): Promise<string[]> {
  const broken: string[] = []
  const taken = new Set<number>()
  const victims = {
    stage,
    random,
    take(): Place | null {
      const free = [...stage.workers.keys()].filter((index) => !taken.has(index) && !stage.workers[index]?.hasEnded)
      const inside = free.filter((index) => stage.workers[index]?.inside !== null)
      const among = inside.length > 0 ? inside : free
      const index = among[Math.floor(random() * among.length)]
      const worker = index === undefined ? undefined : stage.workers[index]
      if (index === undefined || worker === undefined) return null
      taken.add(index)
      return { index, worker }
    },
    giveBack: (place: Place) => void taken.delete(place.index),
  }
  const lanes = (['process', 'network'] as const).map((lane) => faults.filter((kind) => kind.lane === lane))
  await Promise.all(
    lanes.map(async (lane) => {
      for (const kind of lane) {
        const span: Span = { kind, fromMs: stage.nowMs(), toMs: Infinity }
        spans.push(span)
        await kind
          .run(victims)
          .catch((error: unknown) => void broken.push(`the fault '${kind.name}' could not be played: ${String(error)}`))
        span.toMs = stage.nowMs()
        await pause(300 + random() * 700)
      }
    }),
  )
  return broken
}

/** Everything is as at the beginning: each place has a process, and nothing lies between them. */
async function heal(stage: Stage): Promise<void> {
  stage.healNetwork()
  for (const worker of stage.workers) if (worker.isStopped) stage.resume(worker)
  await Promise.all([...stage.workers.keys()].map((index) => stage.workers[index]?.hasEnded && stage.startLabouring(index)))
  stage.note({ type: 'phase', phase: 'calm' })
}

/** Every worker enters once more, within the bound. */
async function serveEverybody(stage: Stage): Promise<string[]> {
  await Promise.all(stage.workers.map((worker) => worker.ask('rest')))
  const untilMs = stage.nowMs() + stage.healMs
  const outcomes = await Promise.all(
    stage.workers
      .map(async (worker) => {
        await Promise.race([worker.member, pause(stage.healMs)])
        const leftMs = Math.max(untilMs - stage.nowMs(), 1)
        for (const lock of labour.locks) await enterOnce(worker, lock, leftMs)
      })
      .map((served) => served.then(() => null, String)),
  )
  return outcomes.flatMap((outcome, index) =>
    outcome === null ? [] : [`liveness: ${stage.workers[index]?.name} was not served after everything healed: ${outcome}`],
  )
}

async function closeAll(stage: Stage): Promise<void> {
  stage.note({ type: 'phase', phase: 'closing' })
  for (const worker of stage.workers) {
    stage.note({ type: 'closing', process: worker.name })
    // A node that has never been a member, because of what else is reported here, has nothing to close.
    await Promise.race([worker.ask('close'), pause(stage.healMs)]).catch(() => undefined)
    stage.note({ type: 'closed', process: worker.name })
  }
  stage.note({ type: 'phase', phase: 'end' })
}
