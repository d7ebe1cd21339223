/** Breaks liveness: there is room for one deferred reply. */
import type { NodeId } from '../../base/ids.ts'
import { defineAlgorithm } from '../own/define.ts'
import type { Broken } from './broken.ts'
import { type RicartAgrawalaMessage, SimpleRicartAgrawala, simpleRicartAgrawala } from './simple-ricart-agrawala.ts'

class OneDeferred extends SimpleRicartAgrawala {
  protected override defer(from: NodeId, time: number): void {
    this.deferred = new Map([[from, time]])
  }
}

export const oneDeferred: Broken<RicartAgrawalaMessage> = {
  name: 'one-deferred',
  breaks: {
    property: 'liveness',
    nodes: 3,
    why: 'Two sites ask while a third is inside. The second request overwrites the first, which is never answered.',
  },
  kind: defineAlgorithm<RicartAgrawalaMessage>({ name: 'one-deferred', create: (site) => new OneDeferred(site) }),
  mended: simpleRicartAgrawala,
  cure: 'Keep all of them: up to N−1 may wait.',
}
