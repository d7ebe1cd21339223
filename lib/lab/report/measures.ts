/**
 * This file lists the measures that are plotted, and their names. The figures of the page, the Vega-Lite specs and their text
 * alternatives are made from this list, so that all of them name a measure alike.
 */
import type { Formula, Row } from '../results.ts'

export type MeasureName = 'messages' | 'sync-delay' | 'response' | 'throughput' | 'fairness' | 'bypass'

/** What a row says of one measure. Bounds are null where there is no interval. */
export interface Value {
  readonly mean: number
  readonly low: number | null
  readonly high: number | null
}

export interface Measure {
  readonly name: MeasureName
  /** Stands above the figure. */
  readonly title: string
  /** Stands at the axis of values, the unit in it. */
  readonly axis: string
  /** How it was measured, as a sentence. */
  readonly meaning: string
  /** Whole numbers, each from a single case: shown without decimals. */
  readonly isCount?: true
  /** Values never lie outside, if that is so by definition. */
  readonly range?: readonly [number, number]
  /** Null when there was nothing to measure. */
  of(row: Row): Value | null
  /** Absent where none stands beside it. */
  formulaOf?(row: Row): Formula | null
}

/** In the order in which the figures stand. */
export const measures: readonly Measure[] = [
  {
    name: 'messages',
    title: 'Messages for each entry',
    axis: 'messages',
    meaning: 'Every message between different nodes that an entry caused; messages to oneself are free.',
    of: ({ messagesPerEntry }) => valueOf(messagesPerEntry),
    formulaOf: (row) => row.formula,
  },
  {
    name: 'sync-delay',
    title: 'Synchronisation delay',
    axis: 'T',
    meaning: 'From one node leaving to the next one entering, counted when a request waited.',
    of: ({ syncDelay }) => valueOf(syncDelay),
    formulaOf: ({ formulas }) => formulas.syncDelay ?? null,
  },
  {
    name: 'response',
    title: 'Response time',
    axis: 'T',
    meaning: 'From a user asking to the same user leaving, the critical section included.',
    of: ({ response }) => valueOf(response),
    formulaOf: ({ formulas }) => formulas.response ?? null,
  },
  {
    name: 'throughput',
    title: 'Throughput',
    axis: 'entries in each T',
    meaning: 'Entries in each T, over the whole group.',
    of: ({ throughput }) => valueOf(throughput),
    formulaOf: ({ formulas }) => formulas.throughput ?? null,
  },
  {
    name: 'fairness',
    title: 'Fairness of waits',
    axis: 'Jain’s index',
    meaning: 'Jain’s index of the nodes’ mean waits: 1 when all wait alike, 1/N when one does all the waiting.',
    range: [0, 1],
    of: ({ jainOfWaits }) => valueOf(jainOfWaits === null ? null : { mean: jainOfWaits, low: null, high: null }),
  },
  {
    name: 'bypass',
    title: 'Worst bypass',
    axis: 'entries',
    meaning: 'How often the most patient waiter was overtaken by a site that had asked later.',
    isCount: true,
    of: ({ bypassMax }) => valueOf({ mean: bypassMax, low: null, high: null }),
    formulaOf: ({ formulas }) => formulas.bypassMax ?? null,
  },
]

function valueOf(
  of: { readonly mean: number | null; readonly low: number | null; readonly high: number | null } | null,
): Value | null {
  if (of === null || of.mean === null || !Number.isFinite(of.mean)) return null
  return { mean: of.mean, low: of.low, high: of.high }
}
