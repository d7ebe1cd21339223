/** This file checks the options of a real run and fills in the defaults. */
import { BadOptionError } from '../../base/errors.ts'
import type { Signal } from '../../base/platform.ts'
import { checkFunction, checkSignal, numberFrom, wholeNumberFrom } from '../../base/option-checks.ts'
import { type OptionTable, takeOptions } from '../../base/options.ts'
import { algorithmKind, algorithms } from '../../mutex/algorithms.ts'
import { labAlgorithm, labAlgorithms } from '../algorithms.ts'
import { loadOf } from '../arena/loads.ts'

/** The part of an experiment that real processes can run. */
export interface RealOptions {
  /** The algorithms to run: `NAME` or `NAME:OPTION+OPTION`. */
  readonly algorithms: readonly string[]
  /** Numbers of processes, 2 to 64. */
  readonly nodes: readonly number[]
  /** What users do, as in an experiment. */
  readonly loads: readonly string[]
  /** Entries that count, under each seed, up to 20,000. Default: 1000. */
  readonly entries?: number
  /** Entries before those. Default: as in the simulation. */
  readonly warmUp?: number | undefined
  /** Runs, each with the users of its seed, up to 100. Default: 3. */
  readonly seeds?: number
  /** Default: 1. */
  readonly firstSeed?: number
  /** Length of a critical section in units of the measured delay. Default: 0.1. */
  readonly sectionT?: number
  /** The same in milliseconds, which then counts. */
  readonly sectionMs?: number | undefined
  /** How long one run may take. Default: 30 s, and for each entry 10 ms for each process. */
  readonly runMs?: number
  /** Users share so many permits: refused, for here they exclude each other. */
  readonly permits?: number | undefined
  /** Ends the experiment: ABORTED, with nothing left behind. */
  readonly signal?: Signal
  /** Told after each run. */
  onProgress?(progress: RealProgress): void
  /** Told the process ids of each cluster once it has formed. */
  onStarted?(pids: readonly number[]): void
}

/** How far a real experiment is. */
export interface RealProgress {
  /** Runs that are done. */
  readonly done: number
  /** All runs. */
  readonly all: number
  /** The algorithm of the latest run. */
  readonly algorithm: string
  /** Its number of processes. */
  readonly nodes: number
  /** Its load. */
  readonly load: string
}

/** With every default filled in. */
export interface CheckedOptions {
  readonly algorithms: readonly string[]
  readonly nodes: readonly number[]
  readonly loads: readonly string[]
  readonly entries: number
  readonly warmUp: number | undefined
  readonly seeds: number
  readonly firstSeed: number
  readonly sectionT: number
  readonly sectionMs: number | undefined
  readonly runMs: number | undefined
  readonly signal: Signal | undefined
}

/** More processes than this on one machine measure its scheduler. */
export const realNodesMax = 64
const entriesMax = 20_000
const seedsMax = 100

const table = {
  algorithms: null,
  nodes: null,
  loads: null,
  entries: wholeNumberFrom(1, entriesMax),
  warmUp: wholeNumberFrom(0, entriesMax),
  seeds: wholeNumberFrom(1, seedsMax),
  firstSeed: wholeNumberFrom(0, 2 ** 31),
  sectionT: numberFrom(0, 1000),
  sectionMs: numberFrom(0, 10_000),
  runMs: numberFrom(0, 24 * 3_600_000),
  permits: null,
  signal: checkSignal,
  onProgress: checkFunction,
  onStarted: checkFunction,
} satisfies OptionTable<RealOptions>

/** @throws BAD_OPTION that names the option and the cure. */
export function checkRealOptions(options: RealOptions): CheckedOptions {
  const { algorithms: names = [], nodes = [], loads = [], permits, ...given } = takeOptions(options, table, 'runReal')
  for (const name of names) checkAlgorithm(name)
  for (const text of loads) loadOf(text)
  for (const count of nodes) {
    if (Number.isInteger(count) && count >= 2 && count <= realNodesMax) continue
    throw bad(
      'nodes',
      `each node is a process of its own here, and there are 2 to ${realNodesMax}, not ${count}: leave it out of the real run`,
    )
  }
  if (permits !== undefined) {
    throw bad('permits', "on real processes users exclude each other: leave 'permits' away, or run the simulation alone")
  }
  const { entries = 1000, warmUp, seeds = 3, firstSeed = 1, sectionT = 0.1, sectionMs, runMs, signal } = given
  return { algorithms: names, nodes, loads, entries, warmUp, seeds, firstSeed, sectionT, sectionMs, runMs, signal }
}

function checkAlgorithm(name: string): void {
  const kind = labAlgorithm(name)
  const plain = name.split(':')[0]
  if (!algorithms.some((each) => each.name === plain)) {
    const known = labAlgorithms
      .filter((each) => each.name !== plain && algorithms.some((own) => own === each))
      .map((each) => each.name)
    throw bad(
      'algorithms',
      `'${name}' is in the lab only, since no lock should rest on it; real processes run ${known.join(', ')}`,
    )
  }
  algorithmKind(name)
  if (!kind.modes.includes('exclusive')) {
    throw bad('algorithms', `'${name}' knows no exclusive requests, and others are not measured on real processes: leave it out`)
  }
}

function bad(option: string, message: string): Error {
  return new BadOptionError(message, { option })
}
