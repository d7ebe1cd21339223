/**
 * `npm run performance` draws the plots of docs/performance.md from the results in docs/performance. With `-- --measure` it measures these anew
 * first, which takes twenty minutes and wants a quiet machine; `-- --measure sizes` measures one of them.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BenchReport } from '../../lib/bench/rows.ts'
import { benchPlot } from '../../lib/cli/bench/plot.ts'
import { project } from './project.ts'

/** What `holdfast bench` is asked for, by the name of the plot. */
const plots = {
  systems: ['--against', 'async-mutex,postgres-advisory,redis,redis-queue', '--seconds', '3', '--warm-up', '12'],
  sizes: [
    '--scenarios',
    'first,contended',
    '--algorithms',
    'home-queue,token-ring,ricart-agrawala',
    '--processes',
    '2,5,10,20,50',
    '--seconds',
    '3',
    '--warm-up',
    '12',
  ],
}

const folder = join(project, 'docs', 'performance')
mkdirSync(folder, { recursive: true })
const [, , flag, only] = process.argv
for (const [name, args] of Object.entries(plots)) {
  const data = join(folder, `${name}.json`)
  if (flag === '--measure' && (only ?? name) === name) writeFileSync(data, jsonOf(measure(args)))
  writeFileSync(join(folder, `${name}.svg`), benchPlot(JSON.parse(readFileSync(data, 'utf8')) as BenchReport))
  console.log(`wrote docs/performance/${name}.svg`)
}

function measure(args: readonly string[]): BenchReport {
  const command = [join(project, 'dist', 'lib', 'cli', 'main.js'), 'bench', '--json', ...args]
  const { status, stdout } = spawnSync(process.execPath, command, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  if (status !== 0) throw new Error(`holdfast ${command.slice(1).join(' ')} ended with ${status}`)
  return JSON.parse(stdout) as BenchReport
}

/** A line for each row. Ratios follow from the rows. */
function jsonOf({ machine, wsRttMs, rows }: BenchReport): string {
  const lines = rows.map((row) => JSON.stringify({ ...row, ratios: {} }))
  return `{"machine":${JSON.stringify(machine)},"wsRttMs":${wsRttMs},"profiles":[],"rows":[\n${lines.join(',\n')}\n]}\n`
}
