/**
 * This file chooses what the plot of a bench shows: a panel for each measure of each scenario, against the number of processes if there are
 * several, else system beside system. Cold rows are left out.
 */
import { type BenchRow, labelOf, type ScenarioName } from '../../bench/rows.ts'

export interface BenchPanel {
  readonly scenario: ScenarioName
  /** `ms to the grant`. */
  readonly measure: string
  /** The numbers of processes, ascending. */
  readonly sizes: readonly number[]
  readonly series: readonly BenchSeries[]
}

/** One system in one panel. */
export interface BenchSeries {
  readonly label: string
  readonly points: readonly { readonly processes: number; readonly value: number }[]
}

type Value = (row: BenchRow) => number | null

const p50Names: Readonly<Record<ScenarioName, string>> = {
  reacquire: 'ms for a pair',
  first: 'ms to the grant',
  distinct64: 'ms to the last of 64 grants',
  contended: 'ms, release to next grant',
  failover: 'ms, kill to next grant',
  start: 'ms for createNode',
  idle: 'ms',
}

/** What each row may have, in the order of the panels. */
function measuresOf(scenario: ScenarioName): readonly (readonly [string, Value])[] {
  if (scenario === 'failover' || scenario === 'start') return [[p50Names[scenario], (row) => row.p50Ms]]
  return [
    ['entries a second', (row) => row.perSec],
    [p50Names[scenario], (row) => row.p50Ms],
    ['µs of CPU for an entry', totalCpuUs],
    ['messages for an entry', (row) => row.messagesPerEntry],
    ['% of a core for a process', (row) => row.cpuPercent],
    ['MB for a process', (row) => (scenario === 'idle' ? row.rssMb : null)],
  ]
}

/** Of the clients and of the server that they ask. */
function totalCpuUs({ cpuUsPerGrant, serverCpuUsPerGrant }: BenchRow): number | null {
  return cpuUsPerGrant === null ? null : cpuUsPerGrant + (serverCpuUsPerGrant ?? 0)
}

/** The panels of these rows. The scales are logarithmic, so a value of 0 is left out, and a panel that has no value. */
export function panelsOf(rows: readonly BenchRow[]): readonly BenchPanel[] {
  return [...new Set(rows.map(({ scenario }) => scenario))].flatMap((scenario) => {
    const shown = rows.filter((row) => row.scenario === scenario && row.phase !== 'cold')
    const sizes = [...new Set(shown.map(({ processes }) => processes))].sort((a, b) => a - b)
    return measuresOf(scenario)
      .map(([measure, valueOf]) => ({ scenario, measure, sizes, series: seriesOf(shown, valueOf) }))
      .filter(({ series }) => series.length > 0)
  })
}

function seriesOf(rows: readonly BenchRow[], valueOf: Value): readonly BenchSeries[] {
  return [...new Set(rows.map(labelOf))].flatMap((label) => {
    const points = rows
      .filter((row) => labelOf(row) === label)
      .map((row) => ({ processes: row.processes, value: valueOf(row) ?? 0 }))
      .filter(({ value }) => value > 0)
      .sort((a, b) => a.processes - b.processes)
    return points.length === 0 ? [] : [{ label, points }]
  })
}
