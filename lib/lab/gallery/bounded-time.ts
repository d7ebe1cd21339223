/** Breaks exclusion: times are kept small by counting modulo four, and compared as before. */
import { defineAlgorithm } from '../own/define.ts'
import type { Broken } from './broken.ts'
import { type RicartAgrawalaMessage, SimpleRicartAgrawala, simpleRicartAgrawala } from './simple-ricart-agrawala.ts'

const modulus = 4

class BoundedTime extends SimpleRicartAgrawala {
  protected override tick(): number {
    this.clock = (this.clock + 1) % modulus
    return this.clock
  }
}

export const boundedTime: Broken<RicartAgrawalaMessage> = {
  name: 'bounded-time',
  breaks: {
    property: 'exclusion',
    nodes: 2,
    why: 'After time 3 comes time 0, which looks older than everything. Whoever replied to 3 and then asks at 0 is let in beside it.',
  },
  kind: defineAlgorithm<RicartAgrawalaMessage>({ name: 'bounded-time', create: (site) => new BoundedTime(site) }),
  mended: simpleRicartAgrawala,
  cure: 'Let times grow; or compare within a window, as Ricart and Agrawala do in their §5, with a modulus above 2N−1.',
}
