/**
 * Means over independent runs, and how far they can be trusted: Student's t at 95 %. The quantile for more than ten degrees of
 * freedom is by the Cornish–Fisher expansion around the normal one (Abramowitz and Stegun 1964, 26.7.5), right to three digits.
 */
import { mean } from '../../observe/statistics.ts'

/** A mean over runs with its 95 % confidence interval; without one when there was a single run. */
export interface Estimate {
  /** The mean. */
  readonly mean: number
  /** The lower end of the interval. */
  readonly low: number
  /** The upper end of the interval. */
  readonly high: number
}

const fewDegrees = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228]
const normal = 1.959964

/** The 97.5 % quantile of Student's t. */
export function studentT(degrees: number): number {
  const known = fewDegrees[degrees - 1]
  if (known !== undefined) return known
  const z = normal
  const first = (z ** 3 + z) / (4 * degrees)
  const second = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * degrees ** 2)
  const third = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * degrees ** 3)
  return z + first + second + third
}

/**
 * The mean of what each run came to. Runs that have no such figure (no site ever waited, say) do not count; null when none has.
 *
 * @example estimate([9, 10, 11]) // { mean: 10, low: 7.52, high: 12.48 }
 */
export function estimate(values: readonly number[]): Estimate | null {
  const known = values.filter((value) => !Number.isNaN(value))
  if (known.length === 0) return null
  const middle = mean(known)
  if (known.length === 1) return { mean: middle, low: middle, high: middle }
  const squares = known.reduce((sum, value) => sum + (value - middle) ** 2, 0)
  const half = (studentT(known.length - 1) * Math.sqrt(squares / (known.length - 1))) / Math.sqrt(known.length)
  return { mean: middle, low: middle - half, high: middle + half }
}
