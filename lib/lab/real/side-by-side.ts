/** This file pairs the simulated and the real rows of one experiment. */
import type { Measured, Row } from '../results.ts'

/** The same algorithm, nodes and load, in both worlds. */
export interface Pair<Real extends Row = Row> {
  /** The algorithm of both rows. */
  readonly algorithm: string
  /** The number of nodes of both rows. */
  readonly nodes: number
  /** The load of both rows. */
  readonly load: string
  /** The row of the simulation. */
  readonly simulated: Row
  /** The row of the real processes. */
  readonly real: Real
  /** Measures that both have, in the order of a table. */
  readonly measures: readonly PairedMeasure[]
}

/** One measure in both worlds. Times in units of each world's T. */
export interface PairedMeasure {
  readonly name: PairedName
  readonly simulated: number | null
  readonly real: number | null
  /** Real by simulated; null where there is nothing to divide by. */
  readonly ratio: number | null
  /** What the paper says, where it gives a number. */
  readonly formula: number | null
}

export type PairedName = 'messagesPerEntry' | 'syncDelay' | 'waiting' | 'response' | 'throughput' | 'jain' | 'bypassMax'

/**
 * Pairs rows. Of simulated rows that differ only in their delay law, it takes the row of the named law, else the first. A real
 * machine has one law, which is not known. Rows without a partner are left out.
 *
 * @example for (const { algorithm, measures } of sideBySide(simulated, real)) console.log(algorithm, measures[0]?.ratio)
 */
export function sideBySide<Real extends Row>(simulated: readonly Row[], real: readonly Real[], delay?: string): Pair<Real>[] {
  return real.flatMap((row) => {
    const alike = simulated.filter(
      (each) => each.algorithm === row.algorithm && each.nodes === row.nodes && each.load === row.load,
    )
    const partner = alike.find((each) => each.delay === delay) ?? alike[0]
    if (partner === undefined) return []
    const { algorithm, nodes, load } = row
    return [{ algorithm, nodes, load, simulated: partner, real: row, measures: measuresOf(partner, row) }]
  })
}

function measuresOf(simulated: Row, real: Row): PairedMeasure[] {
  const pair = (name: PairedName, read: (row: Row) => number | null): PairedMeasure => {
    const [theirs, ours] = [read(simulated), read(real)]
    const formula = name === 'messagesPerEntry' ? simulated.formula.value : formulaOf(simulated, name)
    return { name, simulated: theirs, real: ours, ratio: ratioOf(ours, theirs), formula }
  }
  const mean = (read: (row: Row) => Measured) => (row: Row) => read(row).mean
  return [
    pair(
      'messagesPerEntry',
      mean((row) => row.messagesPerEntry),
    ),
    pair(
      'syncDelay',
      mean((row) => row.syncDelay),
    ),
    pair(
      'waiting',
      mean((row) => row.waiting),
    ),
    pair(
      'response',
      mean((row) => row.response),
    ),
    pair(
      'throughput',
      mean((row) => row.throughput),
    ),
    pair('jain', (row) => row.jain),
    pair('bypassMax', (row) => row.bypassMax),
  ]
}

function formulaOf({ formulas }: Row, name: PairedName): number | null {
  switch (name) {
    case 'syncDelay':
    case 'response':
    case 'throughput':
    case 'bypassMax':
      return formulas[name]?.value ?? null
    case 'messagesPerEntry':
    case 'waiting':
    case 'jain':
      return null
  }
}

function ratioOf(real: number | null, simulated: number | null): number | null {
  return real === null || simulated === null || simulated === 0 ? null : real / simulated
}
