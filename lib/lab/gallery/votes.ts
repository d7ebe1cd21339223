/** This file has the mistakes with votes: none is asked back (Maekawa 1985), and no FAIL tells a site to give its votes back. */
import type { NodeId } from '../../base/ids.ts'
import type { Site } from '../../mutex/contract.ts'
import type { OwnAlgorithm } from '../own/define.ts'
import { brokenOf } from './broken.ts'
import { SimpleMaekawa, simpleMaekawa } from './simple-maekawa.ts'

class MaekawaWithoutFail extends SimpleMaekawa {
  protected override displaced(): void {
    // Only newcomers are told that they have to wait.
  }
}

interface VoteMessage {
  readonly kind: 'request' | 'vote' | 'release'
}

class VotesKept implements OwnAlgorithm<VoteMessage> {
  private readonly site: Site<VoteMessage>
  private votes = 0
  private given = false
  private readonly waiting: NodeId[] = []

  constructor(site: Site<VoteMessage>) {
    this.site = site
  }

  request(): void {
    this.votes = 0
    this.tellAll('request')
  }

  receive(from: NodeId, { kind }: VoteMessage): void {
    if (kind === 'request') this.waiting.push(from)
    if (kind === 'release') this.given = false
    if (kind === 'vote' && ++this.votes === this.site.peers.length + 1) this.site.granted()
    if (kind !== 'vote') this.vote()
  }

  release(): void {
    this.tellAll('release')
  }

  private tellAll(kind: 'request' | 'release'): void {
    this.receive(this.site.self, { kind })
    this.site.broadcast(this.site.peers, { kind })
  }

  private vote(): void {
    const next = this.given ? undefined : this.waiting.shift()
    if (next === undefined) return
    this.given = true
    if (next === this.site.self) this.receive(next, { kind: 'vote' })
    else this.site.send(next, { kind: 'vote' })
  }
}

export const voteMistakes = [
  brokenOf(VotesKept, null, {
    name: 'votes-kept',
    property: 'liveness',
    breaks:
      'A vote can be asked back. If each site votes for itself first and keeps that vote, all wait for the votes of the others.',
    source: 'Maekawa 1985',
    nodes: 2,
    cure: 'Votes must be asked back for older requests, as Maekawa 1985 does; that is another algorithm.',
  }),
  brokenOf(MaekawaWithoutFail, simpleMaekawa, {
    name: 'maekawa-without-fail',
    property: 'liveness',
    breaks:
      'An arbiter tells a waiting request that an older one displaced it. Without that FAIL the request does not yield its votes elsewhere, and three sites wait for each other in a circle.',
    source: 'Sanders 1987',
    nodes: 4,
    cure: 'FAIL goes to the displaced request as well.',
  }),
]
