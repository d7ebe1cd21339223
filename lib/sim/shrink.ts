/**
 * Makes a failing plan small: what is left is what matters. Delta debugging (Zeller and Hildebrandt 2002, "Simplifying and
 * Isolating Failure-Inducing Input", §3, the algorithm *ddmin*): lists lose halves, then quarters, then single items, as long as
 * the plan still fails in the same way. Then numbers become smaller, and values that differ become equal. All of it again, until
 * nothing more can go or the budget is spent.
 *
 * It knows nothing of what a plan is: reductions do, and the caller says what failing means.
 */
import { boundFrom, checkFunction } from '../base/option-checks.ts'
import { type OptionTable, takeOptions } from '../base/options.ts'

/** Tries a smaller plan: true if it still fails, and then it is the plan from now on. False, too, when the budget is spent. */
export type Attempt<Plan> = (candidate: Plan) => Promise<boolean>

/** One way to make a plan smaller. */
export interface Reduction<Plan> {
  /** Says what it takes away. */
  readonly name: string
  /** Tries what it can, beginning with the plan, and stops when an attempt is told to. */
  reduce(plan: Plan, attempt: Attempt<Plan>): Promise<void>
}

/** How much may be tried. */
export interface ShrinkBudget {
  /** Default 400. */
  readonly attemptsMax?: number
  /** Asked before each attempt: whether there is time left. Default: always. */
  readonly mayGoOn?: () => boolean
}

/** What shrinking came to. */
export interface Shrunk<Plan> {
  /** The smallest plan that was found; it fails. */
  readonly plan: Plan
  /** Plans that were tried. */
  readonly attempts: number
  /** How often each reduction made the plan smaller. */
  readonly steps: Readonly<Record<string, number>>
  /** False when the budget was spent before nothing more could go. */
  readonly complete: boolean
}

const budgetTable = { attemptsMax: boundFrom(0), mayGoOn: checkFunction } satisfies OptionTable<ShrinkBudget>

/**
 * Makes a plan smaller while it fails.
 *
 * @param plan fails; this is not tried. It can be written as JSON, by which plans that were tried are known again.
 * @param reductions what can be taken away, in the order in which it is worth trying.
 * @param fails whether a plan fails in the same way; a plan that cannot be run at all does not.
 * @returns the smallest plan that was found; the first one, if nothing could go.
 * @example
 * const users = fewer('users', (plan: Plan) => plan.users, (plan, some) => ({ ...plan, users: some }))
 * const { plan } = await shrink(failing, [users], async (smaller) => (await run(smaller)).isBroken)
 */
export async function shrink<Plan>(
  plan: Plan,
  reductions: readonly Reduction<Plan>[],
  fails: (plan: Plan) => Promise<boolean>,
  budget: ShrinkBudget = {},
): Promise<Shrunk<Plan>> {
  const { attemptsMax = 400, mayGoOn = () => true } = takeOptions(budget, budgetTable, 'shrink')
  const steps: Record<string, number> = {}
  const seen = new Set([JSON.stringify(plan)])
  let smallest = plan
  let attempts = 0
  let isSpent = false
  let hasProgress = true
  while (hasProgress && !isSpent) {
    hasProgress = false
    for (const reduction of reductions) {
      await reduction.reduce(smallest, async (candidate) => {
        const text = JSON.stringify(candidate)
        // A plan that was tried before gives the same result again.
        if (seen.has(text)) return false
        isSpent ||= attempts >= attemptsMax || !mayGoOn()
        if (isSpent) return false
        seen.add(text)
        attempts++
        if (!(await fails(candidate))) return false
        smallest = candidate
        hasProgress = true
        steps[reduction.name] = (steps[reduction.name] ?? 0) + 1
        return true
      })
    }
  }
  return { plan: smallest, attempts, steps, complete: !isSpent }
}

/**
 * Takes items out of a list of the plan: large pieces first, then smaller ones, each of them again after a success.
 *
 * @param name says what it takes away.
 * @param get the list.
 * @param set the plan with that list in its place.
 * @param atLeast so many items stay.
 * @returns a reduction for `shrink`.
 */
export function fewer<Plan, Item>(
  name: string,
  get: (plan: Plan) => readonly Item[],
  set: (plan: Plan, items: readonly Item[]) => Plan,
  atLeast = 0,
): Reduction<Plan> {
  return {
    name,
    async reduce(plan, attempt) {
      let current = plan
      let items = get(plan)
      // All at once, for often none of them matters.
      let size = items.length
      while (size >= 1) {
        let from = 0
        while (from < items.length) {
          const left = [...items.slice(0, from), ...items.slice(from + size)]
          const candidate = set(current, left)
          if (left.length >= atLeast && (await attempt(candidate))) {
            current = candidate
            items = left
          } else from += size
        }
        size = Math.min(Math.floor(size / 2), items.length)
      }
    },
  }
}

/**
 * Tries candidates one after the other; each that fails is where the next ones begin.
 *
 * @param name says what it takes away.
 * @param candidates ways to change the plan, each given the smallest plan so far.
 * @returns a reduction for `shrink`.
 */
export function simpler<Plan>(name: string, candidates: (plan: Plan) => Iterable<(plan: Plan) => Plan>): Reduction<Plan> {
  return {
    name,
    async reduce(plan, attempt) {
      let current = plan
      for (const change of candidates(plan)) {
        const candidate = change(current)
        if (await attempt(candidate)) current = candidate
      }
    },
  }
}

/**
 * Halves a number of the plan as long as it fails, down to the least.
 *
 * @param name says what it takes away.
 * @param get the number.
 * @param set the plan with that number in its place.
 * @param least it gets no smaller.
 * @returns a reduction for `shrink`.
 */
export function shorter<Plan>(
  name: string,
  get: (plan: Plan) => number,
  set: (plan: Plan, value: number) => Plan,
  least = 0,
): Reduction<Plan> {
  return {
    name,
    async reduce(plan, attempt) {
      let current = plan
      if (get(current) <= least) return
      const candidate = set(current, least)
      if (await attempt(candidate)) return
      for (;;) {
        const value = get(current)
        const half = Math.max(least, Math.round((value + least) / 2))
        const next = set(current, half)
        if (half >= value || !(await attempt(next))) return
        current = next
      }
    },
  }
}
