/**
 * A scenario: everything that decides a run. The options make a world, the seed its chance, and the interventions are what the
 * viewer did to it, each in place of a step. Two readers with the same scenario see the same run, step by step. So a link needs
 * to hold no more than a scenario, and going back means playing it again.
 */
import { BadOptionError } from '../../base/errors.ts'
import { delayLaw } from '../arena/delays.ts'
import { loadOf } from '../arena/loads.ts'
import { nodeNames } from '../arena/names.ts'
import type { Intervention } from './interventions.ts'

/** What decides a run. */
export interface Scenario {
  /** `NAME` or `NAME:OPTION+OPTION`. */
  readonly algorithm: string
  /** The number of sites. */
  readonly nodes: number
  /** The seed from which delays and users are drawn. */
  readonly seed: number
  /** As `loadOf` reads it, or `hands`: users come only by interventions. */
  readonly load: string
  /** As `delayLaw` reads it. */
  readonly delay: string
  /** Messages on one link keep their order. */
  readonly isFifo: boolean
  /** The chance that a message is lost. */
  readonly loss: number
  /** Length of a critical section, in T; null lasts until the reader releases. */
  readonly sectionT: number | null
  /** How many users come in all; with `hands`, only users that are sent come. */
  readonly users: number
  /** In the order of their steps, no two at one. */
  readonly interventions: readonly Placed[]
}

/** Done when so many steps have been taken; it is the next step. */
export interface Placed {
  readonly after: number
  readonly do: Intervention
}

/** The page draws no more than this. */
export const scenarioLimits = { nodes: 50, interventions: 500, steps: 100_000, users: 100_000 } as const

/** What a scenario is when nothing is said. */
export const defaultScenario: Scenario = {
  algorithm: 'ricart-agrawala',
  nodes: 4,
  seed: 1,
  load: 'poisson:0.7',
  delay: 'uniform:0.5,1.5',
  isFifo: true,
  loss: 0,
  sectionT: 1,
  users: 20,
  interventions: [],
}

/**
 * The scenario, if it can be played.
 *
 * @throws BAD_OPTION that names the option, what it may be, and what it was.
 */
export function checkedScenario(scenario: Scenario): Scenario {
  const { nodes, seed, load, delay, loss, sectionT, users, interventions } = scenario
  whole('nodes', nodes, 2, scenarioLimits.nodes)
  whole('seed', seed, 0, 2 ** 31)
  whole('users', users, 0, scenarioLimits.users)
  if (load !== 'hands') loadOf(load)
  delayLaw(delay)
  if (!(loss >= 0 && loss < 1)) refuse('loss', 'a chance from 0 to less than 1', loss)
  if (sectionT !== null && !(sectionT >= 0 && sectionT <= 1000))
    refuse('section', "a length from 0 to 1000 T, or 'hands'", sectionT)
  if (interventions.length > scenarioLimits.interventions) {
    refuse('do', `at most ${scenarioLimits.interventions} interventions`, interventions.length)
  }
  let last = -1
  for (const { after } of interventions) {
    whole('do', after, last + 1, scenarioLimits.steps)
    last = after
  }
  return scenario
}

/** The scenario's nodes by name. */
export function nodesOf(scenario: Scenario): readonly string[] {
  return nodeNames(scenario.nodes)
}

/** The same scenario in which this is done after so many steps, and nothing that was to be done later. */
export function withIntervention(scenario: Scenario, after: number, done: Intervention): Scenario {
  const before = scenario.interventions.filter((each) => each.after < after)
  return { ...scenario, interventions: [...before, { after, do: done }] }
}

function whole(option: string, value: number, from: number, to: number): void {
  if (Number.isInteger(value) && value >= from && value <= to) return
  const what = option === 'do' ? `steps that rise, up to ${to}` : `a whole number from ${from} to ${to}`
  refuse(option, what, value)
}

function refuse(option: string, what: string, value: unknown): never {
  throw new BadOptionError(`${option}: ${String(value)} will not do; it is ${what}`, { option })
}
