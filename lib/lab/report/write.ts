/** This file writes results to the files that the user asked for. */
import { writeFileSync } from 'node:fs'
import { dirname, join, parse } from 'node:path'
import { BadOptionError } from '../../base/errors.ts'
import type { Experiment } from '../experiment.ts'
import { pageWith } from '../pages.ts'
import type { Results } from '../results.ts'
import type { Setting } from '../settings.ts'
import { csvOf } from './csv.ts'
import { historyOf } from './history.ts'
import { representatives, storyOfRun } from './one-run.ts'
import { fileNameOf, plotsOf } from './plots.ts'
import { type Execution, shivizOf } from '../../sim/story/shiviz.ts'
import { vegaSpec } from './vega.ts'
import { ensureFolders } from '../../mesh/synced-files.ts'
import { cannotWrite, checkWritable } from './writable.ts'

/** The paths to write to; an absent one is not written. Folders are made as needed, files replaced. */
export interface ReportFiles {
  /** The report: one HTML file that needs nothing beside it. */
  readonly html?: string
  /** A table of the rows, as comma-separated values. */
  readonly csv?: string
  /** Everything, as `Results` has it. */
  readonly json?: string
  /** A folder: one Vega-Lite spec for each plot. */
  readonly vega?: string
  /** A log for ShiViz, with an execution for each algorithm. */
  readonly shiviz?: string
  /** JSONL; with several algorithms one file for each, its name before the extension. */
  readonly history?: string
}

/** How many entries are shown: a diagram of more cannot be read. */
const shivizEntriesMax = 20
/** And so many nodes: each event carries a clock of all of them. */
const shivizNodesMax = 50
const historyEntriesMax = 10_000

/**
 * Looks whether these files can be written, before an experiment takes its time. Nothing is made yet.
 *
 * @throws BAD_OPTION as `writeReport` does.
 */
export function checkReport(experiment: Experiment, files: ReportFiles): void {
  for (const [option, file] of Object.entries(files) as [keyof ReportFiles, string][])
    checkWritable(option, file, option === 'vega' ? 'folder' : 'file', flagOf(option))
  const fewest = Math.min(...experiment.nodes)
  if (files.shiviz !== undefined && fewest > shivizNodesMax) {
    const message = `--shiviz: ${fewest} nodes are too many for a diagram; run an experiment with ${shivizNodesMax} at most`
    throw new BadOptionError(message, { option: 'shiviz' })
  }
}

/** The command calls the file of everything `--out`, since `--json` prints. */
function flagOf(option: keyof ReportFiles): string {
  return option === 'json' ? 'out' : option
}

/**
 * Writes the files that are asked for, in their order, and says which. Histories and logs are of the experiment's first seed,
 * at its fewest nodes, under its first load and delays.
 *
 * @throws BAD_OPTION that names the flag and the file that cannot be written, and why.
 * @example
 * writeReport(results, { html: 'report.html', vega: 'figures' }) // ['report.html', 'figures/messages-by-nodes-….vl.json', …]
 */
export function writeReport(results: Results, files: ReportFiles): readonly string[] {
  const { experiment } = results
  checkReport(experiment, files)
  const written: string[] = []
  const write = (option: keyof ReportFiles, file: string, contentOf: () => string): void => {
    const content = contentOf()
    try {
      ensureFolders(dirname(file), 0o777)
      writeFileSync(file, content)
    } catch (error) {
      throw cannotWrite(option, file, error, flagOf(option))
    }
    written.push(file)
  }
  if (files.html !== undefined) write('html', files.html, () => pageWith('report', results))
  if (files.csv !== undefined) write('csv', files.csv, () => csvOf(results))
  if (files.json !== undefined) write('json', files.json, () => `${JSON.stringify(results, null, 2)}\n`)
  if (files.vega !== undefined) {
    for (const plot of plotsOf(results)) {
      write('vega', join(files.vega, `${plot.id}.vl.json`), () => `${JSON.stringify(vegaSpec(plot), null, 2)}\n`)
    }
  }
  const settings = representatives(experiment)
  if (files.shiviz !== undefined) {
    const entries = Math.min(experiment.entries, shivizEntriesMax)
    write('shiviz', files.shiviz, () => shivizOf(settings.map((setting) => executionOf(setting, experiment.firstSeed, entries))))
  }
  if (files.history !== undefined) {
    const entries = Math.min(experiment.entries, historyEntriesMax)
    for (const setting of settings) {
      const file = settings.length === 1 ? files.history : withAlgorithm(files.history, setting)
      write('history', file, () => historyOf(setting, experiment.firstSeed, entries))
    }
  }
  return written
}

/** One setting under one seed, as ShiViz shows it. */
export function executionOf(setting: Setting, seed: number, entries: number): Execution {
  const { algorithm, nodes, load, delay } = setting
  const title = `${algorithm}: ${nodes} nodes, ${load}, ${delay}, seed ${seed}`
  return { title, story: storyOfRun(setting, seed, entries) }
}

/** `run.jsonl` becomes `run.raymond-star.jsonl`. */
function withAlgorithm(file: string, { algorithm }: Setting): string {
  const { dir, name, ext } = parse(file)
  return join(dir, `${name}.${fileNameOf(algorithm)}${ext}`)
}
