/**
 * This file tries every order in which events can happen to a few sites, on the real code of the algorithms. A model checker does
 * the same (Holzmann 1997, "The model checker SPIN").
 */
import { checkExploreOptions } from './check-options.ts'
import { checkEnd } from './checks.ts'
import { type RuleBreach, brokenBy, type Rule } from './rules.ts'
import type { Situation, Step } from './situation.ts'
import { HashSet } from './state-hash.ts'
import { narrate } from '../story/words.ts'
import { storyOfSteps } from './story.ts'
import { GlobalState } from './global-state.ts'

/** What to explore, and how far. */
export interface ExploreOptions extends Situation {
  /** After so many states the search gives up, and `complete` is false. Default: 5,000,000. */
  readonly statesMax?: number
  /** States after so many steps are not followed any further, and `complete` is false. Default: they are. */
  readonly depthMax?: number
}

/** A broken rule, and how it came about. */
export interface Counterexample {
  /** The rule that was broken. */
  readonly rule: Rule
  /** How the rule was broken. */
  readonly problem: string
  /** The shortest way there. */
  readonly steps: readonly Step[]
  /** The same as a story, a line a step; then the messages that are still on their way, if they are few; its last line is the problem. */
  readonly story: readonly string[]
}

/** What a search of every order came to. */
export interface Exploration {
  /** Different states that were reached. */
  readonly states: number
  /** Steps that were tried from them. */
  readonly steps: number
  /** Every order was tried, up to the violation if there is one. */
  readonly complete: boolean
  /** The first violation that was found; null if no rule was broken. */
  readonly violation: Counterexample | null
}

interface Path {
  readonly step: Step
  readonly before: Path | null
}

interface Moment {
  readonly state: GlobalState
  readonly path: Path | null
  readonly depth: number
}

const statesMaxDefault = 5_000_000

/**
 * Tries every order of events in a small configuration of one algorithm: who asks, which message arrives, who leaves,
 * withdraws, is cut off. Checks at every step that no site is inside that must not be and that none wrongly vouches for
 * that, and at every end that no site waits. Throws nothing for what it finds.
 *
 * @throws BAD_OPTION that names the option when there is nothing to explore: no mistake of the algorithm's.
 * @example
 * const kind = algorithmKind('ricart-agrawala')
 * const twice = [{ mode: 'exclusive' }, { mode: 'exclusive' }] as const
 * const { states, violation } = explore({ kind, wishes: [twice, twice, twice], crash: true })
 * if (violation !== null) console.log(violation.story.join('\n'))
 */
export function explore(options: ExploreOptions): Exploration {
  checkExploreOptions(options)
  // Depth first needs little memory; only when a rule is broken is it sought again by the shortest way.
  const found = search(options, 'deepest first')
  if (found.violation === null) return found
  const { violation } = search(options, 'shortest first')
  // The second search may reach the same bound before it finds the violation: then the first search's longer way is returned.
  return violation === null ? found : { ...found, violation }
}

function search(options: ExploreOptions, order: 'deepest first' | 'shortest first'): Exploration {
  const { statesMax = statesMaxDefault, depthMax = Number.POSITIVE_INFINITY } = options
  const seen = new HashSet()
  let steps = 0
  let isCut = false
  const over = (complete: boolean, violation: Counterexample | null): Exploration => ({
    states: seen.size,
    steps,
    complete,
    violation,
  })
  const first = begin(options)
  if (!(first instanceof GlobalState)) return over(true, { ...first, steps: [], story: [first.problem] })
  let moments: Moment[] = [{ state: first, path: null, depth: 0 }]
  let later: Moment[] = []
  for (;;) {
    const moment = moments.pop()
    if (moment === undefined) {
      if (later.length === 0) return over(!isCut, null)
      moments = later
      later = []
      continue
    }
    const { state, path, depth } = moment
    if (depth >= depthMax) {
      isCut = true
      continue
    }
    const next = state.steps()
    if (next.length === 0) {
      const problem = brokenBy(() => checkEnd(state))
      if (problem !== null) return over(true, violationOf(options, problem, path))
    }
    for (const step of next) {
      const after = state.copy()
      const way = { step, before: path }
      steps++
      const problem = brokenBy(() => after.take(step))
      if (problem !== null) return over(true, violationOf(options, problem, way))
      if (!seen.add(after.hash())) continue
      if (seen.size >= statesMax) return over(false, null)
      const reached = { state: after, path: way, depth: depth + 1 }
      if (order === 'deepest first') moments.push(reached)
      else later.push(reached)
    }
  }
}

function begin(options: ExploreOptions): GlobalState | RuleBreach {
  let state: GlobalState | undefined
  const problem = brokenBy(() => {
    state = new GlobalState(options)
  })
  return state ?? problem ?? { rule: 'throws', problem: 'no state was made' }
}

function violationOf(options: Situation, broken: RuleBreach, path: Path | null): Counterexample {
  const steps: Step[] = []
  for (let at = path; at !== null; at = at.before) steps.unshift(at.step)
  return { ...broken, steps, story: narrate(storyOfSteps(options, steps, broken), Infinity) }
}
