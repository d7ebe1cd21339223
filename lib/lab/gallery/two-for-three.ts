/** Breaks exclusion: an algorithm for two sites, used by three. */
import type { NodeId } from '../../base/ids.ts'
import { defineAlgorithm } from '../own/define.ts'
import type { Broken } from './broken.ts'
import { type RicartAgrawalaMessage, SimpleRicartAgrawala, simpleRicartAgrawala } from './simple-ricart-agrawala.ts'

class TwoForThree extends SimpleRicartAgrawala {
  protected override asks(): readonly NodeId[] {
    return this.site.peers.slice(0, 1)
  }
}

export const twoForThree: Broken<RicartAgrawalaMessage> = {
  name: 'two-for-three',
  breaks: {
    property: 'exclusion',
    nodes: 3,
    why: 'As in Peterson 1981 each site agrees with the other one. With three sites there is more than one other, and who is asked is not who is inside.',
  },
  kind: defineAlgorithm<RicartAgrawalaMessage>({ name: 'two-for-three', create: (site) => new TwoForThree(site) }),
  mended: simpleRicartAgrawala,
  cure: 'Ask everybody; or play two-site matches in a tree, as in Peterson and Fischer 1977.',
}
