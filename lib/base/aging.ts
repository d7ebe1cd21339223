/**
 * This file orders waiters by an aged priority: a waiter rises with each grant that others get while it waits, so that a stream of
 * requests with higher priorities does not keep it waiting for ever.
 */

/** So many grants raise a waiter as much as one step of `priority`. */
export const grantsPerStep = 100

/** What the order of a waiter depends on. */
export interface Aged {
  /** Higher first. */
  readonly priority: number
  /** How many grants the queue had made when the waiter came. */
  readonly grantsBefore: number
  /** The place in the order of arrival. */
  readonly order: number
}

/**
 * Orders two waiters; negative if `a` is served first. All waiters of a queue age alike, so the order of two never changes. Waiters that
 * came between the same two grants go by priority alone, and waiters of one priority by arrival.
 */
export function compareAged(a: Aged, b: Aged): number {
  if (a.priority === b.priority) return a.order - b.order
  return rankOf(b.priority, b.grantsBefore) - rankOf(a.priority, a.grantsBefore) || b.priority - a.priority
}

/** The priority, less what the waiters that came before have gained by their age: constant while it waits. */
export function rankOf(priority: number, grantsBefore: number): number {
  return priority - grantsBefore / grantsPerStep
}
