/**
 * `npm run performance` draws the plots beside docs/performance.md from the results in docs/performance. With `-- --measure` it measures them
 * anew first, which takes half an hour and wants a quiet machine.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BenchReport } from '../../lib/bench/rows.ts'
import { benchPlot } from '../../lib/cli/bench/plot.ts'
import { project } from './project.ts'

/** The arguments of `holdfast bench` for each pair of files, a `.json` and a `.svg`. */
const runs: Readonly<Record<string, readonly string[]>> = {
  systems: ['--against', 'async-mutex,postgres-advisory,redis,redis-queue', '--seconds', '5'],
  processes: [
    ...['--scenarios', 'contended,first,idle', '--processes', '2,5,10,20,50', '--seconds', '5'],
    ...['--algorithms', 'home-queue', '--against', 'postgres-advisory'],
  ],
}

const folder = join(project, 'docs', 'performance')
mkdirSync(folder, { recursive: true })
for (const [name, args] of Object.entries(runs)) {
  const fileOf = (ending: string): string => join(folder, `${name}.${ending}`)
  if (process.argv.includes('--measure')) writeFileSync(fileOf('json'), jsonOf(measure(args)))
  writeFileSync(fileOf('svg'), benchPlot(JSON.parse(readFileSync(fileOf('json'), 'utf8')) as BenchReport))
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
