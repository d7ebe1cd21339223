/** This file shows the notes of the report: what a reader should know before trusting the numbers. */
import { measures } from '../../report/measures.ts'
import { plain, shown } from '../../report/numbers.ts'
import type { Formula, FormulaName, Results, Row } from '../../results.ts'

const names: Readonly<Record<FormulaName, string>> = {
  messagesPerEntry: 'messages',
  syncDelay: 'synchronisation delay',
  response: 'response',
  throughput: 'throughput',
  bypassMax: 'worst bypass',
}

/** How far a mean may lie from a formula before it is worth a line. */
const tolerance = 0.02

/** What should be known before the numbers are believed. */
export function Notes({ results }: { readonly results: Results }) {
  const { experiment, rows } = results
  const notes = notesOf(rows)
  const far = differences(rows)
  return (
    <section class="notes" aria-labelledby="notes-title">
      <h2 id="notes-title">Notes</h2>
      <h3>What the measures mean</h3>
      <dl>
        {measures.map(({ name, title, meaning }) => (
          <div key={name}>
            <dt>{title}</dt>
            <dd>{meaning}</dd>
          </div>
        ))}
        <div>
          <dt>T</dt>
          <dd>The mean delay of a message from one node to another. A critical section lasts E = {experiment.sectionT} T.</dd>
        </div>
        <div>
          <dt>Intervals</dt>
          <dd>
            95 %, by Student’s t over {experiment.seeds} independent runs; what came before the warm-up was over does not count.
            Jain’s index, the worst bypass and inversions have none.
          </dd>
        </div>
        <div>
          <dt>Load</dt>
          <dd>
            Light is one request in the whole system at a time, its node drawn uniformly, the last holder too. Saturated is every
            node asking again as soon as it leaves. Poisson’s ρ = N·λ·(E + T) is the offered load.
          </dd>
        </div>
        <div>
          <dt>Inversions</dt>
          <dd>Entries made while an earlier request waited: by request stamp, by arrival, and by happens-before.</dd>
        </div>
      </dl>
      <Remarks
        heading="Where a textbook’s figure is an approximation"
        notes={notes.filter(({ isApproximate }) => isApproximate)}
      />
      <Remarks heading="Remarks on formulas" notes={notes.filter(({ isApproximate }) => !isApproximate)} />
      {far.length === 0 ? null : (
        <>
          <h3>Where measurement and formula part by more than {tolerance * 100} %</h3>
          <ul>
            {far.map(({ algorithm, name, worst }) => (
              <li key={`${algorithm} ${name}`}>
                <strong>{algorithm}</strong>, {names[name]}: at most ×{shown(worst.formula.ratio)}, with {worst.row.nodes} nodes
                under {worst.row.load} load, where <span class="formula-text">{worst.formula.text}</span> says{' '}
                {plain(worst.formula.value)}.
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  )
}

/** One remark, and everything that it is about. */
interface Note {
  readonly text: string
  readonly name: FormulaName
  readonly isApproximate: boolean
  /** Formulas by algorithm. */
  readonly about: ReadonlyMap<string, string>
}

function Remarks({ heading, notes }: { readonly heading: string; readonly notes: readonly Note[] }) {
  if (notes.length === 0) return null
  return (
    <>
      <h3>{heading}</h3>
      <ul>
        {notes.map(({ text, name, about }) => (
          <li key={`${name} ${text}`}>
            {[...about].map(([algorithm, formula], place) => (
              <span key={algorithm}>
                {place === 0 ? '' : '; '}
                <strong>{algorithm}</strong>, <span class="formula-text">{formula}</span>
              </span>
            ))}{' '}
            ({names[name]}). {text}
          </li>
        ))}
      </ul>
    </>
  )
}

function formulasOf(row: Row): readonly (readonly [FormulaName, Formula])[] {
  return Object.entries({ messagesPerEntry: row.formula, ...row.formulas }) as [FormulaName, Formula][]
}

/** Each remark once, however many rows and algorithms it stands beside. */
function notesOf(rows: readonly Row[]): readonly Note[] {
  const found = new Map<string, Note & { readonly about: Map<string, string> }>()
  for (const row of rows) {
    for (const [name, { text, kind, note }] of formulasOf(row)) {
      if (note === undefined) continue
      const key = `${name} ${kind} ${note}`
      const known = found.get(key) ?? {
        text: note,
        name,
        isApproximate: kind === 'approximation',
        about: new Map<string, string>(),
      }
      if (!known.about.has(row.algorithm)) known.about.set(row.algorithm, text)
      found.set(key, known)
    }
  }
  return [...found.values()]
}

interface Difference {
  readonly algorithm: string
  readonly name: FormulaName
  readonly worst: { readonly row: Row; readonly formula: Formula }
}

/** For each algorithm and measure the row in which they are farthest apart, where a formula claims a value at all. */
function differences(rows: readonly Row[]): readonly Difference[] {
  const found = new Map<string, Difference>()
  const off = ({ ratio }: Formula): number => Math.abs(Math.log(ratio ?? 1))
  for (const row of rows) {
    const { algorithm } = row
    for (const [name, formula] of formulasOf(row)) {
      if (formula.kind === 'bound' || formula.ratio === null || Math.abs(formula.ratio - 1) <= tolerance) continue
      const key = `${algorithm} ${name}`
      const known = found.get(key)
      if (known === undefined || off(known.worst.formula) < off(formula))
        found.set(key, { algorithm, name, worst: { row, formula } })
    }
  }
  return [...found.values()]
}
