/** This file has the recipe `runCoordinator`: it tells the scheduler node-cron on which instance a task runs. */
import { type Duration, parseDuration } from '../base/duration.ts'
import { type OptionTable, takeOptions } from '../base/options.ts'
import type { Hold } from '../port/hold.ts'
import type { Locks } from '../port/locks.ts'
import { releaseAfter } from './late-release.ts'
import { timeOf } from './time.ts'

/** Options of `runCoordinator`. */
export interface RunCoordinatorOptions {
  /** Keeps the lock of a planned time for so long from the grant, also when the task ends sooner: longer than the clocks of the instances differ. Default: 10 s. */
  readonly atLeast?: Duration
}

/** What node-cron asks before a planned run of a task with `distributed: true`, and tells after it. */
export interface RunCoordinator {
  /** Whether this instance runs the task. `key` has the task's name and the planned time. Rejects, and then node-cron skips the run, with the errors of `tryAcquire`. */
  shouldRun(key: string): Promise<boolean>
  /** The run has ended. */
  onComplete(key: string): Promise<void>
}

const coordinatorTable = { atLeast: parseDuration } satisfies OptionTable<RunCoordinatorOptions>

/**
 * Makes a `RunCoordinator` for `setRunCoordinator` of node-cron 4 and for its option `runCoordinator`: of all instances, one runs a task at each planned time. Each planned
 * time has a lock of its own, which the instance holds while the task runs. The lease that node-cron gives is not needed, since a lock
 * lasts as long as its process.
 *
 * @throws BAD_OPTION that names the option.
 * @example
 * cron.setRunCoordinator(runCoordinator(node))
 * cron.schedule('0 3 * * *', report, { name: 'nightly report', distributed: true })
 */
export function runCoordinator(locks: Locks, options: RunCoordinatorOptions = {}): RunCoordinator {
  const { atLeast = 10_000 } = takeOptions(options, coordinatorTable, 'runCoordinator')
  const runs = new Map<string, { readonly hold: Hold; readonly sinceMs: number }>()
  const time = timeOf(locks)
  return Object.freeze({
    shouldRun: async (key: string) => {
      const hold = await locks.tryAcquire(key)
      if (hold === null) return false
      runs.set(key, { hold, sinceMs: time.nowMs() })
      return true
    },
    onComplete: async (key: string) => {
      const run = runs.get(key)
      if (run === undefined) return
      runs.delete(key)
      await releaseAfter(run.hold, time, run.sinceMs, atLeast)
    },
  })
}
