/** An invariant of the code was broken: a bug in Holdfast, not a mistake of the user. */
export class InvariantViolation extends Error {
  override readonly name = 'InvariantViolation'
}

/** Asserts in production too: a lock that stops is better than a lock that goes on after a broken invariant. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantViolation(message)
}

/** Ends a switch over a union: the compiler proves that no case is missing. */
export function unreachable(value: never): never {
  throw new InvariantViolation(`unreachable: ${JSON.stringify(value)}`)
}
