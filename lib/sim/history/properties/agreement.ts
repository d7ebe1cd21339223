/** This file checks that all live nodes agree on one view when a run has been calm for long enough. */
import { lookByType, type Property, type Report } from '../property.ts'

interface Latest {
  readonly epoch: number
  readonly digest: number
  readonly node: string
  readonly members: readonly string[]
}

/**
 * When `calm` ends, all who live agree on one view, whose members are exactly they. Judged when it has lasted `healMs`, and
 * no process came or went in the last `healMs` of it; and only of histories that tell of views at all.
 */
export function agreement(): Property {
  const latest = new Map<string, Latest>()
  let changedAtMs = 0
  const goes = ({ process, atMs }: { readonly process: string; readonly atMs: number }): void => {
    latest.delete(process)
    changedAtMs = atMs
  }
  return {
    after: lookByType({
      view: (event) => latest.set(event.process, event),
      started: goes,
      crashed: goes,
      draining: goes,
      closing: goes,
      closed: goes,
      joined({ process, atMs }, run) {
        // Of some the start is not told.
        if (run.process(process).startedAtMs === atMs) changedAtMs = atMs
      },
      resumed({ atMs }) {
        changedAtMs = atMs
      },
      phase({ phase, atMs }, run, report) {
        const { calmAtMs } = run
        if (phase !== 'closing' || calmAtMs === null || latest.size === 0) return
        if (atMs - Math.max(calmAtMs, changedAtMs) < run.run.healMs - 1) return
        if (run.living.some(({ pausedAtMs }) => pausedAtMs !== null)) return
        judge(
          run.living.map(({ name }) => name),
          report,
        )
      },
    }),
  }

  function judge(living: readonly string[], report: Report): void {
    const ids = living.map((name) => latest.get(name)?.node ?? `no process at ${name}`).sort()
    const epochs = new Set(living.map((name) => latest.get(name)?.epoch))
    for (const name of living) {
      const view = latest.get(name)
      if (view === undefined) report('agreement', `${name} is in no view when all has been calm`)
      else if ([...view.members].sort().join() !== ids.join())
        report('agreement', `${name} is in view ${view.epoch} of [${view.members}], and alive are [${ids}]`)
    }
    if (epochs.size > 1) report('agreement', `the living processes are in different views: ${[...epochs].join(', ')}`)
  }
}
