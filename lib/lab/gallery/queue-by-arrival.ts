/** Breaks exclusion: Lamport's queue in the order in which requests arrive, instead of their times. */
import type { Site } from '../../mutex/contract.ts'
import { defineAlgorithm } from '../own/define.ts'
import type { Broken } from './broken.ts'
import { UnorderedLamport, type LamportMessage } from './lamport-unordered.ts'

class QueueByArrival extends UnorderedLamport {
  protected override isFirst(): boolean {
    const [first] = this.requests.keys()
    return first === this.site.self
  }
}

export const queueByArrival: Broken<LamportMessage> = {
  name: 'queue-by-arrival',
  breaks: {
    property: 'exclusion',
    nodes: 2,
    why: 'Requests arrive in different orders at different sites, and each site sees its own first. All have a queue, and no two the same one.',
  },
  kind: defineAlgorithm<LamportMessage>({
    name: 'queue-by-arrival',
    create: (site: Site<LamportMessage>) => new QueueByArrival(site),
  }),
  mended: defineAlgorithm<LamportMessage>({
    name: 'queue-by-time',
    create: (site: Site<LamportMessage>) => new UnorderedLamport(site),
  }),
  cure: 'Order the queue by time and name: that all sites agree on without talking.',
}
