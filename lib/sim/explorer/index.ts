export { type Exploration, type ExploreOptions, explore, type Violation } from './explore.ts'
export type { Situation, Step, Wish } from './situation.ts'
