/** This file lists every algorithm that a lock may use, and finds one by its name and options. */
import { BadOptionError } from '../base/errors.ts'
import { meantOr } from '../base/nearest.ts'
import { agrawalElAbbadi } from './agrawal-el-abbadi.ts'
import { carvalhoRoucairol } from './carvalho-roucairol.ts'
import type { AlgorithmKind, WiredKind } from './contract.ts'
import { homeQueue } from './home-queue.ts'
import { lamport } from './lamport.ts'
import { lodhaKshemkalyani } from './lodha-kshemkalyani.ts'
import { maekawa } from './maekawa.ts'
import { mueller } from './mueller.ts'
import { naimiTrehel } from './naimi-trehel.ts'
import { raymond } from './raymond.ts'
import { raymondK } from './raymond-k.ts'
import { ricartAgrawala } from './ricart-agrawala.ts'
import { singhalDynamic } from './singhal-dynamic.ts'
import { singhalHeuristic } from './singhal-heuristic.ts'
import { suzukiKasami } from './suzuki-kasami.ts'
import { tokenRing, tokenRingPerpetual } from './token-ring.ts'

/** Every algorithm that a lock may use. */
export const algorithms: readonly WiredKind[] = [
  homeQueue,
  carvalhoRoucairol,
  ricartAgrawala,
  tokenRing,
  tokenRingPerpetual,
  naimiTrehel,
  raymond,
  maekawa,
  agrawalElAbbadi,
  lamport,
  raymondK,
  lodhaKshemkalyani,
  singhalDynamic,
  singhalHeuristic,
  suzukiKasami,
  mueller,
]

/** The algorithm of a lock for which no other is chosen. */
export const defaultAlgorithm = homeQueue.name

const plainNames = new Map(algorithms.map((kind) => [kind.name, kind]))

/**
 * The algorithm of that name, with the options that follow it: `NAME` or `NAME:OPTION+OPTION`.
 *
 * @throws BAD_OPTION that lists the names, or the options of that algorithm, that there are.
 */
export function algorithmKind(name: string): WiredKind {
  return plainNames.get(name) ?? algorithmAmong(algorithms, name)
}

/**
 * The algorithm of that name among these.
 *
 * @throws BAD_OPTION as `algorithmKind` does.
 */
export function algorithmAmong<Kind extends Pick<AlgorithmKind, 'name' | 'options'>>(
  kinds: readonly (Kind & { withOptions?(options: readonly string[]): Kind | null })[],
  name: string,
): Kind {
  const [plain = '', ...rest] = String(name).split(':')
  const kind = kinds.find((each) => each.name === plain)
  if (kind === undefined) {
    const names = kinds.map((each) => each.name)
    const advice = meantOr(plain, names, `there are ${names.join(', ')}`)
    throw new BadOptionError(`there is no algorithm '${String(name)}'${advice}`, { option: 'algorithm' })
  }
  if (rest.length === 0) return kind
  const { options = [] } = kind
  const asked = rest.join(':').split('+')
  const chosen = kind.withOptions?.(asked) ?? null
  if (chosen !== null) return chosen
  const known = options.length === 0 ? `'${plain}' takes no options` : `'${plain}' takes ${options.join(', ')}, joined by '+'`
  const wrong = asked.find((option) => !options.includes(option)) ?? ''
  throw new BadOptionError(`there is no algorithm '${name}'${meantOr(wrong, options, known)}`, { option: 'algorithm' })
}
