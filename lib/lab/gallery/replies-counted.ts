/** Breaks exclusion: replies are counted, whichever request they are to. */
import { defineAlgorithm } from '../own/define.ts'
import type { Broken } from './broken.ts'
import { type RicartAgrawalaMessage, SimpleRicartAgrawala, simpleRicartAgrawala } from './simple-ricart-agrawala.ts'

class RepliesCounted extends SimpleRicartAgrawala {
  private count = 0

  override request(): void {
    this.count = 0
    super.request()
  }

  protected override replied(): void {
    this.count++
    if (this.asked !== null && this.count === this.site.peers.length) this.site.granted()
  }
}

export const repliesCounted: Broken<RicartAgrawalaMessage> = {
  name: 'replies-counted',
  breaks: {
    property: 'exclusion',
    nodes: 2,
    why: 'A site withdraws its request and asks again. A late reply to the first request counts for the second.',
  },
  kind: defineAlgorithm<RicartAgrawalaMessage>({ name: 'replies-counted', create: (site) => new RepliesCounted(site) }),
  mended: simpleRicartAgrawala,
  cure: 'Keep the set of those whose reply is missing, and let each reply name its request.',
}
