import { BadOptionError } from '../base/errors.ts'
import { carvalhoRoucairol } from './carvalho-roucairol.ts'
import type { AlgorithmKind } from './contract.ts'
import { ricartAgrawala } from './ricart-agrawala.ts'
import { tokenRing, tokenRingPerpetual } from './token-ring.ts'

/** Every algorithm that a lock may use, by its name. */
export const algorithms: readonly AlgorithmKind[] = [carvalhoRoucairol, ricartAgrawala, tokenRing, tokenRingPerpetual]

const byName = new Map(algorithms.map((kind) => [kind.name, kind]))

/**
 * The algorithm of that name.
 *
 * @throws BAD_OPTION that lists the names there are.
 */
export function algorithmKind(name: string): AlgorithmKind {
  const kind = byName.get(name)
  if (kind === undefined) {
    throw new BadOptionError(`there is no algorithm '${String(name)}'; there are ${[...byName.keys()].join(', ')}`, {
      option: 'algorithm',
    })
  }
  return kind
}
