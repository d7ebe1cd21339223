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
