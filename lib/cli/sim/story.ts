/** This file runs one seed, makes its plan smaller when it fails, and prints the story of what happens then. */
import { bugNamed } from '../../sim/bugs/index.ts'
import { diagram } from '../../sim/history/story.ts'
import type { HistoryEvent } from '../../sim/history/events.ts'
import { failuresThatCount, planReductions } from '../../sim/shrink-plan.ts'
import { shrink } from '../../sim/shrink.ts'
import { drawPlan } from '../../sim/swarm/draw.ts'
import type { Plan } from '../../sim/swarm/plan.ts'
import { type Failure, judgePlan } from '../../sim/swarm/verdict.ts'
import { grouped, painter } from '../paint.ts'
import type { Terminal } from '../terminal.ts'
import { exitCodes } from '../usage.ts'
import { diagramWidth } from './check.ts'

/** Which story is wanted. */
export interface StoryRequest {
  readonly seed: number
  readonly bug: string | null
  /** Of the whole run, as it is. */
  readonly whole: boolean
  /** As one JSON document. */
  readonly json: boolean
}

const shrinkMsMax = 30_000

/** Runs one seed; if it fails, makes its plan as small as possible and draws that run. */
export async function tellStory(options: StoryRequest, terminal: Terminal, interrupted: AbortSignal): Promise<number> {
  const { seed, bug, whole, json } = options
  const undo = bug === null ? () => undefined : bugNamed(bug).apply()
  try {
    const plan = drawPlan(seed)
    const { failures } = await judgePlan(plan)
    const failure = failures[0]
    const smallest = failure === undefined || whole ? null : await smaller(plan, failure.property, interrupted)
    interrupted.throwIfAborted()
    if (!json && smallest !== null) terminal.out(smallerText(plan, smallest))
    const shown = smallest?.plan ?? plan
    const drawn = failure === undefined && !whole ? null : await draw(shown, plan, terminal, whole)
    if (json) {
      const { failures: told, picture } = drawn ?? { failures, picture: null }
      const found = told.map(({ property, text }) => ({ property, text }))
      terminal.out(
        `${JSON.stringify({ seed, failures: found, attempts: smallest?.attempts ?? 0, plan: shown, diagram: picture })}\n`,
      )
    } else tell(drawn, terminal)
    if (failure === undefined && !json) terminal.out(`seed ${seed} is clean\n`)
    return failure === undefined ? exitCodes.clean : exitCodes.unclean
  } finally {
    undo()
  }
}

function tell(drawn: Drawn | null, terminal: Terminal): void {
  if (drawn === null) return
  const paint = painter(terminal.colors)
  terminal.out(drawn.picture)
  for (const { property, text } of drawn.failures.slice(0, 5)) terminal.out(`\n${paint('bad', property)}\n  ${text}\n`)
}

interface Smaller {
  readonly plan: Plan
  readonly attempts: number
  readonly complete: boolean
}

/**
 * The smallest plan, within half a minute, that breaks the same property before any other. If another property broke first, the
 * story would be about that one.
 */
async function smaller(plan: Plan, property: string, interrupted: AbortSignal): Promise<Smaller> {
  const untilMs = performance.now() + shrinkMsMax
  const fails = async (candidate: Plan): Promise<boolean> => {
    // Virtual time never returns to the event loop, where an interrupt would be handled.
    await new Promise((resolve) => setImmediate(resolve))
    const { failures } = await judgePlan(candidate)
    return failuresThatCount(failures, plan, candidate)[0]?.property === property
  }
  return await shrink(plan, planReductions(property), fails, {
    mayGoOn: () => performance.now() < untilMs && !interrupted.aborted,
  })
}

function smallerText(plan: Plan, { plan: small, attempts, complete }: Smaller): string {
  return `${sizeText(plan)}\nmade smaller in ${attempts} attempts${complete ? '' : ', as far as the time went'}:\n${sizeText(small)}\n\n`
}

function sizeText({ faults, users, places, locks, faultsMs }: Plan): string {
  const asks = users.reduce((sum, user) => sum + user.asks.length, 0)
  const parts = [count(places.length, 'process', 'processes'), count(users.length, 'user'), count(asks, 'ask')]
  return [...parts, count(locks.length, 'lock'), count(faults.length, 'fault'), `${Math.round(faultsMs)} ms`].join(', ')
}

function count(amount: number, one: string, many = `${one}s`): string {
  return `${grouped(amount)} ${amount === 1 ? one : many}`
}

interface Drawn {
  readonly failures: readonly Failure[]
  readonly picture: string
}

async function draw(plan: Plan, drawn: Plan, terminal: Terminal, whole: boolean): Promise<Drawn> {
  const events: HistoryEvent[] = []
  const { violations, failures } = await judgePlan(plan, { listener: (event) => void events.push(event), toTheEnd: whole })
  const options = whole ? { stepsMax: Infinity } : { violations: failuresThatCount(violations, drawn, plan) }
  const picture = diagram(events, { ...options, columns: diagramWidth(terminal) })
  return { failures: failuresThatCount(failures, drawn, plan), picture }
}
