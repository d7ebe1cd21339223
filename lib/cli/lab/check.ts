import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { galleryAlgorithm } from '../../lab/gallery/index.ts'
import { reportHtml } from '../../lab/own/html.ts'
import type { CheckReport } from '../../lab/own/report.ts'
import { NoTsxError, runCheck } from '../../lab/own/run-check.ts'
import { readSeeds } from '../../lab/own/seeds.ts'
import type { Command } from '../command.ts'
import { painter } from '../paint.ts'
import type { Terminal } from '../terminal.ts'
import { choiceFlag, exitCodes, integerFlag, listFlag, parseFlags, secondsFlag, UsageError } from '../usage.ts'
import { checkText } from './check-text.ts'

const help = `holdfast lab check: looks for what is wrong with an algorithm of one's own

Usage: holdfast lab check FILE [--nodes 2,3] [--seeds N] [--from S] [--links L] [--html FILE] [--json]
       holdfast lab check FILE --score [--seeds-file FILE]
       holdfast lab check gallery:NAME        ('holdfast lab gallery' lists them; mended:NAME is the same, cured)

FILE exports 'algorithm'; 'holdfast lab new my-mutex.ts' writes one to begin with. It runs in a thread of its own. Every order
of events is tried with a few sites and requests, then runs at random with more sites: that nobody is inside beside
another, nobody waits for ever, nobody enters who has not asked, also when requests are withdrawn and time-outs come early.
What is found is told by its shortest story. TypeScript is loaded through tsx; JavaScript needs nothing.

  --nodes 2,3       sites in the small configurations, 2 to 6 (default 2,3)
  --most N          sites in the runs at random, from 2 to so many, up to 8 (default 6); 2 for an algorithm for two
  --states N        states that are looked at in each of them (default 50000)
  --seeds N         runs at random (default 100)
  --from S          the first of their seeds (default 1)
  --seeds-file F    the seeds, from a file: numbers apart by spaces, commas or lines, or a JSON list
  --links L         fifo or unordered (default: what the algorithm says, which says fifo if it says nothing)
  --patience S      seconds that one call of the file's code may take (default 5)
  --html FILE       the verdict as one HTML file
  --score           for grading: one JSON document, { name, score, parts: { exclusion, liveness, fairness, messages }, messagesPerEntry,
                    jain, seeds, explored, violations: [{ property, problem }] }; the same file and seeds give the same score
  --json            one JSON document: { name, links, explored, complete, seeds, violations: [{ property, problem, story,
                    diagram, nodes, foundBy }], score, parts, messagesPerEntry, jain, configurations }

What may be broken: exclusion (two inside together), liveness (somebody waits for ever), wrong move (entered without asking),
bad message (to nobody, without a kind, not plain data), throws, endless (a call that does not return), unrepeatable (state
outside of the instance, or chance), mayHold and idle (a false answer, if it gives one), loads (the file cannot be used).

The score, 0 to 100: exclusion 40 (half: none broken in any order of the small configurations; half: share of the seeds without
a breach), liveness 30 (in the same way), fairness 15 (Jain's index of entries by site, from one site has all to all have
as many), messages 15 (all for 2(N-1) an entry or fewer, half for twice as many); the last two in proportion to the clean
seeds, and nothing if something wrong was found. A file that does not load or does not return has no points.

Exit: 0 nothing found, 1 something is wrong, 64 wrong usage.
`

const flags = {
  nodes: { type: 'string' },
  states: { type: 'string' },
  most: { type: 'string' },
  seeds: { type: 'string' },
  from: { type: 'string' },
  'seeds-file': { type: 'string' },
  links: { type: 'string' },
  patience: { type: 'string' },
  html: { type: 'string' },
  score: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const

type Values = ReturnType<typeof parseFlags<typeof flags>>['values']

const seedMax = 2 ** 31 - 1

/** `holdfast lab check` */
export const labCheckCommand: Command = {
  summary: "looks for what is wrong with an algorithm of one's own",
  help,
  async run(args, terminal) {
    const { values, positionals } = parseFlags(args, flags, 1)
    const [given] = positionals
    if (given === undefined) throw new UsageError("lab check: a file is missing; 'holdfast lab new my-mutex.ts' writes one")
    const nodes = (listFlag(values.nodes, 'nodes') ?? ['2', '3']).map((text) => integerFlag(text, 'nodes', 0, 2, 6))
    const statesMax = integerFlag(values.states, 'states', 50_000, 1, 10_000_000)
    const links = values.links === undefined ? null : choiceFlag(values.links, 'links', ['fifo', 'unordered'], 'fifo')
    const patienceMs = secondsFlag(values.patience, 'patience', 5, 600) * 1000
    const most = integerFlag(values.most, 'most', 6, 2, 8)
    const options = { nodes, most, seeds: seedsOf(values), statesMax }
    const file = fileOf(given)
    const report = await checked({ file, options, links, patienceMs }, terminal, values.json || values.score)
    if (values.html !== undefined) writePage(values.html, report, terminal)
    if (values.score) terminal.out(`${JSON.stringify(scoreDocument(report))}\n`)
    else if (values.json) terminal.out(`${JSON.stringify(document(report))}\n`)
    else terminal.out(checkText(report, given, painter(terminal.colors)))
    return report.violations.length === 0 ? exitCodes.clean : exitCodes.unclean
  },
}

function fileOf(given: string): string {
  if (galleryAlgorithm(given) !== null) return given
  const file = resolve(given)
  if (!existsSync(file))
    throw new UsageError(`lab check: there is no file '${given}'; 'holdfast lab new ${given}' would write one to begin with`)
  if (!statSync(file).isFile()) throw new UsageError(`lab check: '${given}' is no file`)
  if (!/\.[cm]?[jt]s$/.test(file))
    throw new UsageError(`lab check: '${given}' must be TypeScript or JavaScript: .ts, .mts, .js, .mjs`)
  return file
}

function seedsOf(values: Values): readonly number[] {
  const file = values['seeds-file']
  if (file === undefined) {
    const from = integerFlag(values.from, 'from', 1, 0, seedMax)
    const count = integerFlag(values.seeds, 'seeds', 100, 1, Math.min(1_000_000, seedMax - from + 1))
    return Array.from({ length: count }, (_, i) => from + i)
  }
  if (values.seeds !== undefined || values.from !== undefined)
    throw new UsageError('--seeds-file says which seeds: leave --seeds and --from away')
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
    violations: violations.map(({ scenes: _, ...finding }) => finding),
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
