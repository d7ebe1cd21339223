/** This file declares what a mistake is that the catalogue names, and what a seeded bug is: a mistake in the nodes of the product. */
import type { WiredKind } from '../../mutex/contract.ts'
import type { PropertyName } from '../history/property.ts'
import type { Rule } from '../explorer/rules.ts'
import type { Undo } from './replace.ts'

/** A mistake that can be made in a lock or in its algorithm. */
export interface Mistake {
  /** Its name, as `--bug`, `bug:NAME` and `gallery:NAME` take it. */
  readonly name: string
  /** The property that it breaks: of a run's history, or of an algorithm that the explorer searches. */
  readonly property: PropertyName | Rule
  /** Which rule it breaks, and what follows. */
  readonly breaks: string
  /** Who states the rule, or shows the mistake; absent where the rule is this library's own. */
  readonly source?: string
}

/** A mistake that is put into every node of this process, from outside: the product's code knows of none. */
export interface Bug extends Mistake {
  /** What shows a mistake that seeds meet too seldom; absent where the seeds show it. */
  readonly shownBy?: string
  /** Puts the mistake in place; returns how it is taken away. */
  apply(): Undo
  /** The mode whose requests show it in the lab. Default: exclusive. */
  readonly shownIn?: 'shared' | 'permits'
  /** For a mistake at the port of an algorithm: the algorithm with the mistake in it, for the lab. */
  faulty?(): WiredKind
}
