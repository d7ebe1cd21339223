/** This file is the catalogue of mistakes: each once, whether it is put into whole nodes, into an algorithm, or into both. */
import { bugs, type Bug, type Mistake } from '../sim/bugs/index.ts'
import { subtleBugs } from '../sim/bugs/subtle.ts'
import { gallery } from './gallery/index.ts'
import type { Broken } from './gallery/broken.ts'

/** A mistake, and where it is made. */
export interface Catalogued extends Mistake {
  /** The mistake in the nodes of the product; null if it is only made in an algorithm of the gallery. */
  readonly bug: Bug | null
  /** The mistake in an algorithm of the gallery, which may have another name; null if it is not there. */
  readonly broken: Broken | null
}

/** Every mistake: those of whole nodes by family, and then those of the gallery alone. */
export const catalogue: readonly Catalogued[] = [
  ...[...bugs, ...subtleBugs].map((bug) => entry(bug, bug, gallery.find(({ sameAs }) => sameAs === bug.name) ?? null)),
  ...gallery.filter(({ sameAs }) => sameAs === undefined).map((broken) => entry(broken, null, broken)),
]

/** The mistake of that name; undefined if the name is unknown. */
export function mistakeNamed(name: string): Catalogued | undefined {
  return catalogue.find((each) => each.name === name || each.broken?.name === name)
}

/** The command that shows a mistake; null where only a test shows it. */
export function commandOf({ bug, broken, name }: Catalogued): string | null {
  if (bug !== null && bug.shownBy === undefined) return `holdfast sim --bug ${name}`
  if (broken !== null) return `holdfast lab check gallery:${broken.name}`
  return bug?.faulty === undefined ? null : `holdfast lab check bug:${name}`
}

function entry({ name, property, breaks, source }: Mistake, bug: Bug | null, broken: Broken | null): Catalogued {
  return { name, property, breaks, ...(source !== undefined && { source }), bug, broken }
}
