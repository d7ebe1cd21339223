/** This file is a thread of `holdfast lab run`. It performs one task after the other. */
import { serveParent } from '../children/parent.ts'
import type { TaskCalls } from '../children/tasks.ts'
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

serveParent<TaskCalls<LabTask, LabTaskResult>>({
  async perform({ row, run, setting, seed }) {
    await loadFiles([setting.algorithm])
    return { row, run, measures: measureSetting(setting, seed, threadCpuMs) }
  },
})
