/**
 * `holdfast/lab` compares mutual exclusion algorithms, draws them and breaks them, on virtual time and on real processes. What
 * `holdfast lab` does from the command line can be done from here, and `defineAlgorithm` makes an algorithm of one's own.
 */

export type { Algorithm, AlgorithmKind, Body, Site } from '../mutex/contract.ts'
export { labAlgorithm, labAlgorithms } from './algorithms.ts'
export { Arena } from './arena/arena.ts'
export { type DelayLaw, delayLaw } from './arena/delays.ts'
export type { ArenaListener, ArenaOptions } from './arena/options.ts'
export { type Load, loadOf, usersRandom, type Users, type Visits } from './arena/loads.ts'
export type { LabSite, Request, Seat } from './arena/seat.ts'
export { type Experiment, type ExperimentInput, experimentJsonSchema, experimentOf, optionsHash } from './experiment.ts'
export type { Estimate } from './measures/confidence.ts'
export { defineAlgorithm, type OwnAlgorithm, type OwnDefinition, type OwnKind } from './own/define.ts'
export { provenanceOf } from './provenance.ts'
export type { RealOptions, RealProgress } from './real/options.ts'
export { type RealRow, realResultsOf } from './real/rows.ts'
export { runReal } from './real/run-real.ts'
export { type Pair, sideBySide } from './real/side-by-side.ts'
export { checkReport, type ReportFiles, writeReport } from './report/write.ts'
export type { Formula, Measured, Provenance, RealResults, Results, Row, Speed } from './results.ts'
export { type Measurements, type Progress, runExperiment, type RunExperimentOptions } from './run-experiment.ts'
export { play } from './scenario/player.ts'
export { defaultScenario, type Scenario } from './scenario/scenario.ts'
export { svgOf, type SvgOptions } from '../sim/story/svg.ts'
