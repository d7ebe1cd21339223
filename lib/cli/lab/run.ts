import { readFileSync } from 'node:fs'
import { type Experiment, experimentOf } from '../../lab/experiment.ts'
import { labAlgorithms } from '../../lab/algorithms.ts'
import { loadFiles } from '../../lab/own-files.ts'
import { provenanceOf } from '../../lab/provenance.ts'
import { checkReport, type ReportFiles, writeReport } from '../../lab/report/write.ts'
import type { Row, Speed } from '../../lab/results.ts'
import { checkRealOptions, type RealOptions } from '../../lab/real/options.ts'
import { type RealRow, realResultsOf } from '../../lab/real/rows.ts'
import { runReal } from '../../lab/real/run-real.ts'
import { type Pair, sideBySide } from '../../lab/real/side-by-side.ts'
import { type Measurements, runExperiment } from '../../lab/run-experiment.ts'
import type { Command } from '../command.ts'
import { grouped, type Paint, painter } from '../paint.ts'
import type { Terminal } from '../terminal.ts'
import { exitCodes, integerFlag, listFlag, parseFlags, UsageError } from '../usage.ts'
import { version } from '../version.ts'
import { pairsText } from './real-table.ts'
import { rowsText } from './table.ts'

const help = `holdfast lab run: one experiment on many algorithms, beside what their papers say

Usage: holdfast lab run [FILE] [--algorithms A,B] [--nodes 5,10] [--load L]… [--entries N] [--delay D]… [--seeds K] [--json]

FILE is an experiment (lab.json; 'holdfast lab schema' prints its schema); flags beat what it says.

  --algorithms A,B   which ('all' for all that exclude; 'holdfast lab algorithms' lists them), a file of your own
                     (./my-mutex.ts), or gallery:NAME
  --nodes 5,10       how many nodes, 2 to 1000 (default 5)
  --load L           light, saturated, poisson:LOAD, closed:THINK, hotspot:LOAD,SHARE, zipf:LOAD,S, bursts:LOAD,SIZE
                     (default saturated); several with commas, or by saying it again
  --delay D          constant:T, uniform:LOW,HIGH, exponential:T, lognormal:T,SIGMA, two-sites:NEAR,FAR (default constant:1)
  --entries N        entries that count under each seed (default 1000)
  --warm-up N        entries before those (default a tenth)
  --seeds K          independent runs, for 95 % intervals (default 30)
  --from S           the first seed (default 1)
  --section T        length of a critical section in units of the mean delay (default 0.1)
  --section-law L    constant or exponential
  --links L          fifo or unordered
  --permits K        users share K permits
  --threads N        worker threads (default: one for each core)
  --real             the same on real processes over sockets as well (2 to 64), side by side; 3 seeds unless said otherwise
  --html FILE        the report: one HTML file with the table and plots, to read offline and to print
  --csv FILE         the rows, for a spreadsheet
  --vega DIR         a Vega-Lite spec for each plot
  --shiviz FILE      a log of the first run for ShiViz
  --history FILE     the first run's history, an event a line, as 'holdfast sim --check' reads it
  --out FILE         everything as JSON: provenance, experiment, rows, speed
  --json             one JSON document, a list of rows: { algorithm, nodes, load, delay, entries, seeds, messagesPerEntry,
                     messagesByKind, bytesPerEntry, syncDelay, waiting, response, throughput, jain, jainOfWaits, bypassMax,
                     inversions, inversionsBy, formula, formulas, fifo, violations }; times in units of the mean delay;
                     with --real each has its counterpart beside it, as 'real'

Exit: 0 clean, 1 an algorithm broke a promise, 64 wrong usage.
`

