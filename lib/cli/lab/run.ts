/** This file runs `holdfast lab run`: it reads the experiment, measures it, and writes the results. */
import { readFileSync } from 'node:fs'
import { BadOptionError } from '../../base/errors.ts'
import { nearestName } from '../../base/nearest.ts'
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
import { withProgress } from '../progress.ts'
import type { Invocation, CommandAction } from '../spec.ts'
import { grouped, type Paint, painter } from '../paint.ts'
import type { labRunSpec } from '../table/lab.ts'
import type { Terminal } from '../terminal.ts'
import { exitCodes, UsageError } from '../usage.ts'
import { version } from '../version.ts'
import { checkAlgorithms, checkDelays, checkLoads } from './names.ts'
import { pairsText } from './real-table.ts'
import { rowsText } from './table.ts'

/** `holdfast lab run` */
export const runLab: CommandAction<typeof labRunSpec.options> = async ({ values, args, json, words }, terminal, interrupted) => {
  const [file] = args
  const experiment = await experimentFrom(values, file)
  const threads = values.threads === undefined ? {} : { threads: values.threads }
  const realOptions = values.real ? realOptionsOf(experiment, values.seeds === undefined) : null
  const { html, csv, vega, shiviz, history, out } = values
  const wanted = Object.entries({ html, csv, vega, shiviz, history, json: out }).filter(([, path]) => path !== undefined)
  const files: ReportFiles = Object.fromEntries(wanted)
  checkReport(experiment, files)
  const watched = { terminal, signal: interrupted }
  const { rows, speed } = await measured(experiment, threads, watched)
  const realRows = realOptions === null ? null : await measuredForReal(realOptions, watched)
  const command = `holdfast lab run ${words.map(quoted).join(' ')}`.trimEnd()
  const real = realRows === null ? {} : { real: realResultsOf(realRows) }
  const results = { provenance: provenanceOf(experiment, version(), command), experiment, rows, speed, ...real }
  const written = writeReport(results, files)
  if (written.length > 0) terminal.err(`wrote ${written.join(', ')}\n`)
  const pairs = realRows === null ? null : sideBySide(rows, realRows)
  if (json) terminal.out(`${JSON.stringify(pairs === null ? rows : rows.map((row) => withReal(row, pairs)))}\n`)
  else terminal.out(textOf(rows, speed, pairs, painter(terminal.colors)))
  const all = [...rows, ...(realRows ?? [])]
  return all.every((row) => row.violations === 0) ? exitCodes.clean : exitCodes.unclean
}

type Values = Invocation<typeof labRunSpec.options>['values']

/** The experiment in the file, with the options on top. An error in an option names that option. */
async function experimentFrom(values: Values, file: string | undefined): Promise<Experiment> {
  const typed = said(values)
  const asked: Record<string, unknown> = { ...(file === undefined ? {} : readExperiment(file)), ...typed }
  const { algorithms } = asked
  if (algorithms === undefined) {
    const misspelt = Object.keys(asked).find((key) => nearestName(key, ['algorithms']) !== null)
    const advice = misspelt === undefined ? '' : `: it has '${misspelt}'; did you mean 'algorithms'?`
    throw new UsageError(
      file === undefined
        ? '--algorithms is missing'
        : `--algorithms is missing, and '${file}' names no algorithms either${advice}`,
    )
  }
  if (Array.isArray(algorithms)) await loadFiles(algorithms.filter((name) => typeof name === 'string'))
  checkAlgorithms('algorithms', typed.algorithms, 'lab run')
  const command = 'lab run --algorithms token-ring'
  checkLoads(typed.loads, command)
  checkDelays(typed.delays, command)
  if (file === undefined) return experimentOf(asked, 'lab run')
  try {
    return experimentOf(asked, file)
  } catch (error) {
    if (!(error instanceof BadOptionError) || Object.hasOwn(typed, error.option ?? '')) throw error
    const complaint = error.message.endsWith('?') ? error.message : `${error.message}.`
    throw new UsageError(`${complaint} 'holdfast lab schema' prints what such a file may hold`, null)
  }
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

/** Thirty seeds take a moment in a simulation, and minutes with processes. */
const realSeedsDefault = 3

/** Checks, before any measurement, that real processes can run the experiment. */
function realOptionsOf(experiment: Experiment, hasDefaultSeeds: boolean): RealOptions {
  if (experiment.sectionLaw !== 'constant')
    throw new UsageError('--real has only sections of constant length: leave --section-law out')
  if (experiment.links !== 'fifo') throw new UsageError('--real: the links of real nodes keep order; leave --links out')
  const { title: _, sectionLaw: _law, links: _links, delays: _delays, seeds, ...rest } = experiment
  const options = { ...rest, seeds: hasDefaultSeeds ? Math.min(seeds, realSeedsDefault) : seeds }
  checkRealOptions(options)
  return options
}

function measuredForReal(options: RealOptions, { terminal, signal }: Watched): Promise<readonly RealRow[]> {
  return withProgress(terminal, false, (tell) =>
    runReal({
      ...options,
      signal,
      onProgress: ({ done, all, algorithm, nodes, load }) =>
        tell(() => `${grouped(done)} of ${grouped(all)} real runs: ${algorithm}, ${nodes} processes, ${load}`),
    }),
  )
}

/** As a user would type it again. */
function quoted(argument: string): string {
  return /^[\w:.,/+=@%-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`
}

/** The part of an experiment that the options give. */
function said(values: Values) {
  const all = (): string[] => labAlgorithms.filter(({ modes }) => modes.includes('exclusive')).map(({ name }) => name)
  const experiment = {
    algorithms: values.algorithms?.flatMap((name) => (name === 'all' ? all() : [name])),
    nodes: values.nodes,
    loads: values.load,
    delays: values.delay,
    entries: values.entries,
    warmUp: values['warm-up'],
    seeds: values.seeds,
    firstSeed: values.from,
    sectionT: values.section,
    sectionLaw: values['section-law'],
    links: values.links,
    permits: values.permits,
  }
  return Object.fromEntries(Object.entries(experiment).filter(([, value]) => value !== undefined)) as Partial<typeof experiment>
}

interface Watched {
  readonly terminal: Terminal
  readonly signal: AbortSignal
}

function measured(experiment: Experiment, threads: { threads?: number }, { terminal, signal }: Watched): Promise<Measurements> {
  return withProgress(terminal, false, (tell) =>
    runExperiment(experiment, {
      ...threads,
      signal,
      onProgress: ({ done, all, setting }) =>
        tell(() => `${grouped(done)} of ${grouped(all)} runs: ${setting.algorithm}, ${setting.nodes} nodes, ${setting.load}`),
    }),
  )
}

function speedText({ messages, messagesPerSecond, cpuMs }: Speed): string {
  return `${grouped(messages)} messages simulated in ${(cpuMs / 1000).toFixed(2)} s of one core: ${(messagesPerSecond / 1e6).toFixed(2)} million a second`
}
