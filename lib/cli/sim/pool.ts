/** This file runs seeds on worker threads, and gives their verdicts in the order of the seeds. */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { SeedVerdict } from '../../sim/swarm/verdict.ts'
import type { Batch, BatchResult, WorkerTask } from './protocol.ts'

/** What is to be run. */
export interface PoolOptions {
  readonly from: number
  readonly count: number
  readonly bug: string | null
  /** One for each core by default. */
  readonly threads?: number
  /** Ends the run early, as an interrupt does. */
  readonly signal?: AbortSignal
}

/** A batch takes a second or so: short enough for progress, long enough that messages cost nothing. */
const batchMax = 10
/** How many batches may be ahead of the slowest one: it bounds what is kept for later. */
const aheadMax = 64

/**
 * Runs seeds on worker threads and gives the verdicts in the order of the seeds, however the threads took turns; so the
 * output of two runs is the same. What is not given yet is bounded, so a million seeds need no more memory than a hundred.
 *
 * @param take gets each verdict; it returns false to end the run there.
 */
export async function runPool(options: PoolOptions, take: (verdict: SeedVerdict) => boolean): Promise<void> {
  const { from, count, bug, signal } = options
  const size = Math.max(1, Math.min(batchMax, Math.ceil(count / 16)))
  const batches = Math.ceil(count / size)
  const threads = Math.min(options.threads ?? availableParallelism(), batches)
  const task: WorkerTask = { bug }
  const early = new Map<number, BatchResult>()
  const resting = new Set<Worker>()
  let handedOut = 0
  let taken = 0
  let isOver = batches === 0

  const entry = new URL(`./worker-entry${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)
  const workers = Array.from(
    { length: threads },
    () => new Worker(entry, { workerData: task, resourceLimits: { maxYoungGenerationSizeMb: 32 } }),
  )
  const run = new Promise<void>((resolve, reject) => {
    const finish = (): void => {
      isOver = true
      resolve()
    }
    if (isOver || signal?.aborted === true) return finish()
    signal?.addEventListener('abort', finish, { once: true })
    const give = (worker: Worker): void => {
      if (isOver || handedOut === batches || handedOut - taken >= aheadMax) return void resting.add(worker)
      const first = from + handedOut * size
      const batch: Batch = { number: handedOut, from: first, count: Math.min(size, from + count - first) }
      handedOut++
      worker.postMessage(batch)
    }
    const takeThoseInOrder = (): void => {
      for (let next = early.get(taken); next !== undefined && !isOver; next = early.get(taken)) {
        early.delete(taken)
        taken++
        if (!next.verdicts.every(take) || taken === batches) finish()
      }
    }
    for (const worker of workers) {
      worker.on('error', reject)
      worker.on('message', (result: BatchResult) => {
        early.set(result.number, result)
        takeThoseInOrder()
        give(worker)
        const waiting = [...resting]
        resting.clear()
        for (const each of waiting) give(each)
      })
      give(worker)
    }
  })
  try {
    await run
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
}
