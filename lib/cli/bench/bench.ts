/** This file runs `holdfast bench`, and prints its report as a table or as JSON. */
import { writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { machineText } from '../../bench/machine.ts'
import { type BenchProfile, type BenchReport, type BenchRow, labelOf, type ScenarioName } from '../../bench/rows.ts'
import { runBench, scenarios } from '../../bench/run.ts'
import { cannotWrite, checkWritable } from '../../lab/report/writable.ts'
import { ensureFolders } from '../../mesh/synced-files.ts'
import { durationText, grouped, type Paint, painter, table } from '../paint.ts'
import { benchPlot } from './plot.ts'
import type { CommandAction } from '../spec.ts'
import type { benchSpec } from '../table/runs.ts'
import { exitCodes } from '../usage.ts'

/** `holdfast bench` */
export const runBenchCommand: CommandAction<typeof benchSpec.options> = async ({ values, json }, terminal, interrupted) => {
  const { scenarios: named, algorithms, processes, against = [], seconds, 'warm-up': warmUpSeconds, profile, plot } = values
  // Before anything runs, so that no measurement is lost.
  if (plot !== undefined) checkWritable('plot', plot, 'file')
  if (profile !== undefined) makeFolder(profile)
  const options = {
    scenarios: named ?? (Object.keys(scenarios) as ScenarioName[]),
    algorithms,
    processes,
    against,
    seconds,
    warmUpSeconds,
    profileFolder: profile,
  }
  // There is no result to save: the processes end and their files go by way of `exit`.
  interrupted.addEventListener('abort', () => process.exit(), { once: true })
  const report = await runBench(options, (text) => terminal.err(`${text}\n`))
  terminal.out(json ? `${JSON.stringify(report)}\n` : benchText(report, painter(terminal.colors)))
  if (plot !== undefined) writePlot(plot, report)
  return exitCodes.clean
}

function makeFolder(path: string): void {
  checkWritable('profile', path, 'folder')
  try {
    ensureFolders(path, 0o777)
  } catch (error) {
    throw cannotWrite('profile', path, error)
  }
}

function writePlot(path: string, report: BenchReport): void {
  try {
    ensureFolders(dirname(path), 0o777)
    writeFileSync(path, benchPlot(report))
  } catch (error) {
    throw cannotWrite('plot', path, error)
  }
}

/** The report as a table for people. */
export function benchText(report: BenchReport, paint: Paint): string {
  const { machine, wsRttMs, rows, profiles } = report
  const optional = (value: number | null, show: (value: number) => string): string => (value === null ? '' : show(value))
  const ratio = (value: number): string =>
    Number.isFinite(value) ? `${value < 0.1 ? value.toFixed(3) : value.toFixed(2)}×` : '–'
  const phase = (row: BenchRow): string =>
    row.phase === 'warm' && row.steadyAfterSec === null ? 'warm, unsteady' : (row.phase ?? '')
  return `
${paint('dim', machineText(machine))}
bare ws round trip ${paint('strong', durationText(wsRttMs))}

${table<BenchRow>(
  rows,
  [
    { title: 'scenario', text: (row) => row.scenario },
    { title: 'N', align: 'right', text: (row) => String(row.processes) },
    { title: 'phase', text: phase },
    { title: 'system', text: labelOf },
    { title: 'per s', align: 'right', text: (row) => optional(row.perSec, (value) => grouped(Math.round(value))) },
    { title: 'p50', align: 'right', text: (row) => optional(row.p50Ms, durationText) },
    { title: 'p99', align: 'right', text: (row) => optional(row.p99Ms, durationText) },
    { title: '/ws', align: 'right', text: (row) => optional(row.ratioToWs, ratio) },
    { title: '/floor', align: 'right', text: (row) => optional(row.ratios['floor']?.p50 ?? null, ratio) },
    { title: 'Jain', align: 'right', text: (row) => optional(row.jain, (value) => value.toFixed(3)) },
    { title: 'longest', align: 'right', text: (row) => optional(row.longestWaitMs, durationText) },
    { title: 'again', align: 'right', text: (row) => optional(row.sameHolderAgain, (value) => `${(value * 100).toFixed(1)} %`) },
    { title: 'msgs', align: 'right', text: (row) => optional(row.messagesPerEntry, (value) => value.toFixed(2)) },
    { title: 'cpu', align: 'right', text: costText },
    { title: 'server', align: 'right', text: (row) => optional(row.serverCpuUsPerGrant, (value) => `${value.toFixed(1)} µs`) },
    { title: 'bytes/s', align: 'right', text: (row) => optional(row.bytesPerSec, (value) => grouped(Math.round(value))) },
    { title: 'rss', align: 'right', text: (row) => `${Math.round(row.rssMb)} MB` },
  ],
  paint,
)}

${paint('dim', 'p50, p99: reacquire, of a pair; first, until the grant; distinct64, until the last of 64 grants; contended, from release to the next grant elsewhere; failover, from kill -9; start, of createNode')}
${paint('dim', 'again: share of entries by the process that had just been inside; msgs, cpu: for one entry, all processes; of idle, share of a core for each process')}
${paint('dim', 'warm, unsteady: three seconds in a row did not agree within 5 % before --warm-up was over')}
${profiles.map((profile) => profileText(profile, paint)).join('')}
`
}

/** The functions that took most time, and where the pictures are. */
function profileText({ scenario, processes, busyMs, flameGraphs, top, ...contestant }: BenchProfile, paint: Paint): string {
  const title = `CPU profile of ${scenario}, ${processes === 1 ? 'a process' : `${processes} processes`}, ${labelOf(contestant)}`
  const [first = '', ...others] = flameGraphs
  return `
${paint('strong', title)}: ${durationText(busyMs)} at work, ${first}${others.length === 0 ? '' : ` and ${others.length} more`}

${table<BenchProfile['top'][number]>(
  top,
  [
    { title: 'share', align: 'right', text: ({ share }) => `${(share * 100).toFixed(1)} %` },
    { title: 'itself', align: 'right', text: ({ selfMs }) => durationText(selfMs) },
    { title: 'function', text: ({ name }) => name },
    { title: 'file', text: ({ place }) => place },
  ],
  paint,
)}
`
}

/** The processor time of a row: for an entry, or of a process that is idle. */
function costText({ cpuUsPerGrant, cpuPercent }: BenchRow): string {
  if (cpuUsPerGrant !== null) return `${cpuUsPerGrant.toFixed(1)} µs`
  return cpuPercent === null ? '' : `${cpuPercent.toFixed(2)} %`
}
