/**
 * What an explored algorithm may not break, by name.
 *
 * - `exclusion`: two are inside whose modes exclude each other, or more than there are permits.
 * - `liveness`: a site waits for ever, in silence or while messages come and go.
 * - `wrong move`: it grants what its site does not want, or refuses what was not merely tried.
 * - `mayHold`: it denies that a site is inside, and it is.
 * - `idle`: it is not idle when all is over, or a fresh instance is not.
 * - `fences rise`: an exclusive entry has a fence that is not above those before it.
 * - `no winner`: every request was refused, although `wins` demands that one enters.
 * - `throws`: it threw an error of its own.
 * - `bad message`: it sends what cannot travel, or to itself or a stranger.
 * - `endless`: one call does not come to an end, or sends without end.
 * - `unrepeatable`: the same inputs came, and it acted differently.
 */
export type Rule =
  | 'exclusion'
  | 'liveness'
  | 'wrong move'
  | 'mayHold'
  | 'idle'
  | 'fences rise'
  | 'no winner'
  | 'throws'
  | 'bad message'
  | 'endless'
  | 'unrepeatable'

/** A rule was broken: which, and what happened. */
export class BrokenRule extends Error {
  override readonly name = 'BrokenRule'
  readonly rule: Rule

  constructor(rule: Rule, message: string) {
    super(message)
    this.rule = rule
  }
}

/** Which rule, and what happened. */
export interface RuleBreach {
  readonly rule: Rule
  readonly problem: string
}

/** The rule that this step breaks; null if it breaks none. All that an algorithm throws is a finding, its own invariants too. */
export function brokenBy(task: () => void): RuleBreach | null {
  try {
    task()
    return null
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    return { rule: error instanceof BrokenRule ? error.rule : 'throws', problem }
  }
}
