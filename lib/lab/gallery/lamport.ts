/** This file has the mistakes in Lamport's algorithm of 1978, §"Ordering the Events": links or queues without order. */
import type { NodeId } from '../../base/ids.ts'
import type { Site } from '../../mutex/contract.ts'
import { defineAlgorithm, type OwnAlgorithm } from '../own/define.ts'
import { type Broken, brokenOf } from './broken.ts'

const source = 'Lamport 1978'

export interface LamportMessage {
  readonly kind: 'request' | 'acknowledgement' | 'release'
  readonly time: number
}

/** Each site keeps the requests of all; the oldest enters once it has heard a later message from each other site. */
class UnorderedLamport implements OwnAlgorithm<LamportMessage> {
  protected readonly site: Site<LamportMessage>
  private clock = 0
  protected readonly requests = new Map<NodeId, number>()
  private readonly lastHeard = new Map<NodeId, number>()
  private isInside = false

  constructor(site: Site<LamportMessage>) {
    this.site = site
  }

  request(): void {
    this.requests.set(this.site.self, ++this.clock)
    this.tellAll('request')
  }

  receive(from: NodeId, { kind, time }: LamportMessage): void {
    this.clock = Math.max(this.clock, time) + 1
    this.lastHeard.set(from, time)
    if (kind === 'request') {
      this.requests.set(from, time)
      this.site.send(from, { kind: 'acknowledgement', time: this.clock })
    }
    if (kind === 'release') this.requests.delete(from)
    this.enterIfFirst()
  }

  release(): void {
    this.isInside = false
    this.requests.delete(this.site.self)
    this.clock++
    this.tellAll('release')
  }

  protected isFirst(): boolean {
    const own = this.requests.get(this.site.self)
    if (own === undefined) return false
    return [...this.requests].every(([id, time]) => own < time || (own === time && this.site.self <= id))
  }

  private enterIfFirst(): void {
    const own = this.requests.get(this.site.self)
    if (own === undefined || this.isInside || !this.isFirst()) return
    if (!this.site.peers.every((peer) => (this.lastHeard.get(peer) ?? 0) > own)) return
    this.isInside = true
    this.site.granted()
  }

  private tellAll(kind: 'request' | 'release'): void {
    this.site.broadcast(this.site.peers, { kind, time: this.clock })
  }
}

class QueueByArrival extends UnorderedLamport {
  protected override isFirst(): boolean {
    const [first] = this.requests.keys()
    return first === this.site.self
  }
}

const create = (site: Site<LamportMessage>): UnorderedLamport => new UnorderedLamport(site)

export const lamportMistakes: readonly Broken<LamportMessage>[] = [
  brokenOf(QueueByArrival, defineAlgorithm<LamportMessage>({ name: 'queue-by-time', create }), {
    name: 'queue-by-arrival',
    property: 'exclusion',
    breaks: 'Sites order their queues by time. In the order of arrival each site sees its own request first, and all enter.',
    source,
    nodes: 2,
    cure: 'Order the queue by time and name: all sites agree on that order without talking.',
  }),
  {
    name: 'lamport-unordered',
    property: 'exclusion',
    breaks:
      'Links keep their order. If an acknowledgement overtakes the request that was sent before it, its receiver believes that it knows all older requests, and enters beside one.',
    source,
    nodes: 2,
    kind: defineAlgorithm<LamportMessage>({ name: 'lamport-unordered', create, links: 'unordered' }),
    mended: defineAlgorithm<LamportMessage>({ name: 'lamport-fifo', create, links: 'fifo' }),
    cure: 'Use links that keep order: number the messages, and hold back what comes too early.',
  },
]
