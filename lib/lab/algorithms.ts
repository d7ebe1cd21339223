/** This file lists every algorithm of the lab, and finds one by its name: of the product, of the gallery, or of a file. */
import { algorithmAmong, algorithms } from '../mutex/algorithms.ts'
import type { AlgorithmKind, Body } from '../mutex/contract.ts'
import { central } from './algorithms/central.ts'
import { majorityLease } from './algorithms/majority-lease.ts'
import { galleryAlgorithm } from './gallery/index.ts'

/** Baselines and warnings: only here, since no lock should rest on them. */
const labOnly: readonly AlgorithmKind[] = [central, majorityLease]

/** Every algorithm that the lab compares: the product's, and those that are only here. */
export const labAlgorithms: readonly AlgorithmKind[] = [...algorithms, ...labOnly]

/** Algorithms out of files, by the names of those; see `own-files.ts`. */
const outOfFiles = new Map<string, AlgorithmKind<Body>>()

/** Makes an algorithm known under the name of the file that it came from. */
export function knowAlgorithm(file: string, kind: AlgorithmKind<Body>): void {
  outOfFiles.set(file, kind)
}

/** Whether that file's algorithm is known. */
export function isKnown(file: string): boolean {
  return outOfFiles.has(file)
}

/**
 * The algorithm of that name in the lab, with the options that follow it: `NAME` or `NAME:OPTION+OPTION`. A broken algorithm is
 * `gallery:NAME`, its cure `mended:NAME`. A user's own has the name of its file, if that is known.
 *
 * @throws BAD_OPTION that lists the names, or the options of that algorithm, that there are.
 */
export function labAlgorithm(name: string): AlgorithmKind {
  return outOfFiles.get(name) ?? galleryAlgorithm(name) ?? algorithmAmong(labAlgorithms, name)
}
