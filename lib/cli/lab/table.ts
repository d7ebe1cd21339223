/** This file prints the results of an experiment as tables. */
import type { Formula, Measured, Row } from '../../lab/results.ts'
import { type Column, grouped, type Paint, table } from '../paint.ts'

/** The rows of an experiment as a table for each load and delay law. */
export function rowsText(rows: readonly Row[], paint: Paint): string {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const title = `${row.load} load, ${row.delay} delay`
    groups.set(title, [...(groups.get(title) ?? []), row])
  }
  const notes = notesOf(rows)
  const tables = [...groups].map(([title, own]) => `${paint('strong', title)}\n${table(own, columnsOf(own), paint)}`)
  if (notes.length > 0) tables.push(notes.map((note) => paint('dim', note)).join('\n'))
  const first = rows.find((row) => row.violations > 0)
  if (first !== undefined)
    tables.push(paint('bad', `${first.algorithm} broke a promise: ${first.firstViolation ?? 'see --json'}`))
  return tables.join('\n\n')
}

/** The notes on the formulas, each once, with its algorithms. */
function notesOf(rows: readonly Row[]): string[] {
  const about = new Map<string, Set<string>>()
  for (const { algorithm, formula } of rows) {
    if (formula.note === undefined) continue
    about.set(formula.note, (about.get(formula.note) ?? new Set()).add(algorithm))
  }
  return [...about].map(([note, algorithms]) => `${[...algorithms].join(', ')}: ${note}`)
}

function columnsOf(rows: readonly Row[]): readonly Column<Row>[] {
  const waited = rows.some((row) => row.syncDelay.mean !== null)
  const columns: (Column<Row> | null)[] = [
    { title: 'algorithm', text: (row) => row.algorithm },
    { title: 'N', align: 'right', text: (row) => grouped(row.nodes) },
    { title: 'messages', align: 'right', text: (row) => withInterval(row.messagesPerEntry) },
    { title: 'paper', text: (row) => formulaText(row.formula) },
    { title: 'ratio', align: 'right', text: (row) => ratioText(row.formula) },
    waited ? { title: 'sync delay', align: 'right', text: (row) => short(row.syncDelay.mean) } : null,
    waited
      ? { title: 'paper', text: (row) => (row.formulas.syncDelay === undefined ? '' : formulaText(row.formulas.syncDelay)) }
      : null,
    { title: 'response', align: 'right', text: (row) => short(row.response.mean) },
    { title: 'p99', align: 'right', text: (row) => short(row.response.p99) },
    { title: 'entries/T', align: 'right', text: (row) => short(row.throughput.mean) },
    { title: 'Jain', align: 'right', text: (row) => short(row.jain, 3) },
    { title: 'bypass', align: 'right', text: (row) => grouped(row.bypassMax) },
    { title: 'inversions', align: 'right', text: (row) => grouped(row.inversions) },
    { title: 'violations', align: 'right', text: (row) => grouped(row.violations) },
  ]
  return columns.filter((column) => column !== null)
}

function withInterval({ mean, low, high }: Measured): string {
  if (mean === null) return '–'
  const half = (high - low) / 2
  return half < 0.0005 ? short(mean) : `${short(mean)} ± ${short(half)}`
}

function formulaText({ text, value }: Formula): string {
  return value === null || text === short(value) ? text : `${text} = ${short(value)}`
}

function ratioText({ ratio, kind }: Formula): string {
  if (ratio === null) return '–'
  return `${kind === 'approximation' ? '≈ ' : ''}${ratio.toFixed(3)}`
}

/** Three significant digits, without trailing zeros. */
function short(value: number | null, digits = 2): string {
  if (value === null) return '–'
  return String(Number(value.toFixed(Math.abs(value) >= 100 ? 1 : digits)))
}
