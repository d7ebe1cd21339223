/** This file lists the gallery: algorithms that look right and are wrong, for courses and for tests of the checks themselves. */
import { BadOptionError } from '../../base/errors.ts'
import { meantOr } from '../../base/nearest.ts'
import { permissionBugs } from '../../sim/bugs/permission.ts'
import { tokenBugs } from '../../sim/bugs/token.ts'
import type { OwnKind } from '../own/define.ts'
import { boundedTime } from './bounded-time.ts'
import type { Broken } from './broken.ts'
import { cancelForgets } from './cancel-forgets.ts'
import { keptPermission } from './kept-permission.ts'
import { lamportUnordered } from './lamport-unordered.ts'
import { maekawaWithoutFail } from './maekawa-without-fail.ts'
import { noMerge } from './no-merge.ts'
import { noTieBreak } from './no-tie-break.ts'
import { oldRequest } from './old-request.ts'
import { oneDeferred } from './one-deferred.ts'
import { queueByArrival } from './queue-by-arrival.ts'
import { repliesCounted } from './replies-counted.ts'
import { replyWhileInside } from './reply-while-inside.ts'
import { stateInModule } from './state-in-module.ts'
import { tokenMadeAnew } from './token-made-anew.ts'
import { tokenPassedTwice } from './token-passed-twice.ts'
import { twoForThree } from './two-for-three.ts'
import { votesKept } from './votes-kept.ts'
import { wrongHead } from './wrong-head.ts'

/** All of them, from the simple mistakes to the subtle ones. */
export const gallery: readonly Broken[] = [
  noTieBreak,
  noMerge,
  replyWhileInside,
  repliesCounted,
  oneDeferred,
  cancelForgets,
  boundedTime,
  twoForThree,
  keptPermission,
  queueByArrival,
  lamportUnordered,
  wrongHead,
  votesKept,
  maekawaWithoutFail,
  tokenPassedTwice,
  tokenMadeAnew,
  oldRequest,
  stateInModule,
]

/**
 * What `gallery:NAME` names, or `mended:NAME`: the same without its mistake; or `bug:NAME`: an algorithm of the product with a seeded
 * bug of the simulator. Null for anything else.
 *
 * @throws BAD_OPTION that lists the names there are.
 */
export function galleryAlgorithm(specifier: string): OwnKind | null {
  const [shelf = '', name = '', ...rest] = specifier.split(':')
  if (shelf === 'bug' && rest.length === 0) return seededBug(specifier, name)
  if ((shelf !== 'gallery' && shelf !== 'mended') || rest.length > 0) return null
  const choice = shelf === 'gallery' ? gallery : gallery.filter(({ mended }) => mended !== null)
  const found = choice.find((each) => each.name === name)
  if (found !== undefined) return shelf === 'gallery' ? found.kind : found.mended
  const names = choice.map((each) => each.name)
  throw new BadOptionError(`there is no '${specifier}'${meantOr(name, names, `there are ${names.join(', ')}`)}`, {
    option: shelf,
  })
}

/** The families of seeded bugs that are made in an algorithm. The page in the browser has this file, and so no family of a whole node. */
const seeded = [...permissionBugs, ...tokenBugs]

/** @throws BAD_OPTION that lists the seeded bugs that are made in an algorithm. */
function seededBug(specifier: string, name: string): OwnKind {
  const faulty = seeded.find((each) => each.name === name)?.faulty?.()
  if (faulty !== undefined) return { ...faulty, name: specifier, links: 'fifo', cancels: true }
  const names = seeded.filter((each) => each.faulty !== undefined).map((each) => each.name)
  throw new BadOptionError(`there is no '${specifier}'${meantOr(name, names, `there are ${names.join(', ')}`)}`, {
    option: 'bug',
  })
}
