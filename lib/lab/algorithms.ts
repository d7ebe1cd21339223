import { algorithmAmong, algorithms } from '../mutex/algorithms.ts'
import type { AlgorithmKind } from '../mutex/contract.ts'
import { central } from './algorithms/central.ts'
import { majorityLease } from './algorithms/majority-lease.ts'

/** Baselines and warnings: only here, since no lock should rest on them. */
const labOnly: readonly AlgorithmKind[] = [central, majorityLease]

/** Every algorithm that the lab compares: the product's, and those that are only here. */
export const labAlgorithms: readonly AlgorithmKind[] = [...algorithms, ...labOnly]

/**
 * The algorithm of that name in the lab, with the options that follow it: `NAME` or `NAME:OPTION+OPTION`.
 *
 * @throws BAD_OPTION that lists the names, or the options of that algorithm, that there are.
 */
export function labAlgorithm(name: string): AlgorithmKind {
  return algorithmAmong(labAlgorithms, name)
}
