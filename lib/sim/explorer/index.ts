/** This file exports the explorer, which tries every order of events of one algorithm. */
export { type Counterexample, type Exploration, type ExploreOptions, explore } from './explore.ts'
export type { Situation, Step, Wish } from './situation.ts'
export type { Rule } from './rules.ts'
