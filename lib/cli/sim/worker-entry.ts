/**
 * This file is a worker thread of `holdfast sim`: it takes batches of seeds, runs them one after another, and returns the
 * verdicts.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { bugNamed } from '../../sim/bugs/index.ts'
import { judgeSeed, type SeedVerdict } from '../../sim/swarm/verdict.ts'
import type { Batch, BatchResult, WorkerTask } from './protocol.ts'

const { bug } = workerData as WorkerTask
if (bug !== null) bugNamed(bug).apply()

parentPort?.on('message', (batch: Batch) => void judgeBatch(batch))

async function judgeBatch({ number, from, count }: Batch): Promise<void> {
  const verdicts: SeedVerdict[] = []
  for (let seed = from; seed < from + count; seed++) {
    const verdict = await judgeSeed(seed)
    verdicts.push(verdict)
    // A search for a bug wants the first seed that shows it, and no later one of these.
    if (bug !== null && verdict.failures.length > 0) break
  }
  const result: BatchResult = { number, verdicts }
  parentPort?.postMessage(result)
}
