/** This file runs seeds on worker threads, and gives their verdicts in the order of the seeds. */
import { availableParallelism } from 'node:os'
import { entryBeside } from '../../children/entry.ts'
import { runOnThreads } from '../../children/tasks.ts'
import type { SeedVerdict } from '../../sim/swarm/verdict.ts'
import type { Batch, BatchResult } from './protocol.ts'

/** What to run. */
export interface PoolOptions {
  readonly from: number
  readonly count: number
  readonly bug: string | null
  /** One for each core by default. */
  readonly threads?: number
  /** Ends the run early, as an interrupt does. */
  readonly signal?: AbortSignal
}

/** A batch takes about a second: short enough for progress, long enough that messages cost nothing. */
const batchMax = 10
/** How many batches may be ahead of the slowest one: it bounds what is kept for later. */
const aheadMax = 64

/**
 * Runs seeds on worker threads and gives the verdicts in the order of the seeds, so the output of two runs is the same. The
 * number of kept verdicts is bounded, so a million seeds need no more memory than a hundred.
 *
 * @param take gets each verdict; it returns false to end the run there.
 */
export async function runPool(options: PoolOptions, take: (verdict: SeedVerdict) => boolean): Promise<void> {
  const { from, count, bug, signal } = options
  const size = Math.max(1, Math.min(batchMax, Math.ceil(count / 16)))
  const batches = Math.ceil(count / size)
  const threads = Math.min(options.threads ?? availableParallelism(), batches)
  const early = new Map<number, BatchResult>()
  let handedOut = 0
  let taken = 0
  await runOnThreads<Batch, BatchResult>({
    entry: entryBeside(import.meta.url, 'worker-entry'),
    args: bug === null ? [] : [bug],
    resourceLimits: { maxYoungGenerationSizeMb: 32 },
    threads,
    signal,
    next() {
      if (handedOut === batches || handedOut - taken >= aheadMax) return null
      const first = from + handedOut * size
      return { number: handedOut++, from: first, count: Math.min(size, from + count - first) }
    },
    take(result) {
      early.set(result.number, result)
      for (let next = early.get(taken); next !== undefined; next = early.get(taken)) {
        early.delete(taken)
        taken++
        if (!next.verdicts.every(take)) return false
      }
      return true
    },
  })
}
