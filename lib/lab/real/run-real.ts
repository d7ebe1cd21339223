/**
 * This file runs an experiment on real processes: the same algorithms under the same loads, on processes that talk over sockets.
 * Each algorithm and number of nodes has processes of its own, which are a cluster like any other, in a directory of their own.
 * The runs under its seeds follow each other on one lock.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { callAll } from '../../children/child.ts'
import { sharedNowMs } from '../../mesh/shared-clock.ts'
import { median } from '../../observe/statistics.ts'
import { loadOf } from '../arena/loads.ts'
import { warmUpOf, type Setting } from '../settings.ts'
import { Bound } from './bound.ts'
import { type RealCluster, withRealCluster } from './cluster.ts'
import { type RealMeasures, realMeasuresOf } from './measures.ts'
import { checkRealOptions, type CheckedOptions, type RealOptions } from './options.ts'
import { type Schedule, planOf } from './plan.ts'
import type { LabProcess, ProcessLog } from './protocol.ts'
import { type RealRow, realRowOf } from './rows.ts'

/** The one lock that is contended for. */
const lock = 'lab'
/** Round trips to each of so many peers before anything else, and entries of a run that is made only to see how long a T is. */
const calibrationRounds = 20
const calibrationPeers = 4
const pilotEntries = 40
/** How often the processes are asked how far they are, and how long they have to hear of the beginning. */
const lookMs = 30
const leadMs = 30
/** How long a run may take by default: even the cores of a busy machine get so much done. */
const runMsBase = 30_000
const runMsPerMessage = 10
/** If some have still not entered after so many times the visits that are needed, the others go on without them. */
const latestStart = 4
/** After the last one has left, for messages that are still under way. */
const settleMs = 60

/**
 * Runs an experiment on real processes, and gives its rows in the order in which the simulation gives them.
 *
 * Nothing is left behind, however it ends: no process, no file, nothing in the user's local directory.
 *
 * @throws BAD_OPTION for an experiment that cannot run on real processes. ABORTED by `signal`. TIMEOUT when a run took too long.
 * CLOSED when a process ended in the middle, with how it ended. An error that a process threw.
 * @example
 * const rows = await runReal({ algorithms: ['ricart-agrawala', 'token-ring'], nodes: [5], loads: ['saturated'], entries: 1000, seeds: 3 })
 */
export async function runReal(options: RealOptions): Promise<readonly RealRow[]> {
  const checked = checkRealOptions(options)
  const { algorithms, nodes, loads, seeds } = checked
  const rows = new Map<string, RealRow>()
  const all = algorithms.length * nodes.length * loads.length * seeds
  let done = 0
  for (const count of nodes) {
    for (const algorithm of algorithms) {
      const bound = new Bound(checked.signal)
      try {
        if (checked.signal?.aborted === true) await bound.reached
        await withRealCluster(
          count,
          algorithm,
          async (cluster) => {
            options.onStarted?.(cluster.processes.map(({ pid }) => pid ?? 0))
            const contest = new Contest(cluster, checked, algorithm, bound)
            for (const load of loads) {
              const runs: RealMeasures[] = []
              for (let seed = checked.firstSeed; seed < checked.firstSeed + seeds; seed++) {
                runs.push(await contest.run(load, seed))
                options.onProgress?.({ done: ++done, all, algorithm, nodes: count, load })
              }
              rows.set(keyOf(load, count, algorithm), contest.row(load, runs))
            }
          },
          bound.reached,
        )
      } finally {
        bound.clear()
      }
    }
  }
  const keys = loads.flatMap((load) => nodes.flatMap((count) => algorithms.map((algorithm) => keyOf(load, count, algorithm))))
  return keys.flatMap((key) => rows.get(key) ?? [])
}

function keyOf(load: string, nodes: number, algorithm: string): string {
  return `${load} ${nodes} ${algorithm}`
}

/** One algorithm on one cluster, run after run. */
class Contest {
  private readonly cluster: RealCluster
  private readonly options: CheckedOptions
  private readonly algorithm: string
  private readonly bound: Bound
  private readonly warmUp: number
  private highestFence = 0n
  /** T under each load, as it was last measured. */
  private readonly delays = new Map<string, number>()
  private sectionMs = 0
  private sectionT = 0

  constructor(cluster: RealCluster, options: CheckedOptions, algorithm: string, bound: Bound) {
    this.cluster = cluster
    this.options = options
    this.algorithm = algorithm
    this.bound = bound
    this.warmUp = warmUpOf(options, cluster.processes.length)
  }

