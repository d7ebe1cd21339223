/** The algorithms that the page offers: all of the lab. */
import type { AlgorithmKind, Body } from '../../../mutex/contract.ts'
import { labAlgorithm, labAlgorithms } from '../../algorithms.ts'

/** Names under a heading. */
export interface Shelf {
  readonly heading: string
  readonly names: readonly string[]
}

/** What can be chosen, options of algorithms included. */
export const shelves: readonly Shelf[] = [
  {
    heading: 'Algorithms',
    names: labAlgorithms.flatMap(({ name, options = [] }) => [name, ...options.map((option) => `${name}:${option}`)]),
  },
]

/** @throws BAD_OPTION that lists the names that there are. */
export function findAlgorithm(name: string): AlgorithmKind<Body> {
  return labAlgorithm(name)
}
