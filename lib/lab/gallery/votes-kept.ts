/** Breaks liveness: a majority of votes lets a site in, each vote goes to the first asker, and no site gives a vote back. */
import type { NodeId } from '../../base/ids.ts'
import type { Site } from '../../mutex/contract.ts'
import { defineAlgorithm, type OwnAlgorithm } from '../own/define.ts'
import type { Broken } from './broken.ts'

interface Message {
  readonly kind: 'request' | 'vote' | 'release'
}

class VotesKept implements OwnAlgorithm<Message> {
  private readonly site: Site<Message>
  private votes = 0
  private given = false
  private readonly waiting: NodeId[] = []

  constructor(site: Site<Message>) {
    this.site = site
  }

  request(): void {
    this.votes = 0
    this.tellAll('request')
  }

  receive(from: NodeId, { kind }: Message): void {
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

export const votesKept: Broken<Message> = {
  name: 'votes-kept',
  breaks: {
    property: 'liveness',
    nodes: 2,
    why: 'Each site votes for itself first and waits for the votes of the others, which they have given to themselves.',
  },
  kind: defineAlgorithm<Message>({ name: 'votes-kept', create: (site) => new VotesKept(site) }),
  mended: null,
  cure: 'Votes must be asked back for older requests, as Maekawa 1985 does; that is another algorithm.',
}
