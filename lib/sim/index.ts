/**
 * `holdfast/sim` runs nodes, and your own code that uses them, against crashes, partitions, pauses and skewed clocks on virtual
 * time, from a seed.
 */
export { simulatedNode } from './node.ts'
export { type ClockOrigins, SimClock, type SuspendOptions } from './clock.ts'
export { Faults } from './faults.ts'
export { Checker, checkHistory, type Verdict } from './history/checker.ts'
export type { HistoryEvent } from './history/events.ts'
export { decodeEvent, encodeEvent, HistoryError, HistoryReader } from './history/jsonl.ts'
export { type PropertyName, propertyNames, type Violation } from './history/property.ts'
export { type SometimesName, sometimesNames } from './history/sometimes.ts'
export { SimHost } from './host.ts'
export { networkDefaults, type NetworkOptions, SimNetwork } from './network.ts'
export { type Attempt, fewer, type Reduction, shorter, shrink, type ShrinkBudget, type Shrunk, simpler } from './shrink.ts'
export { Simulation, type SimulationOptions } from './simulation.ts'
export { diagram, type DiagramOptions, type StoryOptions, storyOf } from './history/story.ts'
export type {
  ArrivalPlan,
  Breach,
  Flight,
  Mark,
  MessageLoss,
  Parted,
  Span,
  SpanKind,
  Story,
  StoryEvent,
  StepBreach,
  StoryStep,
  ViewMark,
} from './story/story.ts'
export { type Execution, shivizOf } from './story/shiviz.ts'
export { svgOf, type SvgOptions } from './story/svg.ts'
export { textOf, type TextOptions } from './story/text.ts'
export { checkPlan } from './swarm/check-plan.ts'
export { drawPlan } from './swarm/draw.ts'
export {
  type Ask,
  type FaultKind,
  faultKinds,
  type FaultPlan,
  type NetworkPlan,
  type Place,
  type Plan,
  type Trigger,
  type User,
} from './swarm/plan.ts'
export { type RunResult, runPlan } from './swarm/run.ts'
export {
  type Failure,
  type JudgeOptions,
  judgePlan,
  judgeSeed,
  type PlanVerdict,
  type SeedVerdict,
} from './swarm/verdict.ts'
export type { Problem } from './swarm/stage.ts'
export { planReductions } from './shrink-plan.ts'
export { type ActorTest, type Said, type SetTimer, testActor } from './test-actor.ts'
export { Trace, type TraceEntry } from './trace.ts'
export { VirtualTime } from './virtual-time.ts'
export { SimWorld } from './world.ts'
export type { Algorithm, AlgorithmKind, Site } from '../mutex/contract.ts'
export { algorithmKind } from '../mutex/algorithms.ts'
export { type Bug, bugNamed, bugs } from './bugs/index.ts'
export {
  type Counterexample,
  type Exploration,
  type ExploreOptions,
  explore,
  type Rule,
  type Situation,
  type Step,
  type Wish,
} from './explorer/index.ts'
