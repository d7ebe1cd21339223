/** Breaks exclusion: a request is answered, but the clock does not learn its time. */
import { defineAlgorithm } from '../own/define.ts'
import type { Broken } from './broken.ts'
import { type RicartAgrawalaMessage, SimpleRicartAgrawala, simpleRicartAgrawala } from './simple-ricart-agrawala.ts'

class NoMerge extends SimpleRicartAgrawala {
  protected override merge(): void {
    // The clock counts only the requests of this site.
  }
}

export const noMerge: Broken<RicartAgrawalaMessage> = {
  name: 'no-merge',
  breaks: {
    property: 'exclusion',
    nodes: 2,
    why: 'A site replies to a request and then makes one of its own with a lower time. To the other, which still waits, that looks older: it replies too, and both enter.',
  },
  kind: defineAlgorithm<RicartAgrawalaMessage>({ name: 'no-merge', create: (site) => new NoMerge(site) }),
  mended: simpleRicartAgrawala,
  cure: 'Advance the clock past every time that arrives, as Lamport 1978 says, before anything else.',
}
