/** Breaks exclusion: Lamport 1978, §"Ordering the Events", where messages overtake each other. */
import type { NodeId } from '../../base/ids.ts'
import type { Site } from '../../mutex/contract.ts'
import { defineAlgorithm, type OwnAlgorithm } from '../own/define.ts'
import type { Broken } from './broken.ts'

export interface LamportMessage {
  readonly kind: 'request' | 'acknowledgement' | 'release'
  readonly time: number
}

/** Everybody keeps everybody's requests; the oldest enters once it has heard something later from all. */
export class UnorderedLamport implements OwnAlgorithm<LamportMessage> {
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

const create = (site: Site<LamportMessage>): UnorderedLamport => new UnorderedLamport(site)

export const lamportUnordered: Broken<LamportMessage> = {
  name: 'lamport-unordered',
  breaks: {
    property: 'exclusion',
    nodes: 2,
    why: 'An acknowledgement overtakes the request that was sent before it. Whoever has it believes that it has heard of everything older, and enters; so does the older one.',
  },
  kind: defineAlgorithm<LamportMessage>({ name: 'lamport-unordered', create, links: 'unordered' }),
  mended: defineAlgorithm<LamportMessage>({ name: 'lamport-fifo', create, links: 'fifo' }),
  cure: 'Links that keep order: number the messages, and hold back what comes too early.',
}
