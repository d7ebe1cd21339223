/** This file runs `holdfast sim`. It chooses between many seeds, one story, one history, and the check of a history. */
import { seedMax } from '../sim/argument-checks.ts'
import { catalogue, commandOf, mistakeNamed } from '../lab/catalogue.ts'
import { didYouMean } from './option.ts'
import { type Column, counted, durationText, grouped, type Paint, painter, table } from './paint.ts'
import { tellVerdict, writeHistory } from './sim/check.ts'
import { runPool } from './sim/pool.ts'
import { tellStory } from './sim/story.ts'
import { type SimReport, VerdictSum } from './sim/tally.ts'
import type { Invocation, CommandAction } from './spec.ts'
import type { simSpec } from './table/runs.ts'
import { withProgress } from './progress.ts'
import type { Terminal } from './terminal.ts'
import { exitCodes, UsageError } from './usage.ts'

/** `holdfast sim` */
export const runSim: CommandAction<typeof simSpec.options> = async (given, terminal, interrupted) => {
  const { values, json, typed } = given
  if (values.check !== undefined) {
    const other = [...typed].find((name) => name !== 'check' && name !== 'json')
    if (other !== undefined)
      throw new UsageError(`--check judges a file and runs nothing: leave --${other} out`, 'holdfast sim --check run.jsonl')
    return tellVerdict(values.check, terminal, json)
  }
  if (values.bug === 'list') return listBugs(terminal, json)
  const bug = bugOf(values.bug)
  const { from } = values
  const isOne = values.story || values.history !== undefined
  const count = values.seeds ?? (isOne ? 1 : 100)
  if (count > seedMax - from + 1)
    throw new UsageError(`--seeds ${count} from --from ${from} on goes beyond the last seed, ${seedMax}`)
  if (values.whole && !values.story) throw new UsageError('--whole goes with --story', 'holdfast sim --from 7 --story --whole')
  if (isOne) checkOne(given)
  if (values.history !== undefined) return writeHistory(from, values.history, terminal, json)
  if (values.story) return tellStory({ seed: from, bug, whole: values.whole, json }, terminal, interrupted)
  const threads = values.threads === undefined ? {} : { threads: values.threads }
  const report = await runSeeds({ from, count, bug, ...threads }, terminal, json, interrupted)
  if (json) terminal.out(`${JSON.stringify(report)}\n`)
  else terminal.out(reportText(report, bug, painter(terminal.colors)))
  return report.failed === 0 && report.unreached.length === 0 && !report.interrupted ? exitCodes.clean : exitCodes.unclean
}

function bugOf(name: string | undefined): string | null {
  if (name === undefined) return null
  const mistake = mistakeNamed(name)
  if (mistake?.bug) return mistake.bug.name
  if (mistake !== undefined)
    throw new UsageError(
      `--bug: '${name}' is a mistake in an algorithm of the gallery, and no node has it`,
      commandOf(mistake) ?? undefined,
    )
  const names = catalogue.flatMap(({ bug }) => bug?.name ?? [])
  throw new UsageError(
    `--bug: there is no '${name}'; 'holdfast sim --bug list' lists those there are${didYouMean(name, names)}`,
    'holdfast sim --bug list',
  )
}

/** Whether `--story` or `--history`, which are about one seed, stand beside options that contradict them. */
function checkOne({ values }: Invocation<typeof simSpec.options>): void {
  const [option, verb] = values.story ? ['--story', 'tells'] : ['--history', 'writes']
  const example = `holdfast sim --from 7 ${values.story ? option : `${option} run.jsonl`}`
  if (values.seeds !== undefined && values.seeds !== 1)
    throw new UsageError(`${option} ${verb} of one seed: give --from, and leave --seeds ${values.seeds} out`, example)
  if (values.history === undefined) return
  if (values.bug !== undefined || values.story) throw new UsageError('--history goes with neither --bug nor --story', example)
}

function listBugs(terminal: Terminal, json: boolean): number {
  const rows = catalogue.map((mistake) => {
    const { name, breaks, property, source = null, bug, broken } = mistake
    return {
      name,
      breaks,
      property,
      source,
      gallery: broken?.name ?? null,
      shownBy: bug?.shownBy ?? null,
      command: commandOf(mistake),
    }
  })
  if (json) terminal.out(`${JSON.stringify(rows)}\n`)
  else {
    const lines = rows.map(({ name, breaks, property, source, shownBy, command }) => {
      const from = source === null ? '' : ` Source: ${source}.`
      return `${name}\n    ${breaks}\n    Property: ${property}.${from} Shown by: ${command ?? shownBy}\n`
    })
    terminal.out(lines.join(''))
  }
  return exitCodes.clean
}

interface Seeds {
  readonly from: number
  readonly count: number
  readonly bug: string | null
  readonly threads?: number
}

async function runSeeds(options: Seeds, terminal: Terminal, json: boolean, interrupted: AbortSignal): Promise<SimReport> {
  const tally = new VerdictSum(options.bug)
  const startedMs = performance.now()
  await withProgress(terminal, json, (tell) =>
    runPool({ ...options, signal: interrupted }, (verdict) => {
      tally.add(verdict)
      tell(() => progressText(tally, options.count, performance.now() - startedMs))
      return options.bug === null || verdict.failures.length === 0
    }),
  )
  // An interrupt after the last seed, or after a bug was found, cut no seed off.
  const isCutOff = interrupted.aborted && tally.seeds < options.count && (options.bug === null || tally.failed === 0)
  return tally.report(performance.now() - startedMs, isCutOff)
}

function progressText({ seeds, entries, failed }: VerdictSum, count: number, wallMs: number): string {
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
    `${counted(seeds, 'seed')}, ${(seeds / (wallMs / 1000)).toFixed(1)} a second; ${grouped(entries)} entries in ${durationText(simulatedMs)} of virtual time`,
  ]
  lines.push('', table(Object.entries(sometimes), sometimesColumns, paint))
  for (const { seed, property, text, replay } of failures.slice(0, 20)) {
    lines.push('', paint('bad', `seed ${seed} breaks: ${property}`), `  ${text.split('\n', 1)[0]}`, `  ${replay}`)
  }
  if (failures.length > 20) lines.push('', `and ${failed - 20} more`)
  if (unreached.length > 0) lines.push('', paint('bad', `never reached: ${unreached.join(', ')}`))
  const hunted = bug === null ? '' : ` with the bug '${bug}'`
  if (interrupted)
    lines.push('', paint('warn', `interrupted after ${counted(seeds, 'seed')}: the other seeds did not run and may fail`))
  if (failed > 0) lines.push('', paint('bad', `${failed} failed${hunted}`))
  else if (!interrupted && unreached.length === 0) lines.push('', paint('good', `clean${hunted}`))
  return `${lines.join('\n')}\n`
}
