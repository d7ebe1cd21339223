/**
 * This file keeps the algorithms that can be drawn, on shelves. The page offers every algorithm on a shelf, and finds it by its
 * name.
 */
import type { AlgorithmKind, Body } from '../../mutex/contract.ts'
import { labAlgorithm, labAlgorithms } from '../algorithms.ts'
import { gallery } from '../gallery/index.ts'

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
  { heading: 'Broken ones', names: gallery.map(({ name }) => `gallery:${name}`) },
]

/** Finds an algorithm by name. */
export type FindAlgorithm = (name: string) => AlgorithmKind<Body>

/** @throws BAD_OPTION that lists the names that there are. */
export const findAlgorithm: FindAlgorithm = (name) => labAlgorithm(name)
