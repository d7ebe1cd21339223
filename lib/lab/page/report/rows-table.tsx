/** This file shows the table of all rows, which the reader can sort and filter. */
import { useState } from 'preact/hooks'
import { fileNameOf } from '../../report/plots.ts'
import type { Results, Row } from '../../results.ts'
import { Choice } from './choice.tsx'
import { type NumbersColumn, columns } from './columns.tsx'
import { Scrolls } from './scrolls.tsx'

interface Order {
  readonly id: string
  readonly isDown: boolean
  readonly isRatio: boolean
}

const every = 'all'

/** Every row, sortable by any column, narrowed to one load or one number of nodes. */
export function RowsTable({ results }: { readonly results: Results }) {
  const { rows } = results
  const loads = distinct(rows.map(({ load }) => load))
  const sizes = distinct(rows.map(({ nodes }) => String(nodes)))
  const [load, chooseLoad] = useState(every)
  const [size, chooseSize] = useState(every)
  const [order, arrange] = useState<Order | null>(null)
  const [said, say] = useState('')
  const delays = distinct(rows.map(({ delay }) => delay))
  const used = columns.filter(({ id }) => id !== 'delay' || delays.length > 1)
  const chosen = rows.filter((row) => (load === every || row.load === load) && (size === every || String(row.nodes) === size))
  const sort = (column: NumbersColumn): void => {
    const isSame = order?.id === column.id
    const next = { id: column.id, isDown: isSame ? !order.isDown : false, isRatio: order?.isRatio ?? false }
    arrange(next)
    say(`Sorted by ${column.title}, ${next.isDown ? 'largest' : 'smallest'} first.`)
  }
  return (
    <section id="numbers" aria-labelledby="numbers-title">
      <div class="part">
        <h2 id="numbers-title">Numbers</h2>
        {loads.length === 1 ? null : (
          <Choice name="rows-load" label="Load" options={[every, ...loads]} chosen={load} choose={chooseLoad} />
        )}
        {sizes.length === 1 ? null : (
          <Choice name="rows-nodes" label="N" options={[every, ...sizes]} chosen={size} choose={chooseSize} />
        )}
        <label class="choice single">
          <input
            type="checkbox"
            checked={order?.isRatio ?? false}
            onChange={() =>
              arrange({ id: order?.id ?? 'messages', isDown: order?.isDown ?? false, isRatio: !(order?.isRatio ?? false) })
            }
          />
          sort by the ratio to the formula
        </label>
      </div>
      <p role="status" class="words">
        {said}
      </p>
      <Scrolls label="All rows, a table" isWide>
        <table class="rows">
          <thead>
            <tr>
              {used.map((column) => (
                <Head key={column.id} column={column} order={order} sort={sort} />
              ))}
            </tr>
          </thead>
          <tbody>
            {sorted(chosen, order).map((row) => (
              <Line key={fileNameOf(`${row.algorithm} ${row.nodes} ${row.load} ${row.delay}`)} row={row} used={used} />
            ))}
          </tbody>
        </table>
      </Scrolls>
    </section>
  )
}

function Line({ row, used }: { readonly row: Row; readonly used: readonly NumbersColumn[] }) {
  return (
    <tr class={row.violations > 0 ? 'broken' : ''}>
      {used.map((column) =>
        column.id === 'algorithm' ? (
          <th key={column.id} scope="row">
            {column.cell(row)}
            {row.violations > 0 ? <span class="also">{row.violations} violations</span> : null}
          </th>
        ) : (
          <td key={column.id} class={column.id}>
            {column.cell(row)}
          </td>
        ),
      )}
    </tr>
  )
}

interface HeadProps {
  readonly column: NumbersColumn
  readonly order: Order | null
  sort(column: NumbersColumn): void
}

function Head({ column, order, sort }: HeadProps) {
  const { id, title, unit } = column
  const isOrder = order?.id === id
  const direction = isOrder ? (order.isDown ? 'descending' : 'ascending') : 'none'
  return (
    <th scope="col" aria-sort={direction} class={id}>
      <button type="button" onClick={() => sort(column)}>
        {title}
        <span class="arrow" aria-hidden="true">
          {isOrder ? (order.isDown ? '▾' : '▴') : ''}
        </span>
      </button>
      {unit === undefined ? null : <span class="also">{unit}</span>}
    </th>
  )
}

function sorted(rows: readonly Row[], order: Order | null): readonly Row[] {
  const column = columns.find(({ id }) => id === order?.id)
  if (order === null || column === undefined) return rows
  const of = (row: Row) => (order.isRatio && column.ratio !== undefined ? column.ratio(row) : column.by(row))
  return rows.toSorted((a, b) => compare(of(a), of(b), order.isDown))
}

/** Rows without a measurement go last in both orders. */
function compare(a: number | string | null, b: number | string | null, isDown: boolean): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1
  const upwards = typeof a === 'number' && typeof b === 'number' ? a - b : String(a) < String(b) ? -1 : a === b ? 0 : 1
  return isDown ? -upwards : upwards
}

function distinct<Item>(items: readonly Item[]): Item[] {
  return [...new Set(items)]
}
