/** Breaks liveness: a site that gives up its request forgets who waits for its reply. */
import { defineAlgorithm } from '../own/define.ts'
import type { Broken } from './broken.ts'
import { type RicartAgrawalaMessage, SimpleRicartAgrawala, simpleRicartAgrawala } from './simple-ricart-agrawala.ts'

class CancelForgets extends SimpleRicartAgrawala {
  override cancel(): void {
    this.asked = null
    this.deferred.clear()
  }
}

export const cancelForgets: Broken<RicartAgrawalaMessage> = {
  name: 'cancel-forgets',
  breaks: {
    property: 'liveness',
    nodes: 2,
    why: 'A site with the older request defers the other one, then withdraws. The other waits for a reply that nobody owes any more.',
  },
  kind: defineAlgorithm<RicartAgrawalaMessage>({ name: 'cancel-forgets', create: (site) => new CancelForgets(site) }),
  mended: simpleRicartAgrawala,
  cure: 'Withdraw as one leaves: reply to all who were deferred.',
}
