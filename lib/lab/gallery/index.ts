/** This file lists the gallery: algorithms that look right and are wrong, for courses and for tests of the checks themselves. */
import { BadOptionError } from '../../base/errors.ts'
import { meantOr } from '../../base/nearest.ts'
import type { OwnKind } from '../own/define.ts'
import { type Broken, seeded } from './broken.ts'
import { lamportMistakes } from './lamport.ts'
import { ricartAgrawalaMistakes } from './ricart-agrawala.ts'
import { stateInModule } from './state-in-module.ts'
import { tokenMistakes } from './token.ts'
import { voteMistakes } from './votes.ts'
import { wrongHead } from './wrong-head.ts'

/** All of them, from the simple mistakes to the subtle ones. */
export const gallery: readonly Broken[] = [
  ...ricartAgrawalaMistakes,
  ...lamportMistakes,
  wrongHead,
  ...voteMistakes,
  ...tokenMistakes,
  stateInModule,
]

/** What can be had of the gallery, by name: the algorithm with its mistake, without it, or the product's with the same mistake. */
const shelves: Readonly<
  Record<string, readonly { readonly names: readonly string[]; readonly kind: OwnKind | null | undefined }[]>
> = {
  gallery: gallery.map(({ name, sameAs, kind }) => ({ names: namesOf(name, sameAs), kind })),
  mended: gallery.map(({ name, sameAs, mended }) => ({ names: namesOf(name, sameAs), kind: mended })),
  bug: seeded.map(({ name, faulty, shownIn }) => ({
    names: namesOf(name, gallery.find((each) => each.sameAs === name)?.name),
    kind: faulty && { ...faulty(), name: `bug:${name}`, links: 'fifo', cancels: true, checkedIn: [shownIn ?? 'exclusive'] },
  })),
}

/**
 * What `gallery:NAME` names, or `mended:NAME`: the same without its mistake; or `bug:NAME`: an algorithm of the product with a seeded
 * bug of the simulator. Null for anything else.
 *
 * @throws BAD_OPTION that lists the names there are.
 */
export function galleryAlgorithm(specifier: string): OwnKind | null {
  const [shelf = '', name = '', ...rest] = specifier.split(':')
  if (rest.length > 0 || !Object.hasOwn(shelves, shelf)) return null
  const choice = (shelves[shelf] ?? []).filter(({ kind }) => kind)
  const found = choice.find(({ names }) => names.includes(name))?.kind
  if (found) return found
  const names = choice.map((each) => each.names[0] as string)
  throw new BadOptionError(`there is no '${specifier}'${meantOr(name, names, `there are ${names.join(', ')}`)}`, {
    option: shelf,
  })
}

function namesOf(name: string, other: string | undefined): readonly string[] {
  return other === undefined ? [name] : [name, other]
}
