/**
 * What an explored algorithm may not do, by name. `throws`: it threw something of its own. `endless`: one call does not come
 * to an end. `unrepeatable`: the same things happened, and it did something else.
 */
export type Rule =
  | 'exclusion'
  | 'liveness'
  | 'wrong move'
  | 'mayHold'
  | 'idle'
  | 'fences rise'
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
export interface Broken {
  readonly rule: Rule
  readonly problem: string
}

/** What is broken by doing that; null when nothing is. Whatever an algorithm throws is a finding, its own invariants too. */
export function brokenBy(task: () => void): Broken | null {
  try {
    task()
    return null
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    return { rule: error instanceof BrokenRule ? error.rule : 'throws', problem }
  }
}
