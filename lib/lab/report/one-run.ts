/** This file runs one seed of an experiment again, with a listener: what histories and logs are written from. */
import type { Body } from '../../mutex/contract.ts'
import { labAlgorithm } from '../algorithms.ts'
import { Arena } from '../arena/arena.ts'
import type { ArenaListener } from '../arena/options.ts'
import { delayLaw } from '../arena/delays.ts'
import { loadOf, usersRandom } from '../arena/loads.ts'
import type { Experiment } from '../experiment.ts'
import { Recorder } from '../scenario/recorder.ts'
import type { Recording } from '../scenario/recording.ts'
import { type Setting, settingsOf } from '../settings.ts'

/** The settings that stand for an experiment: for each algorithm its first load and delays, at the fewest nodes. */
export function representatives(experiment: Experiment): readonly Setting[] {
  const { algorithms, loads, delays, nodes } = experiment
  const fewest = Math.min(...nodes)
  return settingsOf(experiment).filter(
    (setting) =>
      algorithms.includes(setting.algorithm) &&
      setting.load === loads[0] &&
      setting.delay === delays[0] &&
      setting.nodes === fewest,
  )
}

/** What listens, and what it has heard when all is over. */
export interface Scribe<Heard> {
  readonly listener: ArenaListener<Body>
  /** Called once, at the end. */
  finish(): Heard
}

/** Steps for each entry and node after which nothing new is expected. */
const stepsPerEntryMax = 1000

/**
 * Runs one setting under one seed until so many entries are made and every waiting request has been served.
 *
 * @example
 * const lines = listenTo(setting, 1, 20, (arena) => historyScribe(arena, setting))
 */
export function listenTo<Heard>(
  setting: Setting,
  seed: number,
  entries: number,
  scribeOf: (arena: Arena<Body>) => Scribe<Heard>,
): Heard {
  const { nodes, sectionT, sectionVaries, unordered, mode } = setting
  const delay = delayLaw(setting.delay)
  const arena = new Arena({ kind: labAlgorithm(setting.algorithm), nodes, delay, seed, sectionT, sectionVaries, unordered, mode })
  const visits = loadOf(setting.load).start(arena, {
    random: usersRandom(seed),
    sectionT,
    mayGoOn: () => arena.entries < entries,
  })
  const scribe = scribeOf(arena)
  const { listener } = scribe
  arena.listener = {
    ...listener,
    left: (seat, request) => {
      listener.left?.(seat, request)
      visits.left?.(seat)
    },
  }
  const stepsMax = (entries + 1) * nodes * stepsPerEntryMax
  arena.run(() => arena.entries >= entries, stepsMax)
  arena.run(() => arena.seats.every((seat) => seat.state === 'out' && seat.backlog.length === 0), stepsMax)
  return scribe.finish()
}

/** The story of one setting under one seed. Its times are in units of the setting's own mean delay. */
export function storyOfRun(setting: Setting, seed: number, entries: number): Recording {
  return listenTo(setting, seed, entries, (arena) => {
    const recorder = new Recorder(arena, arena.delay.meanT)
    return { listener: arena.listener, finish: () => recorder.recording(true) }
  })
}
