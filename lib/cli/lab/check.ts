/** This file runs `holdfast lab check`, which searches an algorithm in a file for mistakes. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { commandOf, mistakeNamed } from '../../lab/catalogue.ts'
import { galleryAlgorithm } from '../../lab/gallery/index.ts'
import { reportHtml } from '../../lab/own/html.ts'
import type { CheckReport } from '../../lab/own/report.ts'
import { NoTsxError, runCheck } from '../../lab/own/run-check.ts'
import { readSeeds } from '../../lab/own/seeds.ts'
import type { ValuesOf } from '../option.ts'
import { painter } from '../paint.ts'
import type { CommandAction } from '../spec.ts'
import type { labCheckSpec } from '../table/lab.ts'
import type { Terminal } from '../terminal.ts'
import { exitCodes, UsageError } from '../usage.ts'
import { checkText } from './check-text.ts'

type Values = ValuesOf<typeof labCheckSpec.options>

const seedMax = 2 ** 31 - 1

/** `holdfast lab check` */
export const runLabCheck: CommandAction<typeof labCheckSpec.options> = async ({ values, args, json }, terminal, interrupted) => {
  const [given] = args as readonly [string]
  const { nodes, most, states, links = null, patience } = values
  const options = { nodes, most, seeds: seedsOf(values), statesMax: states }
  const task = { file: fileOf(given), options, links, patienceMs: patience * 1000, signal: interrupted }
  const report = await checked(task, terminal, json || values.score)
  if (values.html !== undefined) writePage(values.html, report, terminal)
  if (values.score) terminal.out(`${JSON.stringify(scoreDocument(report))}\n`)
  else if (json) terminal.out(`${JSON.stringify(document(report))}\n`)
  else terminal.out(checkText(report, given, painter(terminal.colors)))
  return report.violations.length === 0 ? exitCodes.clean : exitCodes.unclean
}

function fileOf(given: string): string {
  if (given.startsWith('bug:')) refuseWholeNodes(given)
  if (galleryAlgorithm(given) !== null) return given
  const file = resolve(given)
  if (!existsSync(file))
    throw new UsageError(`FILE: there is no file '${given}'; 'holdfast lab new ${given}' would write one to begin with`)
  if (!statSync(file).isFile()) throw new UsageError(`FILE: '${given}' is not a file`)
  if (!/\.[cm]?[jt]s$/.test(file)) throw new UsageError(`FILE: '${given}' must be TypeScript or JavaScript: .ts, .mts, .js, .mjs`)
  return file
}

/** A mistake that is made in whole nodes is in no algorithm, so a check of one cannot find it. */
function refuseWholeNodes(given: string): void {
  const mistake = mistakeNamed(given.slice('bug:'.length))
  if (mistake === undefined || mistake.bug === null || mistake.bug.faulty !== undefined) return
  const command = commandOf(mistake)
  const shown = command === null ? `${mistake.bug.shownBy} of this project shows it` : `'${command}' finds it`
  throw new UsageError(`FILE: '${given}' is a mistake in whole nodes, and in no algorithm: ${shown}`, command ?? undefined)
}

function seedsOf(values: Values): readonly number[] {
  const { 'seeds-file': file, from = 1, seeds: count = 100 } = values
  if (file === undefined) {
    if (count > seedMax - from + 1)
      throw new UsageError(`--seeds ${count} from --from ${from} on goes beyond the last seed, ${seedMax}`)
    return Array.from({ length: count }, (_, i) => from + i)
  }
  if (values.seeds !== undefined || values.from !== undefined)
    throw new UsageError(
      '--seeds-file names the seeds: leave --seeds and --from out',
      'holdfast lab check my-mutex.ts --seeds-file seeds.txt',
    )
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new UsageError(`--seeds-file: cannot read '${file}': ${(error as Error).message}`)
  }
  const seeds = readSeeds(text, seedMax)
  if (typeof seeds === 'string') throw new UsageError(`--seeds-file: '${file}' ${seeds}`)
  return seeds
}

async function checked(options: Parameters<typeof runCheck>[0], terminal: Terminal, isQuiet: boolean): Promise<CheckReport> {
  const tells = terminal.interactive && !isQuiet
  try {
    return await runCheck({
      ...options,
      say: (text) => tells && terminal.err(`\r\u001b[K${text}`),
      print: (text) => terminal.err(text),
    })
  } catch (error) {
    if (error instanceof NoTsxError) throw new UsageError(error.message)
    throw error
  } finally {
    if (tells) terminal.err('\r\u001b[K')
  }
}

function writePage(file: string, report: CheckReport, terminal: Terminal): void {
  try {
    writeFileSync(file, reportHtml(report))
  } catch (error) {
    throw new UsageError(`--html: cannot write '${file}': ${(error as Error).message}`)
  }
  terminal.err(`wrote ${file}\n`)
}

function document(report: CheckReport): object {
  const { name, links, explored, seeds, violations, configurations } = report
  const { total, messagesPerEntry, jain, ...parts } = report.score
  return {
    name,
    links,
    explored,
    complete: configurations.length > 0 && configurations.every(({ complete }) => complete),
    seeds,
    violations: violations.map(({ run: _, ...finding }) => finding),
    score: total,
    parts,
    messagesPerEntry,
    jain,
    configurations,
  }
}

function scoreDocument({ name, explored, seeds, violations, score }: CheckReport): object {
  const { total, messagesPerEntry, jain, ...parts } = score
  return {
    name,
    score: total,
    parts,
    messagesPerEntry,
    jain,
    seeds,
    explored,
    violations: violations.map(({ property, problem }) => ({ property, problem })),
  }
}
