import { seedMax } from '../sim/argument-checks.ts'
import { bugs } from '../sim/bugs/index.ts'
import type { Command } from './command.ts'
import { type Column, counted, duration, grouped, type Paint, painter, table } from './paint.ts'
import { tellVerdict, writeHistory } from './sim/check.ts'
import { runPool } from './sim/pool.ts'
import { tellStory } from './sim/story.ts'
import { type SimReport, Tally } from './sim/tally.ts'
import type { Terminal } from './terminal.ts'
import { exitCodes, integerFlag, parseFlags, UsageError } from './usage.ts'

const help = `holdfast sim: whole nodes on virtual time, under faults drawn from seeds

Usage: holdfast sim [--seeds N] [--from S] [--bug NAME] [--story [--whole]] [--threads N] [--json]
       holdfast sim --from S --history FILE [--json]
       holdfast sim --check FILE [--json]

Each seed is a run of 2 to 12 nodes, five at the median, for some 40 virtual seconds: users contend for locks while
processes crash, pause and come back, networks part, clocks go wrong. Then everything heals, and whoever waits must be served. A checker judges the
history of each run by itself.

  --seeds N     how many (default 100); any number runs in the same memory
  --from S      the first of them (default 1)
  --bug NAME    puts a mistake into the nodes and stops at the first seed that shows it; 'list' tells the names
  --story       runs one seed and, if it fails, makes its plan as small as it can be and tells what happens then
  --whole       with --story: tells the run as it is, whether it fails or not
  --history F   runs one seed and writes its history into a file, an event a line; docs/checking.md says what they mean;
                with --json: { file, seed, events, failures: how many }
  --check F     judges the history in a file, wherever it comes from; with --json: { file, events, entries, simulatedMs,
                violations: [{ property, atMs, text, calls }], violationsInAll, sometimes }
  --threads N   worker threads (default: one for each core)
  --json        one JSON document: { seeds, entries, simulatedMs, wallMs, failures: [{ seed, property, text, replay }],
                failed, sometimes: { NAME: count }, unreached, interrupted }: what 3,000 seeds and more never reached counts
                as a failure

Exit: 0 clean, 1 a seed failed or a history breaks a promise, 64 wrong usage or no history, 130 interrupted before all seeds
had run, with none of them failed.
`

const flags = {
  json: { type: 'boolean', default: false },
  story: { type: 'boolean', default: false },
  whole: { type: 'boolean', default: false },
  seeds: { type: 'string' },
  from: { type: 'string' },
  check: { type: 'string' },
  history: { type: 'string' },
  bug: { type: 'string' },
  threads: { type: 'string' },
} as const

/** `holdfast sim` */
export const simCommand: Command = {
  summary: 'whole nodes on virtual time, under faults drawn from seeds',
  help,
  async run(args, terminal) {
    const { values } = parseFlags(args, flags)
    if (values.check !== undefined) {
      if (values.check === '') throw new UsageError('--check needs the name of a file that holds a history')
      const others = Object.entries(values).filter(([name, value]) => name !== 'check' && name !== 'json' && value !== undefined)
      const other = others.find(([, value]) => value !== false)
      if (other !== undefined) throw new UsageError(`--check judges a file and runs nothing: leave --${other[0]} away`)
      return tellVerdict(values.check, terminal, values.json)
    }
    if (values.bug === 'list') return listBugs(terminal, values.json)
    const bug = values.bug ?? null
    if (bug !== null && !bugs.some(({ name }) => name === bug))
      throw new UsageError(`--bug: there is no '${bug}'; 'holdfast sim --bug list' tells those there are`)
    const from = integerFlag(values.from, 'from', 1, 0, seedMax)
    const count = integerFlag(
      values.seeds,
      'seeds',
      values.story || values.history !== undefined ? 1 : 100,
      1,
      seedMax - from + 1,
    )
    const threads = values.threads === undefined ? {} : { threads: integerFlag(values.threads, 'threads', 1, 1, 256) }
    if (values.whole && !values.story) throw new UsageError('--whole goes with --story')
    if (values.history !== undefined) {
      if (values.history === '') throw new UsageError('--history needs the name of a file to write into')
      if (count !== 1) throw new UsageError(`--history writes of one seed: give --from, and no --seeds ${count}`)
      if (bug !== null || values.story) throw new UsageError(`--history goes with neither --bug nor --story`)
      return writeHistory(from, values.history, terminal, values.json)
    }
    if (values.story) {
      if (count !== 1) throw new UsageError(`--story tells of one seed: give --from, and no --seeds ${count}`)
      if (values.json) throw new UsageError('--story is for reading: leave --json away')
      return tellStory({ seed: from, bug, whole: values.whole }, terminal)
    }
    const report = await runSeeds({ from, count, bug, ...threads }, terminal, values.json)
    if (values.json) terminal.out(`${JSON.stringify(report)}\n`)
    else terminal.out(reportText(report, bug, painter(terminal.colors)))
    if (report.failed > 0 || report.unreached.length > 0) return exitCodes.unclean
    return report.interrupted ? exitCodes.interrupted : exitCodes.clean
  },
}

