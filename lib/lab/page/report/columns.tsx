/** This file declares the columns of the report's table of numbers. */
import type { ComponentChildren } from 'preact'
import { brief, halfWidth, nothing, plain, shown } from '../../report/numbers.ts'
import type { Distribution, Formula, Measured, Row } from '../../results.ts'

/** A column of the table of numbers. */
export interface NumbersColumn {
  readonly id: string
  readonly title: string
  /** Below the title: the unit. */
  readonly unit?: string
  /** What rows are ordered by; null goes last either way. */
  by(row: Row): number | string | null
  cell(row: Row): ComponentChildren
  /** The ratio to the formula, where there is one. */
  ratio?(row: Row): number | null
}

/** Every column, in the order in which they stand. */
export const columns: readonly NumbersColumn[] = [
  { id: 'algorithm', title: 'Algorithm', by: ({ algorithm }) => algorithm, cell: ({ algorithm }) => algorithm },
  { id: 'nodes', title: 'N', by: ({ nodes }) => nodes, cell: ({ nodes }) => nodes },
  { id: 'load', title: 'Load', by: ({ load }) => load, cell: ({ load }) => load },
  { id: 'delay', title: 'Delays', by: ({ delay }) => delay, cell: ({ delay }) => delay },
  {
    id: 'messages',
    title: 'Messages',
    unit: 'for each entry',
    by: ({ messagesPerEntry }) => messagesPerEntry.mean,
    cell: ({ messagesPerEntry, formula }) => <Figure of={messagesPerEntry} formula={formula} />,
    ratio: ({ formula }) => formula.ratio,
  },
  {
    id: 'sync',
    title: 'Synchronisation delay',
    unit: 'T; p50 · p95 · p99',
    by: ({ syncDelay }) => syncDelay.mean,
    cell: ({ syncDelay, formulas }) => (
      <Figure of={syncDelay} formula={formulas.syncDelay} also={<Percentiles of={syncDelay} />} />
    ),
    ratio: ({ formulas }) => formulas.syncDelay?.ratio ?? null,
  },
  {
    id: 'response',
    title: 'Response',
    unit: 'T; p50 · p95 · p99',
    by: ({ response }) => response.mean,
    cell: ({ response, formulas }) => <Figure of={response} formula={formulas.response} also={<Percentiles of={response} />} />,
    ratio: ({ formulas }) => formulas.response?.ratio ?? null,
  },
  {
    id: 'throughput',
    title: 'Throughput',
    unit: 'entries in each T',
    by: ({ throughput }) => throughput.mean,
    cell: ({ throughput, formulas }) => <Figure of={throughput} formula={formulas.throughput} />,
    ratio: ({ formulas }) => formulas.throughput?.ratio ?? null,
  },
  {
    id: 'jain',
    title: 'Jain’s index',
    unit: 'entries; waits',
    by: ({ jainOfWaits }) => jainOfWaits,
    cell: ({ jain, jainOfWaits }) => <Two first={shown(jain)} second={<>waits {shown(jainOfWaits)}</>} />,
  },
  {
    id: 'bypass',
    title: 'Worst bypass',
    unit: 'entries',
    by: ({ bypassMax }) => bypassMax,
    cell: ({ bypassMax, formulas }) => <Two first={plain(bypassMax)} second={<Claim formula={formulas.bypassMax} />} />,
    ratio: ({ formulas }) => formulas.bypassMax?.ratio ?? null,
  },
  {
    id: 'inversions',
    title: 'Inversions',
    unit: 'by stamp',
    by: ({ inversions }) => inversions,
    cell: ({ inversionsBy: { timestamp, arrival, happensBefore } }) => (
      <Two
        first={plain(timestamp)}
        second={
          <>
            arrival {plain(arrival)}
            {happensBefore === null ? null : <>, causal {plain(happensBefore)}</>}
          </>
        }
      />
    ),
  },
  {
    id: 'kinds',
    title: 'By kind',
    unit: 'for each entry',
    by: ({ bytesPerEntry }) => bytesPerEntry,
    cell: ({ messagesByKind, bytesPerEntry }) => (
      <Two
        first={
          <span class="kinds">
            {Object.entries(messagesByKind)
              .filter(([, count]) => count > 0)
              .map(([kind, count]) => `${kind}\u00a0${shown(count)}`)
              .join(', ')}
          </span>
        }
        second={bytesPerEntry === null ? null : <>{shown(bytesPerEntry)} bytes</>}
      />
    ),
  },
]

/** Two lines: the number, and what stands beside it. */
function Two({ first, second }: { readonly first: ComponentChildren; readonly second: ComponentChildren }) {
  return (
    <>
      <span class="main">{first}</span>
      {second === null ? null : <span class="also">{second}</span>}
    </>
  )
}

interface FigureProps {
  readonly of: Measured
  readonly formula: Formula | undefined
  readonly also?: ComponentChildren
}

function Figure({ of, formula, also }: FigureProps) {
  const { mean, low, high } = of
  if (mean === null) return <span class="faint">{nothing}</span>
  return (
    <>
      <span class="main">
        {shown(mean)} <span class="faint">{halfWidth(low, high)}</span>
      </span>
      {also}
      {formula === undefined ? null : (
        <span class="also">
          <Claim formula={formula} />
        </span>
      )}
    </>
  )
}

function Percentiles({ of: { p50, p95, p99 } }: { readonly of: Distribution }) {
  if (p50 === null) return null
  return (
    <span class="also" title="50th, 95th and 99th percentile">
      {[p50, p95, p99].map((value) => brief(value)).join(' · ')}
    </span>
  )
}

/** The formula with its value: `2(N − 1) = 18`, `≤ N − 1 = 9`, `4(K − 1), K = 7 → 24`. */
function claimText({ text, value, kind }: Formula): string {
  const least = kind === 'bound' ? '≤ ' : ''
  if (value === null) return text
  if (text === String(value)) return `${least || '= '}${text}`
  return `${least}${text} ${text.includes('=') ? '→' : kind === 'approximation' ? '≈' : '='} ${plain(value)}`
}

/** The formula, its value, and how far from it the measure lies. */
function Claim({ formula }: { readonly formula: Formula | undefined }) {
  if (formula === undefined) return null
  const { ratio, kind, note } = formula
  const isOff = (kind === 'exact' || kind === 'mean') && ratio !== null && Math.abs(ratio - 1) > 0.02
  return (
    <span title={note}>
      {claimText(formula)}
      {ratio === null || kind === 'bound' ? null : <span class={isOff ? 'ratio off' : 'ratio'}> ×{ratio.toFixed(3)}</span>}
    </span>
  )
}
