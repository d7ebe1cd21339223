/** What is made by the lab on the pages about the algorithms: a picture of a run, and a table of what an entry cost. */
import { labAlgorithms } from '../../lib/lab/algorithms.ts'
import { experimentOf } from '../../lib/lab/experiment.ts'
import type { Row } from '../../lib/lab/results.ts'
import { runExperiment } from '../../lib/lab/run-experiment.ts'
import { play } from '../../lib/lab/scenario/player.ts'
import { defaultScenario } from '../../lib/lab/scenario/scenario.ts'
import { svgOf } from '../../lib/lab/scenario/svg.ts'

/** Everything that has a page; the perpetual ring stands on the ring's. */
export const algorithmsWithPages = labAlgorithms.map(({ name }) => name).filter((name) => name !== 'token-ring-perpetual')

export const pageOf = (name: string): string => `docs/algorithms/${name}.md`
export const pictureOf = (name: string): string => `docs/algorithms/${name}.svg`

const begin = '<!-- measured -->'
const end = '<!-- /measured -->'

/** The page with the measured part replaced. */
export function withTable(page: string, table: string): string {
  const from = page.indexOf(begin)
  const to = page.indexOf(end)
  if (from === -1 || to < from) throw new Error(`a page needs '${begin}' and '${end}'`)
  return `${page.slice(0, from)}${begin}\n${table}\n${page.slice(to)}`
}

/** A run of a few users, of an algorithm of quorums among seven and of the others among four. */
export function picture(name: string): string {
  const isOfQuorums = name === 'maekawa' || name === 'agrawal-el-abbadi'
  const scenario = { ...defaultScenario, algorithm: name, nodes: isOfQuorums ? 7 : 4, users: 4, load: 'poisson:0.9' }
  // A token that never stops is shown for as long as the users are there.
  const recording = play(scenario, 400)
  return `${svgOf(recording, { scale: 46, toT: Math.min(24, lastOf(recording.steps)) })}\n`
}

function lastOf(steps: readonly { readonly atT: number }[]): number {
  return (steps[steps.length - 1]?.atT ?? 0) + 0.5
}

const loads = ['light', 'saturated']

/** The same at every run: seeds and all. */
export async function measuredTable(name: string): Promise<string> {
  const experiment = experimentOf({ algorithms: [name], nodes: [5, 10, 25], loads, delays: ['exponential:1'], seeds: 10 })
  const { rows } = await runExperiment(experiment, { threads: 0 })
  const head = [
    '| load | N | messages for an entry | paper | ratio | handing over | Jain | longest bypass |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
  ]
  const notes = [...new Set(rows.flatMap(({ formula }) => (formula.note === undefined ? [] : [formula.note])))]
  const caption = `\`holdfast lab run --algorithms ${name} --nodes 5,10,25 --load light,saturated --delay exponential:1 --seeds 10\``
  return [...head, ...rows.map(lineOf), '', `${caption}; handing over in T.${notes.map((note) => ` ${note}`).join('')}`].join(
    '\n',
  )
}

function lineOf(row: Row): string {
  const { mean, low, high } = row.messagesPerEntry
  const half = mean === null ? 0 : (high - low) / 2
  const messages = mean === null ? '–' : `${mean.toFixed(2)}${half < 0.005 ? '' : ` ± ${half.toFixed(2)}`}`
  const { text, value, ratio, kind } = row.formula
  const paper = value === null ? text : `${text} = ${value.toFixed(2)}`
  const compared = ratio === null ? '–' : `${kind === 'approximation' ? '≈ ' : ''}${ratio.toFixed(3)}`
  const sync = row.syncDelay.mean === null ? '–' : row.syncDelay.mean.toFixed(2)
  const jain = row.jain === null ? '–' : row.jain.toFixed(3)
  return `| ${[row.load, row.nodes, messages, paper, compared, sync, jain, row.bypassMax].join(' | ')} |`
}
