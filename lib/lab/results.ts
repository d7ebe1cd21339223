/**
 * This file declares the results of an experiment. The runner writes this shape, `--json` prints its rows, and the report, the
 * tables and the plots are made from it. Plain data, the same after a trip through JSON: what could not be measured is null, for
 * JSON knows no NaN. Times are in units of T, the mean delay of a message.
 */
import type { Experiment } from './experiment.ts'
import type { Estimate } from './measures/confidence.ts'

/** What was measured, and how it can be measured again. */
export interface Results {
  /** Where these results come from. */
  readonly provenance: Provenance
  /** What was asked for, with every default filled in. */
  readonly experiment: Experiment
  /** One for each algorithm, number of nodes, load and delay law, in that order of nesting or any other. */
  readonly rows: readonly Row[]
  /** How fast the simulation went. */
  readonly speed: Speed
  /** The same experiment on real processes over sockets, if it was run there too. */
  readonly real?: RealResults
}

/** Where results come from: a reader who has these can have the same results. */
export interface Provenance {
  /** Of holdfast. */
  readonly version: string
  /** The first seed; run k has the k-th after it. */
  readonly seed: number
  /** Of the experiment, so that two files of results can be told apart or matched. */
  readonly optionsHash: string
  /** Version of Node. */
  readonly node: string
  /** The command that gives these results again. */
  readonly command: string
  /** ISO 8601; absent where results must be the same text at every run. */
  readonly startedAt?: string
}

/** How fast the simulation went, on one core. */
export interface Speed {
  /** Messages simulated. */
  readonly messages: number
  /** Processor time that they took. */
  readonly cpuMs: number
  /** Messages for each second of processor time. */
  readonly messagesPerSecond: number
}

/** A mean over seeds, with its 95 % confidence interval. */
export type Measured = Estimate | Unmeasured

/** A mean of which there was no instance, such as the delay of handing over when no request ever waited. */
export interface Unmeasured {
  readonly mean: null
  readonly low: null
  readonly high: null
}

export const unmeasured: Unmeasured = { mean: null, low: null, high: null }

/** A measure of each entry: the mean and its interval over seeds, and percentiles over entries. */
export type Distribution = Measured & {
  readonly p50: number | null
  readonly p95: number | null
  readonly p99: number | null
}

/** What a paper, or arithmetic, says that a measure should be. */
export interface Formula {
  /** As it is written, `2(N − 1)`. */
  readonly text: string
  /** Its value for this row; of a range the middle, and null when it has none in closed form. */
  readonly value: number | null
  /** Measured by value; null without a value, or with the value 0. */
  readonly ratio: number | null
  /** How much is claimed. `approximation`: textbooks print it, and it is not what their own model gives. */
  readonly kind: FormulaKind
  /** Bounds, where a range is claimed. */
  readonly low?: number
  /** The upper bound, where a range is claimed. */
  readonly high?: number
  /** What should be known before the ratio is judged: a sentence. */
  readonly note?: string
}

export type FormulaKind = 'exact' | 'mean' | 'bound' | 'approximation'

/** Measures that a formula may stand beside. */
export const formulaNames = ['messagesPerEntry', 'syncDelay', 'response', 'throughput', 'bypassMax'] as const

export type FormulaName = (typeof formulaNames)[number]

/** One algorithm under one load at one size: everything that was measured. */
export interface Row {
  /** As it was written: `raymond:star`. */
  readonly algorithm: string
  /** The number of sites. */
  readonly nodes: number
  /** As it was written: `poisson:0.5`. */
  readonly load: string
  /** As it was written: `exponential:1`. */
  readonly delay: string
  /** Entries that count, under each seed. */
  readonly entries: number
  /** The number of independent runs. */
  readonly seeds: number
  /** Messages for each entry. */
  readonly messagesPerEntry: Measured
  /** For each entry at the mean, by kind. */
  readonly messagesByKind: Readonly<Record<string, number>>
  /** On the wire, sizes taken from a sample; null for messages that the product cannot send. */
  readonly bytesPerEntry: number | null
  /** From one leaving to the next entering, counted when a request waited. */
  readonly syncDelay: Distribution
  /** From asking to entering. */
  readonly waiting: Distribution
  /** From the user's coming to leaving. */
  readonly response: Distribution
  /** Entries in each T. */
  readonly throughput: Measured
  /** Jain's index of the nodes' shares of entries: 1 is even, 1/N is all for one. */
  readonly jain: number | null
  /** The same of the nodes' mean waits. */
  readonly jainOfWaits: number | null
  /** How often the most patient waiter was overtaken. */
  readonly bypassMax: number
  /** Entries before a request that waits with an earlier stamp, of all seeds together. */
  readonly inversions: number
  /** The same in each of three orders; null where happens-before was not followed (above 64 nodes). */
  readonly inversionsBy: {
    /** Against happens-before (Lamport 1978). */
    readonly happensBefore: number | null
    /** Against the order in which users came. */
    readonly arrival: number
    /** Against the order of stamps. */
    readonly timestamp: number
  }
  /** After a crash of the holder, from the new view's beginning to the next entry; saturated only. */
  readonly recovery?: {
    /** How long it took. */
    readonly delay: Measured
    /** Messages that it took. */
    readonly messages: Measured
  }
  /** Of messages for each entry. */
  readonly formula: Formula
  /** Of the other measures. */
  readonly formulas: Readonly<Partial<Record<FormulaName, Formula>>>
  /** Whether messages on one link kept their order. */
  readonly fifo: boolean
  /** Violations of all seeds together. */
  readonly violations: number
  /** The first one, as a sentence. */
  readonly firstViolation?: string
}

/** Measured on processes over sockets; times are divided by the mean one-way delay that was measured there. */
export interface RealResults {
  /** The rows, in the order of the simulated ones. */
  readonly rows: readonly Row[]
  /** The mean one-way delay, which is T. */
  readonly delayMs: number
  /** The machine: processor and number of cores, system. */
  readonly machine: string
}
