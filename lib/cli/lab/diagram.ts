/** This file runs `holdfast lab diagram`, which writes the page with the space-time diagram. */
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { pageWith } from '../../lab/pages.ts'
import { linkOf, linkText } from '../../lab/scenario/link.ts'
import { play } from '../../lab/scenario/player.ts'
import type { Recording } from '../../lab/scenario/recording.ts'
import { svgOf } from '../../sim/story/svg.ts'
import { printable } from '../printable.ts'
import type { CommandAction } from '../spec.ts'
import type { labDiagramSpec } from '../table/lab.ts'
import { exitCodes, UsageError } from '../usage.ts'
import { checkAlgorithms, checkDelays, checkLoads } from './names.ts'

/** How many steps fill the first screen of the page. */
const stepsShown = 24

const linkKeys = ['algorithm', 'nodes', 'seed', 'load', 'users', 'delay', 'section', 'loss', 'do'] as const

/** `holdfast lab diagram` */
export const runDiagram: CommandAction<typeof labDiagramSpec.options> = async ({ values, json }, terminal) => {
  const said = linkKeys.flatMap((key) => (values[key] === undefined ? [] : [`${key}=${encodeURIComponent(values[key])}`]))
  if (values.unordered) said.push('fifo=no')
  if (values.link !== undefined && said.length > 0)
    throw new UsageError('--link contains all settings: leave the other options out')
  checkAlgorithms('algorithm', present(values.algorithm), 'lab diagram')
  checkLoads(values.load === 'hands' ? [] : present(values.load), 'lab diagram')
  checkDelays(present(values.delay), 'lab diagram')
  const { scenario, step } = linkOf(values.link?.replace(/^.*#/, '') ?? said.join('&'))
  const steps = values.steps ?? (step > 0 ? step : 60)
  // Played before a file is written, so that an impossible scenario is refused.
  const recording = play(scenario, steps)
  const tell = (path: string, taken: number | null, text: string): number => {
    const file = resolve(path)
    terminal.out(
      json ? `${JSON.stringify({ file, algorithm: recording.title, steps: taken })}\n` : `${printable(file)}: ${text}\n`,
    )
    return exitCodes.clean
  }
  if (values.svg !== undefined) {
    if (values.out !== undefined) throw new UsageError('--svg writes a picture and --out a page: give one of them')
    write('svg', values.svg, svgOf(recording, { isVertical: values.vertical }))
    const taken = recording.steps.length - 1
    return tell(values.svg, taken, `${taken} steps of ${recording.title}`)
  }
  if (values.vertical || values.steps !== undefined)
    throw new UsageError('--vertical and --steps go with --svg', 'holdfast lab diagram --svg diagram.svg --steps 40')
  const page = values.out ?? 'diagram.html'
  write('out', page, pageWith('diagram', { link: linkText({ scenario, step: step > 0 ? step : stepInProgress(recording) }) }))
  return tell(page, null, 'open it in a browser')
}

/** The page opens some steps into the run, since its start is empty. A run by hand opens at its start. */
function stepInProgress({ steps }: Recording): number {
  return Math.min(steps.length - 1, stepsShown)
}

function present(text: string | undefined): readonly string[] {
  return text === undefined ? [] : [text]
}

function write(option: string, path: string, content: string): void {
  try {
    writeFileSync(path, content)
  } catch (error) {
    throw new UsageError(`--${option}: cannot write '${path}': ${(error as Error).message}`, null)
  }
}
