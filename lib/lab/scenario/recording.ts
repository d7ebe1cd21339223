/** This file declares a recording: the story of a run of the arena, with what each node knew at each step. */
import type { NodeId } from '../../base/ids.ts'
import type { Story } from '../../sim/story/story.ts'

/** What is promised of every run. */
export type Guarantee = 'exclusion' | 'fences rise' | 'one token' | 'liveness' | 'wrong move'

/** What a node knew after a step. */
export interface SiteState {
  readonly fromStep: number
  /** The algorithm's own variables, by name, as text. */
  readonly variables: readonly Variable[]
  readonly clock: number
  readonly counter: number
  /** How many users queue at the node behind its present user. */
  readonly backlog: number
  readonly hasToken: boolean
  readonly permissions: readonly NodeId[]
}

/** One variable of an algorithm. */
export interface Variable {
  readonly name: string
  readonly text: string
  /** It says nothing: null, false, none. */
  readonly isEmpty: boolean
}

/** What happened, and what the nodes knew of it. */
export interface Recording extends Story {
  /** For each node, in the order of steps. */
  readonly states: readonly (readonly SiteState[])[]
  /** Whether there is a token in this algorithm. */
  readonly hasToken: boolean
  /** Nothing is left to happen without an intervention. */
  readonly isOver: boolean
}

/** What a node knew after so many steps. */
export function stateAt(recording: Recording, node: number, cursor: number): SiteState | null {
  return recording.states[node]?.findLast(({ fromStep }) => fromStep <= cursor) ?? null
}
