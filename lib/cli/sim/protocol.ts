/** This file declares the messages between `holdfast sim` and its worker threads. */
import type { SeedVerdict } from '../../sim/swarm/verdict.ts'

/** A piece of the work: seeds that follow each other. */
export interface Batch {
  readonly number: number
  readonly from: number
  readonly count: number
}

/** The verdicts of a batch, in the order of its seeds. */
export interface BatchResult {
  readonly number: number
  readonly verdicts: readonly SeedVerdict[]
}
