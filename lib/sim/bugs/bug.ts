/**
 * This file declares what a seeded bug is: a name, what it breaks, and a function that puts it into the code and returns how to
 * undo it.
 */
import type { WiredKind } from '../../mutex/contract.ts'
import type { Undo } from './replace.ts'

/**
 * A mistake that could be made in a node, kept as a mutation: it replaces a part of the code from outside, so nothing in
 * the code itself knows of it. Whoever applies one breaks every node of the process until it is undone.
 */
export interface Bug {
  /** Its name, as `holdfast sim --bug` takes it. */
  readonly name: string
  /** Which rule it breaks, and what follows. */
  readonly breaks: string
  /** Puts the mutation in place; returns how it is taken away. */
  apply(): Undo
  /** For a mistake at the port of an algorithm: the algorithm with the mistake in it, for the lab. */
  faulty?(): WiredKind
}
