import type { Context } from 'mocha'
import { setTimeout as pause } from 'node:timers/promises'
import { checkHistory } from '../../lib/sim/history/checker.ts'
import { type Measures, measure } from './measures.ts'
import { Stage, type StageOptions } from './stage.ts'
import type { Worker } from './worker.ts'

/** The stages of one test, which are all taken down after it. */
export class Cast {
  private readonly stages: Stage[] = []

  /** A pool whose every node has entered once, so that a founding's quarantine is over. */
  async open(options: Omit<StageOptions, 'random'>): Promise<Stage> {
    const stage = await Stage.open({ random: Math.random, ...options })
    this.stages.push(stage)
    for (const worker of stage.workers) await enterOnce(worker, 'red', stage.healMs)
    return stage
  }

  async end(): Promise<void> {
    await Promise.all(this.stages.splice(0).map((stage) => stage.end()))
  }
}

/** One entry from its request to its end. */
export async function enterOnce(worker: Worker, lock: string, waitMs: number): Promise<void> {
  const { call } = await worker.ask('enter', lock, waitMs)
  await worker.ask('leave', call)
}

/** What the checker has against a stage's history up to now, in words, and what else there is to measure. */
export async function judged(stage: Stage): Promise<Measures & { readonly violations: readonly string[] }> {
  // What signals say at the end of a fault is still on its way.
  await pause(50)
  const history = await stage.history()
  return { ...measure(history), violations: checkHistory(history).violations.map(({ property, text }) => `${property}: ${text}`) }
}

/** Ends a test that cannot be had here, saying why; where no test may be left out, it fails with that. */
export function skipFor(test: Context, missing: string | null): void {
  if (missing === null) return
  if (process.env['HOLDFAST_TEST_STRICT'] === '1') throw new Error(missing)
  if (test.test !== undefined) test.test.title += ` (left out: ${missing})`
  test.skip()
}
