/** This file says in which modes an algorithm is checked, and which modes the requests of a run have. */
import type { ModeKind, PlainMode } from '../../base/mode.ts'
import type { Random } from '../../base/random.ts'

/** What the requests of one run are: all exclusive, exclusive and shared ones, or each for one of two permits. */
export type CheckedMode = 'exclusive' | 'shared' | 'permits'

const permits = 2

/** Those of the modes of an algorithm that are checked. */
export function checkedModesOf(modes: readonly ModeKind[]): readonly CheckedMode[] {
  return (['exclusive', 'shared', 'permits'] as const).filter((mode) => modes.includes(mode))
}

/** The mode of the request of a site in a small configuration: shared ones alternate with exclusive ones, by site and by request. */
export function modeAt(checked: CheckedMode, site: number, request: number): PlainMode {
  if (checked === 'permits') return permits
  return checked === 'shared' && (site + request) % 2 === 0 ? 'shared' : 'exclusive'
}

/** The mode of a request in a run at random. */
export function drawMode(checked: CheckedMode, random: Random): PlainMode {
  if (checked !== 'shared') return modeAt(checked, 0, 0)
  return random.below(2) === 0 ? 'shared' : 'exclusive'
}
