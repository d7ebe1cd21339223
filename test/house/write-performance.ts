/**
 * `npm run performance` draws the plot of docs/performance.md from the results in docs/performance/systems.json. With `-- --measure` it measures
 * these anew first, which takes ten minutes and wants a quiet machine.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BenchReport } from '../../lib/bench/rows.ts'
import { benchPlot } from '../../lib/cli/bench/plot.ts'
import { project } from './project.ts'

/** What `holdfast bench` is asked for. */
const args = ['--against', 'async-mutex,postgres-advisory,redis,redis-queue', '--seconds', '3', '--warm-up', '12']

const folder = join(project, 'docs', 'performance')
const data = join(folder, 'systems.json')
mkdirSync(folder, { recursive: true })
if (process.argv.includes('--measure')) writeFileSync(data, jsonOf(measure()))
writeFileSync(join(folder, 'systems.svg'), benchPlot(JSON.parse(readFileSync(data, 'utf8')) as BenchReport))
console.log('wrote docs/performance/systems.svg')

function measure(): BenchReport {
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
