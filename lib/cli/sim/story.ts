import { bugNamed } from '../../sim/bugs/index.ts'
import { diagram } from '../../sim/diagram.ts'
import type { HistoryEvent } from '../../sim/history/events.ts'
import { failuresThatCount, planReductions } from '../../sim/shrink-plan.ts'
import { shrink } from '../../sim/shrink.ts'
import { drawPlan } from '../../sim/swarm/draw.ts'
import type { Plan } from '../../sim/swarm/plan.ts'
import { type Failure, judgePlan } from '../../sim/swarm/verdict.ts'
import { grouped, painter } from '../paint.ts'
import type { Terminal } from '../terminal.ts'
import { exitCodes } from '../usage.ts'
import { widthOf } from './check.ts'

/** Which story is wanted. */
export interface StoryOptions {
  readonly seed: number
  readonly bug: string | null
  /** Of the whole run, as it is. */
  readonly whole: boolean
}

const shrinkMsMax = 30_000

/** Runs one seed; if it fails, makes its plan as small as it can be and draws what happens then. */
export async function tellStory({ seed, bug, whole }: StoryOptions, terminal: Terminal): Promise<number> {
  const undo = bug === null ? () => undefined : bugNamed(bug).apply()
  try {
    const plan = drawPlan(seed)
    const { failures } = await judgePlan(plan)
    const failure = failures[0]
    const shown = failure === undefined || whole ? plan : await smaller(plan, failure.property, terminal)
    const drawn = failure === undefined && !whole ? [] : await draw(shown, plan, terminal, whole)
    const paint = painter(terminal.colors)
    for (const { property, text } of drawn.slice(0, 5)) terminal.out(`\n${paint('bad', property)}\n  ${text}\n`)
    if (failure === undefined) {
      terminal.out(`seed ${seed} is clean\n`)
      return exitCodes.clean
    }
    return exitCodes.unclean
  } finally {
    undo()
  }
}

/**
 * The smallest plan that breaks the same property before any other, as far as half a minute goes. Another one that comes
 * first would be the story that is told.
 */
async function smaller(plan: Plan, property: string, terminal: Terminal): Promise<Plan> {
  const untilMs = performance.now() + shrinkMsMax
  const fails = async (candidate: Plan): Promise<boolean> => {
    const { failures } = await judgePlan(candidate)
    return failuresThatCount(failures, plan, candidate)[0]?.property === property
  }
  const result = await shrink(plan, planReductions(property), fails, { mayGoOn: () => performance.now() < untilMs })
  const { attempts, complete } = result
  terminal.out(`${sizeText(plan)}\nmade smaller in ${attempts} attempts${complete ? '' : ', as far as the time went'}:\n`)
  terminal.out(`${sizeText(result.plan)}\n\n`)
  return result.plan
}

function sizeText({ faults, users, places, locks, faultsMs }: Plan): string {
  const asks = users.reduce((sum, user) => sum + user.asks.length, 0)
  const parts = [count(places.length, 'process', 'processes'), count(users.length, 'user'), count(asks, 'ask')]
  return [...parts, count(locks.length, 'lock'), count(faults.length, 'fault'), `${Math.round(faultsMs)} ms`].join(', ')
}

function count(amount: number, one: string, many = `${one}s`): string {
  return `${grouped(amount)} ${amount === 1 ? one : many}`
}

async function draw(plan: Plan, drawn: Plan, terminal: Terminal, whole: boolean): Promise<readonly Failure[]> {
  const events: HistoryEvent[] = []
  const { violations, failures } = await judgePlan(plan, { listener: (event) => void events.push(event), toTheEnd: whole })
  const options = whole ? { scenesMax: Infinity } : { violations: failuresThatCount(violations, drawn, plan) }
  terminal.out(diagram(events, { ...options, columns: widthOf(terminal) }))
  return failuresThatCount(failures, drawn, plan)
}