function listBugs(terminal: Terminal, json: boolean): number {
  const rows = bugs.map(({ name, breaks }) => ({ name, breaks }))
  if (json) terminal.out(`${JSON.stringify(rows)}\n`)
  else terminal.out(rows.map(({ name, breaks }) => `${name}\n    ${breaks}\n`).join(''))
  return exitCodes.clean
}

interface Seeds {
  readonly from: number
  readonly count: number
  readonly bug: string | null
  readonly threads?: number
}

async function runSeeds(options: Seeds, terminal: Terminal, json: boolean): Promise<SimReport> {
  const tally = new Tally(options.bug)
  const startedMs = performance.now()
  const interrupt = new AbortController()
  const stop = (): void => interrupt.abort()
  process.once('SIGINT', stop)
  let toldMs = startedMs
  const progress = (): void => {
    const nowMs = performance.now()
    if (json || nowMs - toldMs < (terminal.interactive ? 200 : 5000)) return
    toldMs = nowMs
    terminal.err(`${terminal.interactive ? '\r\u001b[K' : ''}${progressText(tally, options.count, nowMs - startedMs)}`)
    if (!terminal.interactive) terminal.err('\n')
  }
  try {
    await runPool({ ...options, signal: interrupt.signal }, (verdict) => {
      tally.add(verdict)
      progress()
      return options.bug === null || verdict.failures.length === 0
    })
  } finally {
    process.off('SIGINT', stop)
    if (terminal.interactive && !json) terminal.err('\r\u001b[K')
  }
  // One that came when nothing was left to run, or a bug was found, cut nothing off.
  const isCutOff = interrupt.signal.aborted && tally.seeds < options.count && (options.bug === null || tally.failed === 0)
  return tally.report(performance.now() - startedMs, isCutOff)
}

function progressText({ seeds, entries, failed }: Tally, count: number, wallMs: number): string {
  const rate = (seeds / Math.max(0.001, wallMs / 1000)).toFixed(1)
  return `${grouped(seeds)} of ${counted(count, 'seed')}, ${rate} a second; ${grouped(entries)} entries; ${failed} failed`
}

const sometimesColumns: readonly Column<[string, number]>[] = [
  { title: 'sometimes', text: ([name]) => name },
  { title: 'times', align: 'right', text: ([, count]) => grouped(count) },
]

function reportText(report: SimReport, bug: string | null, paint: Paint): string {
  const { seeds, entries, simulatedMs, wallMs, failures, failed, sometimes, unreached, interrupted } = report
  const lines = [
    `${counted(seeds, 'seed')}, ${(seeds / (wallMs / 1000)).toFixed(1)} a second; ${grouped(entries)} entries in ${duration(simulatedMs)} of virtual time`,
  ]
  lines.push('', table(Object.entries(sometimes), sometimesColumns, paint))
  for (const { seed, property, text, replay } of failures.slice(0, 20)) {
    lines.push('', paint('bad', `seed ${seed} breaks: ${property}`), `  ${text.split('\n', 1)[0]}`, `  ${replay}`)
  }
  if (failures.length > 20) lines.push('', `and ${failed - 20} more`)
  if (unreached.length > 0) lines.push('', paint('bad', `never reached: ${unreached.join(', ')}`))
  const hunted = bug === null ? '' : ` with the bug '${bug}'`
  if (interrupted) lines.push('', paint('warn', `interrupted after ${counted(seeds, 'seed')}: those that did not run may fail`))
  if (failed > 0) lines.push('', paint('bad', `${failed} failed${hunted}`))
  else if (!interrupted && unreached.length === 0) lines.push('', paint('good', `clean${hunted}`))
  return `${lines.join('\n')}\n`
}
