/**
 * Maekawa 1985 over cyclic majorities: each site asks the half of the sites that follows it. Every arbiter has one vote at a
 * time. Votes are asked back for older requests, so that two sites with some of each other's votes do not wait for ever.
 */
import type { NodeId } from '../../base/ids.ts'
import type { Site } from '../../mutex/contract.ts'
import { defineAlgorithm, type OwnAlgorithm } from '../own/define.ts'

export interface MaekawaMessage {
  readonly kind: 'request' | 'vote' | 'fail' | 'inquire' | 'yield' | 'release'
  readonly time: number
}

interface Request {
  readonly id: NodeId
  readonly time: number
}

function isOlder(a: Request, b: Request): boolean {
  return a.time < b.time || (a.time === b.time && a.id < b.id)
}

export class SimpleMaekawa implements OwnAlgorithm<MaekawaMessage> {
  protected readonly site: Site<MaekawaMessage>
  private clock = 0
  // As a requester.
  private asked: Request | null = null
  private isInside = false
  private readonly votes = new Set<NodeId>()
  private readonly inquired = new Set<NodeId>()
  private hasFailed = false
  // As an arbiter.
  protected given: Request | null = null
  private hasInquired = false
  protected queue: Request[] = []

  constructor(site: Site<MaekawaMessage>) {
    this.site = site
  }

  request(): void {
    this.asked = { id: this.site.self, time: ++this.clock }
    this.votes.clear()
    this.inquired.clear()
    this.hasFailed = false
    for (const arbiter of this.quorum()) this.tell(arbiter, 'request', this.asked.time)
  }

  receive(from: NodeId, { kind, time }: MaekawaMessage): void {
    this.clock = Math.max(this.clock, time)
    switch (kind) {
      case 'request':
        return this.requested({ id: from, time })
      case 'release':
        this.given = null
        return this.voteForOldest()
      case 'yield':
        if (this.given !== null) this.queue.push(this.given)
        this.given = null
        return this.voteForOldest()
      case 'vote':
        return this.voted(from, time)
      case 'fail':
        if (time !== this.asked?.time) return
        this.hasFailed = true
        for (const arbiter of this.inquired) this.giveBack(arbiter)
        return this.inquired.clear()
      case 'inquire':
        if (time !== this.asked?.time || this.isInside || !this.votes.has(from)) return
        if (this.hasFailed) this.giveBack(from)
        else this.inquired.add(from)
    }
  }

  release(): void {
    const time = this.asked?.time ?? 0
    this.asked = null
    this.isInside = false
    for (const arbiter of this.quorum()) this.tell(arbiter, 'release', time)
  }

  /** This site and the sites that follow it: more than half, so any two quorums share a site. */
  private quorum(): readonly NodeId[] {
    const all = [this.site.self, ...this.site.peers]
    return all.slice(0, Math.floor(all.length / 2) + 1)
  }

  private tell(to: NodeId, kind: MaekawaMessage['kind'], time: number): void {
    if (to === this.site.self) this.receive(to, { kind, time })
    else this.site.send(to, { kind, time })
  }

  // As a requester.

  private voted(from: NodeId, time: number): void {
    if (time !== this.asked?.time) return
    this.votes.add(from)
    if (this.isInside || !this.quorum().every((arbiter) => this.votes.has(arbiter))) return
    this.isInside = true
    this.site.granted()
  }

  private giveBack(arbiter: NodeId): void {
    this.votes.delete(arbiter)
    this.tell(arbiter, 'yield', this.asked?.time ?? 0)
  }

  // As an arbiter.

  private requested(request: Request): void {
    if (this.given === null) return this.vote(request)
    const { given } = this
    const isOldest = isOlder(request, given) && this.queue.every((other) => isOlder(request, other))
    if (!isOldest) this.tell(request.id, 'fail', request.time)
    else this.displaced(this.queue.reduce<Request | null>((old, each) => (old === null || isOlder(each, old) ? each : old), null))
    this.queue.push(request)
    if (!isOldest || this.hasInquired) return
    this.hasInquired = true
    this.tell(given.id, 'inquire', given.time)
  }

  /** The oldest that waited is not the oldest any more: it must know, or it holds on to its other votes. */
  protected displaced(waiting: Request | null): void {
    if (waiting !== null) this.tellFail(waiting)
  }

  protected tellFail({ id, time }: Request): void {
    this.tell(id, 'fail', time)
  }

  private voteForOldest(): void {
    const oldest = this.queue.reduce<Request | null>((old, each) => (old === null || isOlder(each, old) ? each : old), null)
    if (oldest === null || this.given !== null) return
    this.queue = this.queue.filter((each) => each !== oldest)
    this.vote(oldest)
  }

  private vote(request: Request): void {
    this.given = request
    this.hasInquired = false
    this.tell(request.id, 'vote', request.time)
  }
}

/** The correct one. */
export const simpleMaekawa = defineAlgorithm<MaekawaMessage>({
  name: 'simple-maekawa',
  create: (site) => new SimpleMaekawa(site),
})
