/** This file turns an experiment into its rows, and measures one row under one seed. */
import type { Body } from '../mutex/contract.ts'
import { labAlgorithm } from './algorithms.ts'
import { delayLaw } from './arena/delays.ts'
import { loadOf } from './arena/loads.ts'
import type { Experiment } from './experiment.ts'
import { measureRun, type RunMeasures, type RunOptions } from './measures/run.ts'

/** One row of an experiment before it is measured. Plain data, so that it travels to another thread. */
export interface Setting
  extends Pick<RunOptions<Body>, 'nodes' | 'entries' | 'warmUp' | 'sectionT' | 'sectionVaries' | 'unordered' | 'mode'> {
  readonly algorithm: string
  readonly load: string
  readonly delay: string
}

/** Above so many nodes the lab does not follow happens-before: each message would carry a vector of that length. */
export const causalNodesMax = 64

/** Every row of an experiment, in the order in which it is printed. */
export function settingsOf(experiment: Experiment): Setting[] {
  const settings: Setting[] = []
  for (const load of experiment.loads) {
    for (const delay of experiment.delays) {
      for (const nodes of experiment.nodes) {
        for (const algorithm of experiment.algorithms) {
          settings.push({
            algorithm,
            nodes,
            load,
            delay,
            entries: experiment.entries,
            warmUp: warmUpOf(experiment, nodes),
            sectionT: experiment.sectionT,
            sectionVaries: experiment.sectionLaw === 'exponential',
            unordered: experiment.links === 'unordered',
            mode: experiment.permits ?? 'exclusive',
          })
        }
      }
    }
  }
  return settings
}

/** A tenth of the entries, and enough that every node has had its turn twice. */
export function warmUpOf(experiment: Pick<Experiment, 'entries' | 'warmUp'>, nodes: number): number {
  return experiment.warmUp ?? Math.max(Math.ceil(experiment.entries / 10), 2 * nodes)
}

/** Measures one setting under one seed. Deterministic but for the time it takes. */
export function measureSetting(setting: Setting, seed: number, cpuMs: () => number): RunMeasures {
  return measureRun(
    {
      ...setting,
      kind: labAlgorithm(setting.algorithm),
      load: loadOf(setting.load),
      delay: delayLaw(setting.delay),
      seed,
      causality: setting.nodes <= causalNodesMax,
    },
    cpuMs,
  )
}
