/** This file shows simulated and real measurements side by side. */
import { halfWidth, shown } from '../../report/numbers.ts'
import type { Measured, RealResults, Row } from '../../results.ts'
import { Scrolls } from './scrolls.tsx'

interface CompareProps {
  readonly rows: readonly Row[]
  readonly real: RealResults
}

const compared: readonly { readonly title: string; of(row: Row): Measured }[] = [
  { title: 'Messages for each entry', of: ({ messagesPerEntry }) => messagesPerEntry },
  { title: 'Synchronisation delay, T', of: ({ syncDelay }) => syncDelay },
  { title: 'Response, T', of: ({ response }) => response },
  { title: 'Throughput, entries in each T', of: ({ throughput }) => throughput },
]

/** The same experiment twice, simulated and on processes over sockets, number beside number. */
export function Compare({ rows, real }: CompareProps) {
  return (
    <section aria-labelledby="compare-title">
      <h2 id="compare-title">Simulated and real</h2>
      <p class="prose">
        The same algorithms on processes over sockets ({real.machine}), in units of the one-way delay measured there, T ={' '}
        {real.delayMs.toPrecision(3)} ms. Message counts should agree; times differ by what the simulation leaves out: the work of
        sending and receiving.
      </p>
      <Scrolls label="Simulated and real, a table" isWide>
        <table class="rows compare">
          <thead>
            <tr>
              <th scope="col" rowSpan={2}>
                Algorithm
              </th>
              <th scope="col" rowSpan={2}>
                N
              </th>
              <th scope="col" rowSpan={2} class="load">
                Load
              </th>
              {compared.map(({ title }) => (
                <th key={title} scope="colgroup" colSpan={3}>
                  {title}
                </th>
              ))}
            </tr>
            <tr>
              {compared.flatMap(({ title }) =>
                ['simulated', 'real', 'ratio'].map((part) => (
                  <th key={`${title} ${part}`} scope="col">
                    <span class="also">{part}</span>
                  </th>
                )),
              )}
            </tr>
          </thead>
          <tbody>
            {real.rows.map((row) => {
              const twin = rows.find(
                ({ algorithm, nodes, load }) => algorithm === row.algorithm && nodes === row.nodes && load === row.load,
              )
              return (
                <tr key={`${row.algorithm} ${row.nodes} ${row.load}`}>
                  <th scope="row">{row.algorithm}</th>
                  <td>{row.nodes}</td>
                  <td class="load">{row.load}</td>
                  {compared.flatMap(({ title, of }) => {
                    const found = of(row)
                    const simulated = twin === undefined ? null : of(twin)
                    const ratio = found.mean === null || !simulated?.mean ? null : found.mean / simulated.mean
                    return [
                      <td key={`${title} s`}>{shown(simulated?.mean)}</td>,
                      <td key={`${title} r`}>
                        {shown(found.mean)} <span class="faint">{halfWidth(found.low, found.high)}</span>
                      </td>,
                      <td key={`${title} q`}>{ratio === null ? '' : `×${ratio.toFixed(2)}`}</td>,
                    ]
                  })}
                </tr>
              )
            })}
          </tbody>
        </table>
      </Scrolls>
    </section>
  )
}
