/**
 * This file writes results as a table for statistics programs: RFC 4180, a line for each row, columns named like the paths in the
 * JSON. A measure without a value is an empty field. Where it comes from stands in each line, for lines get copied without their
 * header.
 */
import { formulaNames, type Results, type Row } from '../results.ts'

type Cell = string | number | boolean | null | undefined

/** Where a row was measured. */
export type Source = 'simulated' | 'real'

interface Column {
  readonly name: string
  of(row: Row): Cell
}

const estimates = ['messagesPerEntry', 'throughput'] as const
const distributions = ['syncDelay', 'waiting', 'response'] as const

/**
 * All rows, those of real processes after the simulated ones.
 *
 * @example csvOf(results).split('\r\n')[0] // 'source,algorithm,nodes,load,…'
 */
export function csvOf(results: Results): string {
  const { provenance, rows, real } = results
  const columns = columnsOf([...rows, ...(real?.rows ?? [])])
  const origin = [provenance.version, provenance.seed, provenance.optionsHash]
  const lines: (readonly Cell[])[] = [
    ['source', ...columns.map(({ name }) => name), 'provenance.version', 'provenance.seed', 'provenance.optionsHash'],
  ]
  const add = (source: Source, some: readonly Row[]): void => {
    for (const row of some) lines.push([source, ...columns.map((column) => column.of(row)), ...origin])
  }
  add('simulated', rows)
  add('real', real?.rows ?? [])
  return lines.map((line) => `${line.map(field).join(',')}\r\n`).join('')
}

function columnsOf(rows: readonly Row[]): readonly Column[] {
  const kinds = [...new Set(rows.flatMap((row) => Object.keys(row.messagesByKind)))].sort()
  return [
    ...(['algorithm', 'nodes', 'load', 'delay', 'fifo', 'seeds', 'entries'] as const).map(
      (name): Column => ({ name, of: (row) => row[name] }),
    ),
    ...estimates.flatMap((name) => [
      ...(['mean', 'low', 'high'] as const).map((part): Column => ({ name: `${name}.${part}`, of: (row) => row[name][part] })),
    ]),
    ...distributions.flatMap((name) => [
      ...(['mean', 'low', 'high', 'p50', 'p95', 'p99'] as const).map(
        (part): Column => ({ name: `${name}.${part}`, of: (row) => row[name][part] }),
      ),
    ]),
    ...(['bytesPerEntry', 'jain', 'jainOfWaits', 'bypassMax', 'inversions'] as const).map(
      (name): Column => ({ name, of: (row) => row[name] }),
    ),
    ...(['happensBefore', 'arrival', 'timestamp'] as const).map(
      (order): Column => ({ name: `inversionsBy.${order}`, of: (row) => row.inversionsBy[order] }),
    ),
    ...(['text', 'value', 'ratio', 'kind'] as const).map(
      (part): Column => ({ name: `formula.${part}`, of: (row) => row.formula[part] }),
    ),
    ...formulaNames
      .filter((name) => rows.some((row) => row.formulas[name] !== undefined))
      .flatMap((name) =>
        (['text', 'value', 'ratio', 'kind'] as const).map(
          (part): Column => ({ name: `formulas.${name}.${part}`, of: (row) => row.formulas[name]?.[part] }),
        ),
      ),
    ...kinds.map((kind): Column => ({ name: `messagesByKind.${kind}`, of: (row) => row.messagesByKind[kind] })),
    { name: 'violations', of: (row) => row.violations },
    { name: 'firstViolation', of: (row) => row.firstViolation },
  ]
}

function field(cell: Cell): string {
  if (cell === null || cell === undefined || (typeof cell === 'number' && !Number.isFinite(cell))) return ''
  const text = String(cell)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
