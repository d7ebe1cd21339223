/** What an explored algorithm may not do, by name. `throws`: it threw something of its own. */
export type Rule = 'exclusion' | 'liveness' | 'wrong move' | 'mayHold' | 'idle' | 'fences rise' | 'throws'

/** A rule was broken: which, and what happened. */
export class BrokenRule extends Error {
  override readonly name = 'BrokenRule'
  readonly rule: Rule

  constructor(rule: Rule, message: string) {
    super(message)
    this.rule = rule
  }
}
