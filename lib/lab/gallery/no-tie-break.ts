/** Breaks exclusion: of two requests with the same time each site thinks that the other was first. */
import { defineAlgorithm } from '../own/define.ts'
import type { Broken } from './broken.ts'
import { type RicartAgrawalaMessage, SimpleRicartAgrawala, simpleRicartAgrawala } from './simple-ricart-agrawala.ts'

class NoTieBreak extends SimpleRicartAgrawala {
  protected override comesBefore(time: number): boolean {
    return this.asked !== null && this.asked < time
  }
}

export const noTieBreak: Broken<RicartAgrawalaMessage> = {
  name: 'no-tie-break',
  breaks: {
    property: 'exclusion',
    nodes: 2,
    why: 'Two sites ask at the same Lamport time. Each defers only to what is older than its own request, equal times are not, so both reply, and both enter.',
  },
  kind: defineAlgorithm<RicartAgrawalaMessage>({ name: 'no-tie-break', create: (site) => new NoTieBreak(site) }),
  mended: simpleRicartAgrawala,
  cure: 'Break ties by name: a total order is what makes one of them wait.',
}
