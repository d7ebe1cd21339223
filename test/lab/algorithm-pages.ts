/** What is made by the lab on the pages about the algorithms: a picture of a scene, and a table of what an entry cost. */
import { labAlgorithms } from '../../lib/lab/algorithms.ts'
import { experimentOf } from '../../lib/lab/experiment.ts'
import type { Row } from '../../lib/lab/results.ts'
import { runExperiment } from '../../lib/lab/run-experiment.ts'
import { linkOf, linkText } from '../../lib/lab/scenario/link.ts'
import { play } from '../../lib/lab/scenario/player.ts'
import type { Recording } from '../../lib/lab/scenario/recording.ts'
import { svgOf } from '../../lib/sim/story/svg.ts'
import { algorithmScenes } from './algorithm-scenes.ts'

/** Everything that has a page; the perpetual ring stands on the ring's. */
export const algorithmsWithPages = labAlgorithms.map(({ name }) => name).filter((name) => name !== 'token-ring-perpetual')

export const pageOf = (name: string): string => `docs/algorithms/${name}.md`
export const pictureOf = (name: string): string => `docs/algorithms/${name}.svg`

/** The page with the part between the comments `part` and `/part` replaced. */
export function withPart(page: string, part: 'drawn' | 'measured', text: string): string {
  const [begin, end] = [`<!-- ${part} -->`, `<!-- /${part} -->`]
  const from = page.indexOf(begin)
  const to = page.indexOf(end)
  if (from === -1 || to < from) throw new Error(`a page needs '${begin}' and '${end}'`)
  return `${page.slice(0, from)}${begin}\n${text}\n${page.slice(to)}`
}

/** The scene of that page, played to its end. */
export function sceneOf(name: string): Recording {
  return play(linkOf(linkOfScene(name)).scenario, 500)
}

/** The scene as an SVG picture. */
export function picture(name: string): string {
  const recording = sceneOf(name)
  const lastT = recording.steps.at(-1)?.at ?? 0
  return `${svgOf(recording, { scale: Math.min(80, 900 / lastT), laneGap: 64, fromT: -0.2, toT: lastT + 0.4 })}\n`
}

/** The picture on the page, and how to have it in motion. */
export function drawnPart(name: string): string {
  const { nodes, flights } = sceneOf(name)
  const told = `![Space-time diagram of ${name}: ${nodes.length} sites, ${flights.length} messages](${name}.svg)`
  return `${told}\n\nStep through it: \`npx holdfast lab diagram --link '${linkOfScene(name)}'\``
}

function linkOfScene(name: string): string {
  const text = algorithmScenes[name]
  if (text === undefined) throw new Error(`${name} has no scene in algorithm-scenes.ts`)
  return linkText(linkOf(text))
}

const loads = ['light', 'saturated']

/** What is measured on a page: the ring in both its forms, permits by twos. */
function subjectOf(name: string): { readonly algorithms: readonly string[]; readonly permits?: number } {
  if (name === 'token-ring') return { algorithms: ['token-ring', 'token-ring-perpetual'] }
  return name === 'raymond-k' ? { algorithms: [name], permits: 2 } : { algorithms: [name] }
}

/** The same at every run: seeds and all. */
export async function measuredPart(name: string): Promise<string> {
  const { algorithms, permits } = subjectOf(name)
  const shared = permits === undefined ? {} : { permits }
  const { rows } = await runExperiment(
    experimentOf({ algorithms: [...algorithms], nodes: [5, 10, 25], loads, delays: ['exponential:1'], seeds: 10, ...shared }),
    { threads: 0 },
  )
  const isOne = algorithms.length === 1
  const columns = ['load', 'N', 'messages for an entry', 'paper', 'ratio', 'handing over', 'Jain', 'longest bypass']
  if (!isOne) columns.unshift('algorithm')
  const head = [`| ${columns.join(' | ')} |`, `|${' --- |'.repeat(columns.length)}`]
  const lines = rows.map((row) => `| ${[...(isOne ? [] : [`\`${row.algorithm}\``]), ...cellsOf(row)].join(' | ')} |`)
  const notes = [...new Set(rows.flatMap(({ formula }) => (formula.note === undefined ? [] : [formula.note])))]
  const flag = permits === undefined ? '' : ` --permits ${permits}`
  const command = `npx holdfast lab run --algorithms ${algorithms.join(',')} --nodes 5,10,25 --load light,saturated --delay exponential:1 --seeds 10${flag}`
  const caption = `\`${command}\`; handing over in T.${notes.map((note) => ` ${note}`).join('')}`
  return [...head, ...lines, '', caption].join('\n')
}

function cellsOf(row: Row): readonly (string | number)[] {
  const { mean, low, high } = row.messagesPerEntry
  const half = mean === null ? 0 : (high - low) / 2
  const messages = mean === null ? '–' : `${mean.toFixed(2)}${half < 0.005 ? '' : ` ± ${half.toFixed(2)}`}`
  const { text, value, ratio, kind } = row.formula
  const paper = value === null || text === String(value) ? text : `${text} = ${value.toFixed(2)}`
  const compared = ratio === null ? '–' : `${kind === 'approximation' ? '≈ ' : ''}${ratio.toFixed(3)}`
  const sync = row.syncDelay.mean === null ? '–' : row.syncDelay.mean.toFixed(2)
  const jain = row.jain === null ? '–' : row.jain.toFixed(3)
  return [row.load, row.nodes, messages, paper, compared, sync, jain, row.bypassMax]
}
