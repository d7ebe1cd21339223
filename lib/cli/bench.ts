import type { BenchReport, BenchRow, ScenarioName } from '../bench/rows.ts'
import { runBench, scenarios } from '../bench/run.ts'
import type { Command } from './command.ts'
import { duration, grouped, type Paint, painter, table } from './paint.ts'
import { exitCodes, integerFlag, listFlag, parseFlags, secondsFlag, UsageError } from './usage.ts'

const help = `holdfast bench: how fast it is on this machine, beside the bare network

Usage: holdfast bench [--scenarios A,B] [--algorithms X,Y] [--processes 3,5] [--seconds N] [--json]

Scenarios, each with real processes:
  reacquire   the node that had a lock last takes it again; a pair is one acquire and release
  first       names that nobody used before; in turns with the floor: a bare frame of socket.io and msgpackr to every
              peer, all answers awaited
  contended   all processes want one lock; p50 and p99 are from the release at one process to the grant at the next
  failover    the holder is killed (SIGKILL), up to 20 times: from there to the grant at a process that waits

  --scenarios A,B    default: all of them
  --algorithms X,Y   default: those that a scenario is about
  --processes 3,5    2 to 32; default: as a scenario has it
  --seconds N        how long each is measured (default 3)
  --json             one JSON document: { machine, wsRttMs, rows: […] }; times in milliseconds, cpuUsPerGrant in microseconds

Every row is also told as a ratio to the round trip of bare ws between the same processes: absolute times depend on the
machine and its mood, ratios hardly.

Exit: 0 measured, 1 failed, 64 wrong usage.
`

const flags = {
  json: { type: 'boolean', default: false },
  scenarios: { type: 'string' },
  algorithms: { type: 'string' },
  processes: { type: 'string' },
  seconds: { type: 'string' },
  against: { type: 'string' },
} as const

/** `holdfast bench` */
export const benchCommand: Command = {
  summary: 'how fast it is on this machine, beside the bare network',
  help,
  async run(args, terminal) {
    const { values } = parseFlags(args, flags)
    if (values.against !== undefined)
      throw new UsageError(
        `--against: cannot measure '${values.against}'; beside holdfast there is only floor, which the scenario first always has`,
      )
    const options = {
      scenarios: scenarioNames(values.scenarios),
      algorithms: listFlag(values.algorithms, 'algorithms'),
      processes: listFlag(values.processes, 'processes')?.map((text) => integerFlag(text, 'processes', 5, 2, 32)),
      seconds: secondsFlag(values.seconds, 'seconds', 3, 600),
    }
    const report = await endingCleanly(() => runBench(options, (text) => terminal.err(`${text}\n`)))
    terminal.out(values.json ? `${JSON.stringify(report)}\n` : benchText(report, painter(terminal.colors)))
    return exitCodes.clean
  },
}

/** An interrupt ends the processes and removes their files, by way of `exit`; there is no result to save. */
async function endingCleanly<T>(run: () => Promise<T>): Promise<T> {
  const end = (): never => process.exit(exitCodes.unclean)
  for (const name of signals) process.once(name, end)
  try {
    return await run()
  } finally {
    for (const name of signals) process.off(name, end)
  }
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

function scenarioNames(text: string | undefined): readonly ScenarioName[] {
  const known = Object.keys(scenarios) as ScenarioName[]
  return (
    listFlag(text, 'scenarios')?.map((word) => {
      const name = known.find((each) => each === word)
      if (name === undefined) throw new UsageError(`--scenarios: there is no '${word}'; there are ${known.join(', ')}`)
      return name
    }) ?? known
  )
}

/** The report as a table for people. */
export function benchText(report: BenchReport, paint: Paint): string {
  const { machine, wsRttMs, rows } = report
  const optional = (value: number | null, show: (value: number) => string): string => (value === null ? '' : show(value))
  const ratio = (value: number): string =>
    Number.isFinite(value) ? `${value < 0.1 ? value.toFixed(3) : value.toFixed(2)}×` : '–'
  const title = `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.platform}, Node ${machine.node}`
  return `
${paint('dim', title)}
bare ws round trip ${paint('strong', duration(wsRttMs))}

${table<BenchRow>(
  rows,
  [
    { title: 'scenario', text: (row) => row.scenario },
    { title: 'N', align: 'right', text: (row) => String(row.processes) },
    { title: 'system', text: (row) => row.algorithm ?? row.system },
    { title: 'per s', align: 'right', text: (row) => grouped(Math.round(row.perSec)) },
    { title: 'p50', align: 'right', text: (row) => duration(row.p50Ms) },
    { title: 'p99', align: 'right', text: (row) => duration(row.p99Ms) },
    { title: '/ws', align: 'right', text: (row) => ratio(row.ratioToWs) },
    { title: '/floor', align: 'right', text: (row) => optional(row.ratioToFloor, ratio) },
    { title: 'Jain', align: 'right', text: (row) => optional(row.jain, (value) => value.toFixed(3)) },
    { title: 'longest', align: 'right', text: (row) => optional(row.longestWaitMs, duration) },
    { title: 'again', align: 'right', text: (row) => optional(row.sameHolderAgain, (value) => `${(value * 100).toFixed(1)} %`) },
    { title: 'msgs', align: 'right', text: (row) => optional(row.messagesPerEntry, (value) => value.toFixed(2)) },
    { title: 'cpu', align: 'right', text: (row) => optional(row.cpuUsPerGrant, (value) => `${value.toFixed(1)} µs`) },
    { title: 'rss', align: 'right', text: (row) => `${Math.round(row.rssMb)} MB` },
  ],
  paint,
)}

${paint('dim', 'p50, p99: reacquire, of a pair; first, until the grant; contended, from release to the next grant elsewhere; failover, from kill -9')}
${paint('dim', 'again: share of entries by the process that had just been inside; msgs, cpu: for one entry, all processes')}

`
}
