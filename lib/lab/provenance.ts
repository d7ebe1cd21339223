/** This file records where results come from: the experiment, the version, the first seed and the command. */
import { type Experiment, optionsHash } from './experiment.ts'
import type { Provenance } from './results.ts'

/** Where results come from, for a reader who wants to repeat them. */
export function provenanceOf(experiment: Experiment, version: string, command: string): Provenance {
  return {
    version,
    seed: experiment.firstSeed,
    optionsHash: optionsHash(experiment),
    node: process.version,
    command,
    startedAt: new Date().toISOString(),
  }
}