const flags = {
  algorithms: { type: 'string' },
  nodes: { type: 'string' },
  load: { type: 'string', multiple: true },
  delay: { type: 'string', multiple: true },
  entries: { type: 'string' },
  'warm-up': { type: 'string' },
  seeds: { type: 'string' },
  from: { type: 'string' },
  section: { type: 'string' },
  'section-law': { type: 'string' },
  links: { type: 'string' },
  permits: { type: 'string' },
  threads: { type: 'string' },
  real: { type: 'boolean', default: false },
  html: { type: 'string' },
  csv: { type: 'string' },
  vega: { type: 'string' },
  shiviz: { type: 'string' },
  history: { type: 'string' },
  out: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const

/** `holdfast lab run` */
export const labRunCommand: Command = {
  summary: 'one experiment on many algorithms, beside what their papers say',
  help,
  async run(args, terminal) {
    const { values, positionals } = parseFlags(args, flags, 1)
    const [file] = positionals
    const asked: Record<string, unknown> = { ...(file === undefined ? {} : readExperiment(file)), ...said(values) }
    const { algorithms } = asked
    if (Array.isArray(algorithms)) await loadFiles(algorithms.filter((name) => typeof name === 'string'))
    const experiment = experimentOf(asked, file ?? 'lab run')
    const threads = values.threads === undefined ? {} : { threads: integerFlag(values.threads, 'threads', 1, 1, 256) }
    const realOptions = values.real ? realOptionsOf(experiment, values.seeds === undefined) : null
    const { html, csv, vega, shiviz, history, out } = values
    const wanted = Object.entries({ html, csv, vega, shiviz, history, json: out }).filter(([, file]) => file !== undefined)
    const files: ReportFiles = Object.fromEntries(wanted)
    checkReport(experiment, files)
    const { rows, speed } = await measured(experiment, threads, terminal)
    const realRows = realOptions === null ? null : await measuredForReal(realOptions, terminal)
    const command = `holdfast lab run ${args.map(quoted).join(' ')}`.trimEnd()
    const real = realRows === null ? {} : { real: realResultsOf(realRows) }
    const results = { provenance: provenanceOf(experiment, version(), command), experiment, rows, speed, ...real }
    const written = writeReport(results, files)
    if (written.length > 0) terminal.err(`wrote ${written.join(', ')}\n`)
    const pairs = realRows === null ? null : sideBySide(rows, realRows)
    if (values.json) terminal.out(`${JSON.stringify(pairs === null ? rows : rows.map((row) => withReal(row, pairs)))}\n`)
    else terminal.out(textOf(rows, speed, pairs, painter(terminal.colors)))
    const all = [...rows, ...(realRows ?? [])]
    return all.every((row) => row.violations === 0) ? exitCodes.clean : exitCodes.unclean
  },
}

function readExperiment(file: string): object {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new UsageError(`cannot read '${file}': ${(error as Error).message}`)
  }
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed
  } catch (error) {
    throw new UsageError(`'${file}' is not JSON: ${(error as Error).message}`)
  }
  throw new UsageError(`'${file}' must hold one JSON object, such as {"algorithms": ["ricart-agrawala"]}`)
}

type RealPair = Pair<RealRow>

function textOf(rows: readonly Row[], speed: Speed, pairs: readonly RealPair[] | null, paint: Paint): string {
  const simulated = `${rowsText(rows, paint)}\n\n${speedText(speed)}\n`
  return pairs === null ? simulated : `${simulated}\n${pairsText(pairs, paint)}\n`
}

/** A row with what was measured on real processes for the same algorithm, nodes and load. */
function withReal(row: Row, pairs: readonly RealPair[]): Row & { readonly real: RealRow | null } {
  return { ...row, real: pairs.find(({ simulated }) => simulated === row)?.real ?? null }
}

/** Thirty seeds are nothing for a simulation, and minutes for processes. */
const realSeedsDefault = 3

/** What of the experiment real processes can run, looked at before anything is measured. */
function realOptionsOf(experiment: Experiment, hasDefaultSeeds: boolean): RealOptions {
  if (experiment.sectionLaw !== 'constant') throw new UsageError('--real knows sections of constant length only')
  if (experiment.links !== 'fifo') throw new UsageError('--real: the links of real nodes keep order; leave --links away')
  const { title: _, sectionLaw: _law, links: _links, delays: _delays, seeds, ...rest } = experiment
  const options = { ...rest, seeds: hasDefaultSeeds ? Math.min(seeds, realSeedsDefault) : seeds }
  checkRealOptions(options)
  return options
}

