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
  const plain = <Name extends keyof Row>(names: readonly Name[], of: (row: Row, name: Name) => Cell): Column[] =>
    names.map((name) => ({ name, of: (row) => of(row, name) }))
  const parts = <Part extends string>(name: string, of: (row: Row, part: Part) => Cell, all: readonly Part[]): Column[] =>
    all.map((part) => ({ name: `${name}.${part}`, of: (row) => of(row, part) }))
  return [
    ...plain(['algorithm', 'nodes', 'load', 'delay', 'fifo', 'seeds', 'entries'], (row, name) => row[name]),
    ...estimates.flatMap((name) => parts(name, (row, part) => row[name][part], ['mean', 'low', 'high'])),
    ...distributions.flatMap((name) => parts(name, (row, part) => row[name][part], ['mean', 'low', 'high', 'p50', 'p95', 'p99'])),
    ...plain(['bytesPerEntry', 'jain', 'jainOfWaits', 'bypassMax', 'inversions'], (row, name) => row[name]),
    ...parts('inversionsBy', (row, order) => row.inversionsBy[order], ['happensBefore', 'arrival', 'timestamp']),
    ...parts('formula', (row, part) => row.formula[part], ['text', 'value', 'ratio', 'kind']),
    ...formulaNames
      .filter((name) => rows.some((row) => row.formulas[name] !== undefined))
      .flatMap((name) =>
        parts(`formulas.${name}`, (row, part) => row.formulas[name]?.[part], ['text', 'value', 'ratio', 'kind']),
      ),
    ...parts('messagesByKind', (row, kind) => row.messagesByKind[kind], kinds),
    ...plain(['violations', 'firstViolation'], (row, name) => row[name]),
  ]
}

function field(cell: Cell): string {
  if (cell === null || cell === undefined || (typeof cell === 'number' && !Number.isFinite(cell))) return ''
  const text = String(cell)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
