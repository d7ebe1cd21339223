import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { pageWith } from '../../lab/pages.ts'
import { linkOf, linkText } from '../../lab/scenario/link.ts'
import { play } from '../../lab/scenario/player.ts'
import { scenarioLimits } from '../../lab/scenario/scenario.ts'
import { svgOf } from '../../lab/scenario/svg.ts'
import type { Command } from '../command.ts'
import { exitCodes, integerFlag, parseFlags, UsageError } from '../usage.ts'

const help = `holdfast lab diagram: a run as a space-time diagram, to be stepped through in the browser

Usage: holdfast lab diagram [--algorithm NAME] [--nodes N] [--seed S] [--load L] [--delay D] [--do STEP:WHAT,…] [--out FILE]
       holdfast lab diagram … --svg FILE [--steps N] [--vertical]

The page is one HTML file that needs no network. It runs the algorithm itself: step, play, click a message under way to deliver,
drop, delay or duplicate it, crash and pause nodes, part the network; a link in the address bar holds all that.

  --algorithm NAME   'holdfast lab algorithms' lists them (default ricart-agrawala)
  --nodes N          2 to ${scenarioLimits.nodes} (default 4)
  --seed S           what is left to chance (default 1)
  --load L           as for 'lab run', or 'hands': users come when you send them (default poisson:0.7)
  --users N          how many users come in all (default 20)
  --delay D          as for 'lab run' (default uniform:0.5,1.5)
  --section T        length of a critical section, or 'hands': until you lead them out (default 1)
  --loss P           the chance that a message is lost (default 0)
  --unordered        messages on one link may overtake each other
  --do STEP:WHAT,…   what somebody does after so many steps: '12:drop:7,15:crash:B,20:view'
  --link TEXT        all of it, as the page's own links have it after '#'
  --out FILE         where the page goes (default diagram.html)
  --svg FILE         a picture instead, of the first N steps (default 60)

Exit: 0 written, 64 wrong usage.
`

const flags = {
  algorithm: { type: 'string' },
  nodes: { type: 'string' },
  seed: { type: 'string' },
  load: { type: 'string' },
  users: { type: 'string' },
  delay: { type: 'string' },
  section: { type: 'string' },
  loss: { type: 'string' },
  do: { type: 'string' },
  unordered: { type: 'boolean', default: false },
  link: { type: 'string' },
  out: { type: 'string' },
  svg: { type: 'string' },
  steps: { type: 'string' },
  vertical: { type: 'boolean', default: false },
} as const

const linkKeys = ['algorithm', 'nodes', 'seed', 'load', 'users', 'delay', 'section', 'loss', 'do'] as const

/** `holdfast lab diagram` */
export const labDiagramCommand: Command = {
  summary: 'a run as a space-time diagram, to be stepped through in the browser',
  help,
  async run(args, terminal) {
    const { values } = parseFlags(args, flags)
    const said = linkKeys.flatMap((key) => (values[key] === undefined ? [] : [`${key}=${encodeURIComponent(values[key])}`]))
    if (values.unordered) said.push('fifo=no')
    if (values.link !== undefined && said.length > 0) throw new UsageError('--link says all of it: leave the other options away')
    const { scenario, step } = linkOf(values.link?.replace(/^.*#/, '') ?? said.join('&'))
    const steps = integerFlag(values.steps, 'steps', step > 0 ? step : 60, 0, scenarioLimits.steps)
    // Played before anything is written, so that a scenario that cannot be is refused.
    const recording = play(scenario, steps)
    if (values.svg !== undefined) {
      if (values.out !== undefined) throw new UsageError('--svg writes a picture and --out a page: give one of them')
      writeFileSync(values.svg, svgOf(recording, { isVertical: values.vertical }))
      terminal.out(`${resolve(values.svg)}: ${recording.steps.length - 1} steps of ${recording.algorithm}\n`)
      return exitCodes.clean
    }
    if (values.vertical || values.steps !== undefined) throw new UsageError('--vertical and --steps go with --svg')
    const file = values.out ?? 'diagram.html'
    writeFileSync(file, pageWith('diagram', { link: linkText({ scenario, step }) }))
    terminal.out(`${resolve(file)}: open it in a browser\n`)
    return exitCodes.clean
  },
}
