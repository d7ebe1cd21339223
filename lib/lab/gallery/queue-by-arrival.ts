/** Breaks exclusion: Lamport's queue in the order in which requests arrive, instead of their times. */
import type { Site } from '../../mutex/contract.ts'
import { defineAlgorithm } from '../own/define.ts'
import type { Broken } from './broken.ts'
import { Lamport, type Message } from './lamport-unordered.ts'

class QueueByArrival extends Lamport {
  protected override isFirst(): boolean {
    const [first] = this.requests.keys()
    return first === this.site.self
  }
}

export const queueByArrival: Broken<Message> = {
  name: 'queue-by-arrival',
  breaks: {
    property: 'exclusion',
    nodes: 2,
    why: 'Requests arrive in different orders at different sites, and each site sees its own first. All have a queue, and no two the same one.',
  },
  kind: defineAlgorithm<Message>({ name: 'queue-by-arrival', create: (site: Site<Message>) => new QueueByArrival(site) }),
  mended: defineAlgorithm<Message>({ name: 'queue-by-time', create: (site: Site<Message>) => new Lamport(site) }),
  cure: 'Order the queue by time and name: that all sites agree on without talking.',
}