  /** The row of runs under one load. */
  row(load: string, runs: readonly RealMeasures[]): RealRow {
    const setting: Setting = {
      algorithm: this.algorithm,
      nodes: this.cluster.processes.length,
      load,
      delay: 'measured',
      entries: this.options.entries,
      warmUp: this.warmUp,
      sectionT: this.sectionT,
      sectionVaries: false,
      unordered: false,
      mode: 'exclusive',
    }
    return realRowOf(setting, runs, this.sectionMs)
  }

  /** One run under one seed. */
  async run(load: string, seed: number): Promise<RealMeasures> {
    const { options, warmUp, cluster } = this
    const runMs = options.runMs ?? runMsBase + runMsPerMessage * (warmUp + options.entries) * cluster.processes.length
    this.bound.set(runMs, `${this.algorithm} with ${cluster.processes.length} processes under the load '${load}'`)
    const known = this.delays.get(load)
    if (known === undefined) this.delays.set(load, await this.pilotedDelayMs(load, seed))
    const measures = await this.measure(load, seed, warmUp, options.entries)
    this.delays.set(load, measures.delayMs)
    return measures
  }

  /**
   * How long a message takes under that load, by which users' times are laid out. When nothing else happens it takes a fraction of
   * that, and a load laid out by such a T would be several times as heavy as it says.
   */
  private async pilotedDelayMs(load: string, seed: number): Promise<number> {
    let delayMs = await this.calibrate()
    const isOpen = isFromOutside(planOf({ load: loadOf(load), nodes: 2, seed, sectionT: 0.1, visits: 2 }))
    // Open loads do not slow down by themselves: they begin from a T that is rather too long.
    for (const pilot of isOpen ? ['saturated', load] : [load]) {
      this.delays.set(pilot, delayMs)
      delayMs = (await this.measure(pilot, seed, 0, pilotEntries)).delayMs
    }
    return delayMs
  }

  private async measure(load: string, seed: number, warmUp: number, entries: number): Promise<RealMeasures> {
    const { processes, ids } = this.cluster
    const { options } = this
    const delayMs = this.delays.get(load) as number
    this.sectionMs = options.sectionMs ?? options.sectionT * delayMs
    this.sectionT = this.sectionMs / delayMs
    const visits = warmUp + entries
    const plan = planOf({ load: loadOf(load), nodes: processes.length, seed, sectionT: this.sectionT, visits })
    await Promise.all(
      processes.map((each, place) =>
        each.call('begin', { lock, sectionMs: this.sectionMs, probed: place === 0 ? ids.slice(1) : [] }),
      ),
    )
    await this.letCome(plan, visits, delayMs)
    await pause(settleMs)
    const logs: ProcessLog[] = await callAll(processes, 'log')
    const together = isTogether(plan)
    const measures = realMeasuresOf(logs, { warmUp, entries, together, fenceBefore: this.highestFence, delayMs })
    this.highestFence = measures.highestFence
    return measures
  }

  /** How long a message takes when nothing else happens. */
  private async calibrate(): Promise<number> {
    const [first] = this.cluster.processes as [LabProcess, ...LabProcess[]]
    const rounds: number[] = []
    for (const peer of this.cluster.ids.slice(1, 1 + calibrationPeers)) {
      rounds.push(...(await first.call('rounds', peer, calibrationRounds)))
    }
    return median(rounds) / 2
  }

  private async letCome(plan: Schedule, visits: number, delayMs: number): Promise<void> {
    const { processes } = this.cluster
    if (plan.kind === 'one at a time') {
      // A token may go once round before all is quiet.
      const quietMs = processes.length * delayMs
      for (const { place, pauseT } of plan.visits.slice(0, visits)) {
        await pause(pauseT * delayMs + quietMs)
        await (processes[place] as LabProcess).call('visit')
      }
      return
    }
    const startMs = sharedNowMs() + leadMs
    let areGone = false
    const gone = Promise.all(
      processes.map((each, place) => {
        const own = plan.places[place]
        return own === undefined ? null : each.call('users', { plan: own, startMs, delayMs })
      }),
    ).then(() => {
      areGone = true
    })
    let needed = visits
    let isComplete = !isTogether(plan)
    while (!areGone) {
      await Promise.race([gone, pause(lookMs)])
      const counts = await callAll(processes, 'entryCount')
      const all = counts.reduce((sum, count) => sum + count, 0)
      if (!isComplete && (counts.every((count) => count > 0) || all > latestStart * visits)) {
        isComplete = true
        needed = all + visits
      }
      if (isComplete && all >= needed) break
    }
    await callAll(processes, 'stop')
    await gone
  }
}

/** Whether all processes want it from the beginning. */
function isTogether(plan: Schedule): boolean {
  return plan.kind === 'each by itself' && plan.places.every(({ kind }) => kind === 'comes back')
}

function isFromOutside(plan: Schedule): boolean {
  return plan.kind === 'each by itself' && plan.places.some(({ kind }) => kind === 'from outside')
}
