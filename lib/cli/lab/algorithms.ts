/** This file runs `holdfast lab algorithms`, which lists the algorithms that the lab compares. */
import { labAlgorithms } from '../../lab/algorithms.ts'
import { claimsFor } from '../../lab/formulas.ts'
import { algorithms } from '../../mutex/algorithms.ts'
import { type Column, painter, table } from '../paint.ts'
import type { CommandAction } from '../spec.ts'
import type { labAlgorithmsSpec } from '../table/lab.ts'
import { exitCodes } from '../usage.ts'

interface AlgorithmRow {
  readonly name: string
  readonly options: readonly string[]
  readonly modes: readonly string[]
  /** Whether a real lock may use it. */
  readonly forLocks: boolean
  /** Messages for each entry. */
  readonly light: string
  readonly saturated: string
}

const columns: readonly Column<AlgorithmRow>[] = [
  { title: 'algorithm', text: ({ name }) => name },
  { title: 'messages, light', text: ({ light }) => light },
  { title: 'saturated', text: ({ saturated }) => saturated },
  { title: 'requests', text: ({ modes }) => modes.join(', ') },
  { title: 'options', text: ({ options }) => options.join(', ') },
  { title: '', text: ({ forLocks }) => (forLocks ? '' : 'lab only') },
]

/** `holdfast lab algorithms` */
export const runAlgorithms: CommandAction<typeof labAlgorithmsSpec.options> = async ({ json }, terminal) => {
  const rows = labAlgorithms.map(({ name, options = [], modes }): AlgorithmRow => {
    const said = (load: string): string =>
      claimsFor({ algorithm: name, nodes: 7, load, sectionT: 0.1, hasConstantDelay: true }).messagesPerEntry?.text ?? ''
    const forLocks = algorithms.some((kind) => kind.name === name)
    return { name, options, modes, forLocks, light: said('light'), saturated: said('saturated') }
  })
  terminal.out(json ? `${JSON.stringify(rows)}\n` : `${table(rows, columns, painter(terminal.colors))}\n`)
  return exitCodes.clean
}
