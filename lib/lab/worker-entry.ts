/** This file is a worker thread of `holdfast lab run`: it measures one row under one seed at a time. */
import { parentPort } from 'node:worker_threads'
import type { RunMeasures } from './measures/run.ts'
import { loadFiles } from './own-files.ts'
import { measureSetting, type Setting } from './settings.ts'
import { threadCpuMs } from './thread-time.ts'

/** One run: a row of the experiment under one seed. */
export interface LabTask {
  readonly row: number
  readonly run: number
  readonly setting: Setting
  readonly seed: number
}

/** What it came to. */
export interface LabTaskResult {
  readonly row: number
  readonly run: number
  readonly measures: RunMeasures
}

/** A thread of `holdfast lab run`: one task after the other. */
parentPort?.on('message', (task: LabTask) => void perform(task))

async function perform({ row, run, setting, seed }: LabTask): Promise<void> {
  await loadFiles([setting.algorithm])
  const result: LabTaskResult = { row, run, measures: measureSetting(setting, seed, threadCpuMs) }
  parentPort?.postMessage(result)
}
