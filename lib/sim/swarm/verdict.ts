import { Checker } from '../history/checker.ts'
import type { HistoryEvent } from '../history/events.ts'
import { drawPlan } from './draw.ts'
import type { Plan } from './plan.ts'
import { runPlan } from './run.ts'

/** Something that must not be, in a run. */
export interface Failure {
  /** Which promise is broken. */
  readonly property: string
  /** How: who, when, by which calls. */
  readonly text: string
}

/** What one run came to. */
export interface SeedVerdict {
  readonly seed: number
  readonly entries: number
  readonly simulatedMs: number
  /** Equal for equal runs. */
  readonly hash: number
  /** Empty when all is well; at most so many as are worth reading. */
  readonly failures: readonly Failure[]
  /** How often each interesting situation came about, and each kind of fault. */
  readonly sometimes: Readonly<Record<string, number>>
}

const failuresMax = 20

/**
 * Runs a plan and judges its history, by the checker alone; added to that is what no history can show, such as a node
 * that threw.
 *
 * @param listener hears every event of the history as well.
 * @example const { failures } = await judgePlan(drawPlan(7))
 */
export async function judgePlan(plan: Plan, listener?: (event: HistoryEvent) => void): Promise<SeedVerdict> {
  const checker = new Checker()
  const faults = new Map<string, number>()
  const { problems, ...result } = await runPlan(plan, (event) => {
    if (event.type === 'fault' && !event.over) faults.set(`fault ${event.kind}`, (faults.get(`fault ${event.kind}`) ?? 0) + 1)
    checker.add(event)
    listener?.(event)
  })
  const violations = checker.finish().map(({ property, text, atMs }) => ({ property, text: `${atMs.toFixed(1)} ms: ${text}` }))
  const failures = [...violations, ...problems].slice(0, failuresMax)
  return { seed: plan.seed, ...result, failures, sometimes: { ...checker.sometimes, ...Object.fromEntries(faults) } }
}

/** Draws the plan of a seed, runs it, and judges it. */
export function judgeSeed(seed: number): Promise<SeedVerdict> {
  return judgePlan(drawPlan(seed))
}
