/** This file declares one simulated process of a swarm run, and the node in it. */
import type { Node } from '../../node/node.ts'
import type { SimWorld } from '../world.ts'

/** A simulated process of the swarm, and the node in it once that is a member. */
export interface Process {
  /** Place and number: `a#3` is the third process, on host a. */
  readonly name: string
  readonly place: number
  readonly world: SimWorld
  node: Node | null
  state: 'starting' | 'running' | 'closing' | 'gone'
  /** How long it was paused altogether, and since when it is. */
  pausedMs: number
  pausedAtMs: number | null
  /** Cut off from all others: what its users do under a lock takes until that is over. */
  isCutOff: boolean
  /** It hears the others late: work under a lock needs them too. */
  hearsLate: boolean
  /** Calls that were not answered yet, and how each is told to give up, if it can be. */
  readonly waiting: Map<number, { abort(): void } | null>
  /** What to do when the hold with that fence is lost. */
  readonly inside: Map<string, () => void>
}

/** Alive, and not on its way out. */
export function isThere({ world, state }: Process): boolean {
  return world.isAlive && (state === 'running' || state === 'starting')
}

/** How long it has been paused so far. */
export function pausedMsOf({ pausedMs, pausedAtMs }: Process, nowMs: number): number {
  return pausedMs + (pausedAtMs === null ? 0 : nowMs - pausedAtMs)
}
