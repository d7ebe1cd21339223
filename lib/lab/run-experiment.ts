/**
 * Runs an experiment on worker threads: each task is one row under one seed, and the rows come out the same however the threads
 * took turns.
 */
import { availableParallelism } from 'node:os'
import { AbortedError } from '../base/errors.ts'
import type { Signal } from '../base/platform.ts'
import { checkFunction, checkSignal, wholeNumberFrom } from '../base/option-checks.ts'
import { type OptionTable, takeOptions } from '../base/options.ts'
import { entryBeside } from '../children/entry.ts'
import { runOnThreads } from '../children/tasks.ts'
import type { Experiment } from './experiment.ts'
import type { RunMeasures } from './measures/run.ts'
import { loadFiles } from './own-files.ts'
import type { Row, Speed } from './results.ts'
import { rowOf } from './rows.ts'
import { measureSetting, type Setting, settingsOf } from './settings.ts'
import { threadCpuMs } from './thread-time.ts'
import type { LabTask, LabTaskResult } from './worker-entry.ts'

/** How an experiment is run. */
export interface RunExperimentOptions {
  /** Worker threads. Default: one for each core; 0 runs it in this one. */
  readonly threads?: number
  /** Ends the run early: ABORTED. */
  readonly signal?: Signal
  /** Told after each run under one seed. */
  onProgress?(progress: Progress): void
}

/** How far an experiment is. */
export interface Progress {
  /** Runs that are done. */
  readonly done: number
  /** All runs. */
  readonly all: number
  /** The row that was worked on last. */
  readonly setting: Setting
}

/** What came of it. */
export interface Measurements {
  /** One row for each setting. */
  readonly rows: readonly Row[]
  /** How fast the simulation went. */
  readonly speed: Speed
}

const table = {
  threads: wholeNumberFrom(0),
  signal: checkSignal,
  onProgress: checkFunction,
} satisfies OptionTable<RunExperimentOptions>

/**
 * Measures every row of an experiment under every seed.
 *
 * @throws ABORTED when `signal` ended it.
 * @example
 * const { rows } = await runExperiment(experimentOf({ algorithms: ['raymond', 'naimi-trehel'], nodes: [10, 100] }))
 */
export async function runExperiment(experiment: Experiment, options: RunExperimentOptions = {}): Promise<Measurements> {
  const { threads: wanted = availableParallelism(), signal, onProgress } = takeOptions(options, table, 'runExperiment')
  await loadFiles(experiment.algorithms)
  const settings = settingsOf(experiment)
  const runs = settings.map((): (RunMeasures | undefined)[] => new Array<undefined>(experiment.seeds).fill(undefined))
  const all = settings.length * experiment.seeds
  let done = 0
  const take = ({ row, run, measures }: LabTaskResult): void => {
    const ofRow = runs[row]
    if (ofRow === undefined) return
    ofRow[run] = measures
    done++
    onProgress?.({ done, all, setting: settings[row] as Setting })
  }
  const tasks = tasksOf(settings, experiment)
  const threads = Math.min(wanted, all)
  if (threads === 0) runHere(tasks, take, signal)
  else {
    await runOnThreads<LabTask, LabTaskResult>({
      entry: entryBeside(import.meta.url, 'worker-entry'),
      threads,
      signal,
      next: () => tasks.next().value ?? null,
      take(result) {
        take(result)
        return true
      },
    })
    if (done < all) throw endedError(signal)
  }
  const complete = runs.map((ofRow) => ofRow.filter((each) => each !== undefined))
  return { rows: settings.map((setting, row) => rowOf(setting, complete[row] ?? [])), speed: speedOf(complete.flat()) }
}

/** Large rows first would need to be known; the order of the rows is good enough, and shows progress in their order. */
function* tasksOf(settings: readonly Setting[], experiment: Experiment): Generator<LabTask, undefined> {
  for (const [row, setting] of settings.entries())
    for (let run = 0; run < experiment.seeds; run++) yield { row, run, setting, seed: experiment.firstSeed + run }
}

function runHere(tasks: Iterable<LabTask>, take: (result: LabTaskResult) => void, signal?: Signal): void {
  for (const { row, run, setting, seed } of tasks) {
    if (signal?.aborted === true) throw endedError(signal)
    take({ row, run, measures: measureSetting(setting, seed, threadCpuMs) })
  }
}

function endedError(signal: Signal | undefined): AbortedError {
  return new AbortedError('the experiment was ended', { cause: signal?.reason })
}

function speedOf(runs: readonly RunMeasures[]): Speed {
  const messages = runs.reduce((sum, run) => sum + run.simulatedMessages, 0)
  const spentMs = runs.reduce((sum, run) => sum + run.cpuMs, 0)
  return { messages, cpuMs: spentMs, messagesPerSecond: spentMs === 0 ? 0 : (messages / spentMs) * 1000 }
}
