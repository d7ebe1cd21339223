/**
 * This file summarises a list of measurements. Percentiles are by nearest rank, so each is a value that was really measured;
 * fairness is Jain's index (Jain, Chiu and Hawe 1984).
 */

/** Sorts numbers by value, into a new array. */
export function sorted(values: ArrayLike<number>): Float64Array {
  return Float64Array.from(values).sort()
}

/**
 * The smallest measured value that at least `percent` % of all do not exceed. NaN for an empty list.
 *
 * @param ascending sorted, as `sorted` gives it
 */
export function percentile(ascending: ArrayLike<number>, percent: number): number {
  if (ascending.length === 0) return Number.NaN
  const rank = Math.ceil((percent / 100) * ascending.length)
  return ascending[Math.min(Math.max(rank, 1), ascending.length) - 1] as number
}

/** The median of unsorted values. NaN for an empty list. */
export function median(values: ArrayLike<number>): number {
  return percentile(sorted(values), 50)
}

/** The sum. */
export function sum(values: ArrayLike<number>): number {
  let total = 0
  for (let i = 0; i < values.length; i++) total += values[i] as number
  return total
}

/** The arithmetic mean. NaN for an empty list. */
export function mean(values: ArrayLike<number>): number {
  return sum(values) / values.length
}

/** The largest value; 0 for an empty list. Unlike `Math.max(...values)` it takes any number of values. */
export function largest(values: ArrayLike<number>): number {
  let most = values.length === 0 ? 0 : Number.NEGATIVE_INFINITY
  for (let i = 0; i < values.length; i++) most = Math.max(most, values[i] as number)
  return most
}

/**
 * Jain's fairness index of shares: 1 if all are equal, 1/n if one has all. An empty list counts as fair.
 *
 * @example jainIndex([10, 10, 0]) // 0.67
 */
export function jainIndex(shares: ArrayLike<number>): number {
  let squares = 0
  for (let i = 0; i < shares.length; i++) squares += (shares[i] as number) ** 2
  if (squares === 0) return 1
  return sum(shares) ** 2 / (shares.length * squares)
}
