/**
 * This file runs an algorithm once at random, with more sites and more requests than a search of every order can take. Each seed
 * draws how eager the users are and which links are slow: an event that is rare in one kind of run is common in another (Groce et
 * al. 2012, "Swarm Testing").
 */
import { type Random, seededRandom } from '../../base/random.ts'
import type { AlgorithmKind, Body } from '../../mutex/contract.ts'
import { checkEnd } from '../../sim/explorer/checks.ts'
import { type RuleBreach, brokenBy, BrokenRule } from '../../sim/explorer/rules.ts'
import type { Situation, Step, Wish } from '../../sim/explorer/situation.ts'
import { GlobalState } from '../../sim/explorer/global-state.ts'
import { type CheckedMode, drawMode } from './modes.ts'

/** What a run came to. */
export interface Walk {
  readonly situation: Situation
  readonly steps: readonly Step[]
  readonly broken: RuleBreach | null
}

/** What may happen in runs. */
export interface WalkOptions {
  readonly kind: AlgorithmKind<Body>
  readonly links: 'fifo' | 'unordered'
  /** Requests are withdrawn, too. */
  readonly cancels: boolean
  /** Each run has requests of one of these kinds. */
  readonly modes: readonly CheckedMode[]
  /** Runs have from two to so many sites. */
  readonly most: number
}

const stepsMaxDefault = 20_000
/** When no site wants the lock any more, messages may still go round; so many of them are looked at. */
const afterwardsMax = 500

/** The run of that seed. If it is broken off before `stepsMaxDefault` steps, no site is said to wait for ever. */
export function walk(options: WalkOptions, seed: number, stepsMax = stepsMaxDefault): Walk {
  const random = seededRandom(seed)
  const situation = drawSituation(options, random)
  const steps: Step[] = []
  const broken = brokenBy(() => {
    const state = new GlobalState(situation)
    const weightOf = drawWeights(random)
    let afterwards = 0
    while (steps.length < stepsMax && afterwards < afterwardsMax) {
      const next = state.steps()
      if (next.length === 0) break
      const step = drawStep(next, weightOf, random)
      steps.push(step)
      state.take(step)
      if (isServed(state)) afterwards++
    }
    checkServed(state, steps.length >= stepsMaxDefault)
  })
  return { situation, steps, broken }
}

/** No site waits and no site will ask. */
function isServed(state: GlobalState): boolean {
  return state.ids.every((id) => {
    const { pending, wishes, inside } = state.seat(id)
    return pending.length === 0 && wishes.length === 0 && inside === 0
  })
}

/** Throws if a site waits though nothing can happen, or though so much has happened. */
function checkServed(state: GlobalState, isLong: boolean): void {
  if (state.steps().length === 0) return checkEnd(state)
  if (!isLong) return
  for (const id of state.ids)
    if (state.seat(id).pending.length > 0) throw new BrokenRule('liveness', `${id} still waits after ${stepsMaxDefault} steps`)
}

/** Few sites are drawn as often as many, since their stories are short. */
function drawSituation({ kind, links, cancels, modes, most }: WalkOptions, random: Random): Situation {
  const nodes = 2 + random.below(most - 1)
  const withdraws = cancels && random.below(2) === 0
  const checked = modes[modes.length === 1 ? 0 : random.below(modes.length)] as CheckedMode
  const wishes = Array.from({ length: nodes }, () =>
    Array.from({ length: random.below(4) }, (): Wish => {
      const wish = { mode: drawMode(checked, random) }
      return withdraws && random.below(3) === 0 ? { ...wish, fickle: true } : wish
    }),
  )
  return { kind, wishes, unordered: links === 'unordered', timeouts: true }
}

const weights = [0.1, 1, 1, 5]

function drawWeights(random: Random): (step: Step) => number {
  const drawn = new Map<string, number>()
  return (step) => {
    const what = step.do === 'deliver' || step.do === 'lose' ? `${step.from}${step.to}` : step.do
    let weight = drawn.get(what)
    if (weight === undefined) {
      weight = weights[random.below(weights.length)] as number
      drawn.set(what, weight)
    }
    return weight
  }
}

function drawStep(steps: readonly Step[], weightOf: (step: Step) => number, random: Random): Step {
  const sum = steps.reduce((total, step) => total + weightOf(step), 0)
  let at = random.next() * sum
  for (const step of steps) {
    at -= weightOf(step)
    if (at < 0) return step
  }
  return steps[steps.length - 1] as Step
}