async function measuredForReal(options: RealOptions, terminal: Terminal): Promise<readonly RealRow[]> {
  return interruptible(async (signal) => {
    const told = progressTo(terminal)
    return await runReal({
      ...options,
      signal,
      onProgress: ({ done, all, algorithm, nodes, load }) =>
        told(`${grouped(done)} of ${grouped(all)} real runs: ${algorithm}, ${nodes} processes, ${load}`),
    })
  }, terminal)
}

/** As one would type it again. */
function quoted(argument: string): string {
  return /^[\w:.,/+=@%-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`
}

type Values = ReturnType<typeof parseFlags<typeof flags>>['values']

/** The part of an experiment that the flags say. What they say wrongly is complained of as in a file, but by the flag's own name. */
function said(values: Values): Record<string, unknown> {
  const algorithms = listFlag(values.algorithms, 'algorithms')
  const nodes = listFlag(values.nodes, 'nodes')?.map((text) => integerFlag(text, 'nodes', 0, 2, 1000))
  const all = (): string[] => labAlgorithms.filter(({ modes }) => modes.includes('exclusive')).map(({ name }) => name)
  const entries: [string, unknown][] = [
    ['algorithms', algorithms?.flatMap((name) => (name === 'all' ? all() : [name]))],
    ['nodes', nodes],
    ['loads', values.load?.flatMap(split)],
    ['delays', values.delay?.flatMap(split)],
    ['entries', number(values.entries, 'entries', 1, 10_000_000)],
    ['warmUp', number(values['warm-up'], 'warm-up', 0, 10_000_000)],
    ['seeds', number(values.seeds, 'seeds', 1, 10_000)],
    ['firstSeed', number(values.from, 'from', 0, 2 ** 31)],
    ['sectionT', values.section === undefined ? undefined : Number(values.section)],
    ['sectionLaw', values['section-law']],
    ['links', values.links],
    ['permits', number(values.permits, 'permits', 1, 1000)],
  ]
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined))
}

/** Commas part loads, but also the numbers within one. */
function split(text: string): string[] {
  return text.split(/,(?=\s*[a-z])/).map((part) => part.trim())
}

function number(text: string | undefined, flag: string, min: number, max: number): number | undefined {
  return text === undefined ? undefined : integerFlag(text, flag, min, min, max)
}

async function measured(experiment: Experiment, threads: { threads?: number }, terminal: Terminal): Promise<Measurements> {
  return interruptible(async (signal) => {
    const told = progressTo(terminal)
    return await runExperiment(experiment, {
      ...threads,
      signal,
      onProgress: ({ done, all, setting }) =>
        told(`${grouped(done)} of ${grouped(all)} runs: ${setting.algorithm}, ${setting.nodes} nodes, ${setting.load}`),
    })
  }, terminal)
}

const endings = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Runs a task that an interrupt ends in good order, and wipes its progress away. */
async function interruptible<T>(task: (signal: AbortSignal) => Promise<T>, terminal: Terminal): Promise<T> {
  const interrupt = new AbortController()
  const stop = (): void => interrupt.abort()
  for (const ending of endings) process.once(ending, stop)
  try {
    return await task(interrupt.signal)
  } finally {
    for (const ending of endings) process.off(ending, stop)
    if (terminal.interactive) terminal.err('\r\u001b[K')
  }
}

/** Tells how far it is, now and then. */
function progressTo(terminal: Terminal): (text: string) => void {
  let toldMs = performance.now()
  return (text) => {
    const nowMs = performance.now()
    if (nowMs - toldMs < (terminal.interactive ? 100 : 5000)) return
    toldMs = nowMs
    terminal.err(terminal.interactive ? `\r\u001b[K${text}` : `${text}\n`)
  }
}

function speedText({ messages, messagesPerSecond, cpuMs }: Speed): string {
  return `${grouped(messages)} messages simulated in ${(cpuMs / 1000).toFixed(2)} s of one core: ${(messagesPerSecond / 1e6).toFixed(2)} million a second`
}
