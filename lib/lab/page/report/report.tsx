/** This file puts the parts of the report in their order. */
import type { Results } from '../../results.ts'
import { Compare } from './compare.tsx'
import { Figures } from './figures.tsx'
import { Header } from './header.tsx'
import { Notes } from './notes.tsx'
import { RowsTable } from './rows-table.tsx'

/** The whole report, in the order of a paper: what was done, figures, numbers, and what to know before believing them. */
export function ReportPage({ results }: { readonly results: Results }) {
  return (
    <>
      <a class="skip" href="#numbers">
        Skip to the numbers
      </a>
      <Header results={results} />
      <main>
        <Figures results={results} />
        {results.real === undefined ? null : <Compare rows={results.rows} real={results.real} />}
        <RowsTable results={results} />
        <Notes results={results} />
      </main>
    </>
  )
}
