/** This file sums up what was measured at each entry: by percentiles, and by the fairness of means. */
import { jainIndex, mean, percentile, sorted } from '../../observe/statistics.ts'

/** What a distribution is told by; NaN of nothing. */
export interface Spread {
  readonly mean: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
}

/** The spread of times, in units of the given one. */
export function spreadOf(times: readonly number[], unit: number): Spread {
  const ascending = sorted(times)
  const at = (percent: number): number => percentile(ascending, percent) / unit
  return { mean: mean(ascending) / unit, p50: at(50), p95: at(95), p99: at(99) }
}

/** Jain's index of the mean of each place, from its total and its count. */
export function jainOfMeans(totals: readonly number[], counts: readonly number[]): number {
  return jainIndex(totals.map((total, at) => (counts[at] === 0 ? 0 : total / (counts[at] as number))))
}
