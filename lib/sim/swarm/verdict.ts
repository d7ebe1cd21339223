/** This file runs the plan of a seed and judges its history by the checker. */
import { checkFunction, checkSwitch } from '../../base/option-checks.ts'
import { takeOptions } from '../../base/options.ts'
import { Checker } from '../history/checker.ts'
import type { HistoryEvent } from '../history/events.ts'
import type { Violation } from '../history/property.ts'
import { drawPlan } from './draw.ts'
import { faultKinds, type Plan } from './plan.ts'
import { runPlan } from './run.ts'

/** A property that a run broke. */
export interface Failure {
  /** Which promise is broken. */
  readonly property: string
  /** How: who, when, by which calls. */
  readonly text: string
}

/** What one run came to. */
export interface SeedVerdict {
  /** The seed of the run. */
  readonly seed: number
  /** Grants. */
  readonly entries: number
  /** Virtual time that passed. */
  readonly simulatedMs: number
  /** Equal for equal runs. */
  readonly hash: number
  /** Empty when all is well; at most so many as are worth reading. */
  readonly failures: readonly Failure[]
  /** How often each interesting situation came about, and each kind of fault. */
  readonly sometimes: Readonly<Record<string, number>>
}

const failuresMax = 20

/** What a plan came to, with all that the checker says. */
export interface PlanVerdict extends SeedVerdict {
  /** All that the checker found. */
  readonly violations: readonly Violation[]
}

/** How a plan is judged. */
export interface JudgeOptions {
  /** Hears every event of the history as well. */
  readonly listener?: (event: HistoryEvent) => void
  /** Goes on to the end after a property was broken. Default false: the run ends there. */
  readonly toTheEnd?: boolean
}

/**
 * Runs a plan and judges its history, by the checker alone; added to that is what no history can show, such as a node
 * that threw.
 *
 * @throws BAD_OPTION that names the field when the plan cannot be run (`checkPlan`); nothing has happened then.
 * @example const { failures } = await judgePlan(drawPlan(7))
 */
export async function judgePlan(plan: Plan, options: JudgeOptions = {}): Promise<PlanVerdict> {
  const { listener, toTheEnd = false } = takeOptions(options, { listener: checkFunction, toTheEnd: checkSwitch }, 'judgePlan')
  const checker = new Checker()
  const faults: Record<string, number> = Object.fromEntries(faultKinds.map((kind) => [`fault ${kind}`, 0]))
  const hear = (event: HistoryEvent): void => {
    if (event.type === 'fault' && !event.over) faults[`fault ${event.kind}`] = (faults[`fault ${event.kind}`] ?? 0) + 1
    checker.add(event)
    listener?.(event)
  }
  const { problems, ...result } = await runPlan(plan, hear, () => toTheEnd || checker.soFar.length === 0)
  // A run that was ended early says nothing about its end.
  const violations = !toTheEnd && checker.soFar.length > 0 ? checker.soFar : checker.finish()
  const told = violations.map(({ property, text, atMs }) => ({ property, text: `${atMs.toFixed(1)} ms: ${text}` }))
  const failures = [...told, ...problems].slice(0, failuresMax)
  const sometimes = { ...checker.sometimes, ...faults }
  return { seed: plan.seed, ...result, failures, sometimes, violations }
}

/**
 * Draws the plan of a seed, runs it, and judges it.
 *
 * @param seed a whole number from 0 to 2³²−1.
 * @throws BAD_OPTION for any other value.
 */
export async function judgeSeed(seed: number): Promise<SeedVerdict> {
  const { violations: _, ...verdict } = await judgePlan(drawPlan(seed))
  return verdict
}
