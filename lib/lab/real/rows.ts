/** This file makes the rows of real runs, with T and the times as the clock showed them. */
import { arch, cpus, platform, release } from 'node:os'
import { mean } from '../../observe/statistics.ts'
import { estimate } from '../measures/confidence.ts'
import type { Spread } from '../measures/spread.ts'
import { type Measured, type RealResults, type Row, unmeasured } from '../results.ts'
import { rowOf } from '../rows.ts'
import type { Setting } from '../settings.ts'
import type { RealMeasures } from './measures.ts'

/** What a distribution is told by, in milliseconds; null of nothing. */
export interface SpreadMs {
  readonly mean: number | null
  readonly p50: number | null
  readonly p95: number | null
  readonly p99: number | null
}

/**
 * A row as the simulation gives it, with `delay` `measured`. Times are in units of `delayMs`, except for fields named in
 * milliseconds.
 */
export interface RealRow extends Row {
  /** T: half the median round trip between two of the processes as the runs went on; the mean over seeds. */
  readonly delayMs: number
  /** Length of a critical section. */
  readonly sectionMs: number
  /** The measures of the same names, in milliseconds. */
  readonly inMs: {
    /** From one leaving to the next entering. */
    readonly syncDelay: SpreadMs
    /** From asking to entering. */
    readonly waiting: SpreadMs
    /** From the user's coming to leaving. */
    readonly response: SpreadMs
  }
  /** Entries of all processes, by the clock. */
  readonly entriesPerSecond: Measured
  /** The share of the lock's time that the users who came would need, N·λ·(E+T) with T as measured: what `poisson:LOAD` names. */
  readonly offeredLoad: number
  /** Messages that no paper counts, by kind, for each entry. */
  readonly outsidePerEntry: Readonly<Record<string, number>>
  /** Processor time of all processes, for each entry. */
  readonly cpuMsPerEntry: number
  /** Views that were installed in the middle of runs: more than none, and the counts are not the algorithm's alone. */
  readonly viewChanges: number
}

/** The row of one setting, from its runs in the order of their seeds. */
export function realRowOf(setting: Setting, runs: readonly RealMeasures[], sectionMs: number): RealRow {
  const row = rowOf(setting, runs)
  const inMs = (pick: (run: RealMeasures) => Spread): SpreadMs => {
    const over = (part: keyof Spread): number | null => estimate(runs.map((run) => pick(run)[part] * run.delayMs))?.mean ?? null
    return { mean: over('mean'), p50: over('p50'), p95: over('p95'), p99: over('p99') }
  }
  const kinds = [...new Set(runs.flatMap(({ outsidePerEntry }) => Object.keys(outsidePerEntry)))]
  return {
    ...row,
    inversionsBy: { ...row.inversionsBy, happensBefore: null },
    delayMs: mean(runs.map(({ delayMs }) => delayMs)),
    sectionMs,
    inMs: { syncDelay: inMs((run) => run.syncDelay), waiting: inMs((run) => run.waiting), response: inMs((run) => run.response) },
    entriesPerSecond: estimate(runs.map(({ throughput, delayMs }) => (throughput / delayMs) * 1000)) ?? unmeasured,
    offeredLoad: mean(runs.map(({ arrivals, delayMs }) => arrivals * (1 + sectionMs / delayMs))),
    outsidePerEntry: Object.fromEntries(kinds.map((kind) => [kind, mean(runs.map((run) => run.outsidePerEntry[kind] ?? 0))])),
    cpuMsPerEntry: mean(runs.map(({ cpuMs, entriesInAll }) => cpuMs / entriesInAll)),
    viewChanges: runs.reduce((sum, { viewChanges }) => sum + viewChanges, 0),
  }
}

/** Real rows as results carry them. */
export function realResultsOf(rows: readonly RealRow[]): RealResults {
  return { rows, delayMs: rows.length === 0 ? 0 : mean(rows.map(({ delayMs }) => delayMs)), machine: machineText() }
}

function machineText(): string {
  const cores = cpus()
  return `${cores[0]?.model.trim() ?? 'unknown processor'}, ${cores.length} cores, ${platform()} ${release()} ${arch()}, Node ${process.versions.node}`
}
