/** This file checks that all live nodes agree on one view when a run has been calm for long enough. */
import type { Property } from '../property.ts'

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
  return {
    after(event, run, report) {
      switch (event.type) {
        case 'view':
          latest.set(event.process, event)
          return
        case 'started':
        case 'crashed':
        case 'draining':
        case 'closing':
        case 'closed':
          latest.delete(event.process)
          changedAtMs = event.atMs
          return
        case 'joined':
          // Of some the start is not told.
          if (run.process(event.process).startedAtMs === event.atMs) changedAtMs = event.atMs
          return
        case 'resumed':
          changedAtMs = event.atMs
          return
        case 'phase': {
          const { calmAtMs } = run
          if (event.phase !== 'closing' || calmAtMs === null || latest.size === 0) return
          if (event.atMs - Math.max(calmAtMs, changedAtMs) < run.run.healMs - 1) return
          if (run.living.some(({ pausedAtMs }) => pausedAtMs !== null)) return
          judge(run.living.map(({ name }) => name))
          return
        }
        default:
          return
      }

      function judge(living: readonly string[]): void {
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
    },
  }
}
