/** This file has one mistake with a queue at one site: a release removes its head, also when another site is there. */
import type { NodeId } from '../../base/ids.ts'
import type { Site } from '../../mutex/contract.ts'
import { defineAlgorithm, type OwnAlgorithm } from '../own/define.ts'
import { brokenOf } from './broken.ts'

interface Message {
  readonly kind: 'request' | 'grant' | 'release'
  /** How urgent the request is: the lowest first. */
  readonly rank: number
}

interface Request {
  readonly id: NodeId
  readonly rank: number
}

/** The first place keeps a queue by rank; its head is inside. */
class WrongHead implements OwnAlgorithm<Message> {
  private readonly site: Site<Message>
  protected queue: Request[] = []
  private holder: NodeId | null = null
  private isWaiting = false

  constructor(site: Site<Message>) {
    this.site = site
  }

  request(): void {
    this.isWaiting = true
    this.tellKeeper('request')
  }

  receive(from: NodeId, { kind, rank }: Message): void {
    if (kind === 'request') this.asked({ id: from, rank })
    if (kind === 'release') this.left(from)
    if (kind === 'grant' && this.isWaiting) this.enter()
  }

  release(): void {
    this.tellKeeper('release')
  }

  protected remove(_from: NodeId): void {
    this.queue.shift()
  }

  private tellKeeper(kind: 'request' | 'release'): void {
    const { self, firstPlace } = this.site
    const rank = this.rank()
    if (self !== firstPlace) this.site.send(firstPlace, { kind, rank })
    else if (kind === 'request') this.asked({ id: self, rank })
    else this.left(self)
  }

  /** The first sites by name are the most urgent. */
  private rank(): number {
    return [...this.site.peers, this.site.self].sort().indexOf(this.site.self)
  }

  private asked(request: Request): void {
    this.queue.push(request)
    this.queue.sort((a, b) => a.rank - b.rank)
    this.grantNext()
  }

  private left(from: NodeId): void {
    this.holder = null
    this.remove(from)
    this.grantNext()
  }

  private grantNext(): void {
    const [first] = this.queue
    if (this.holder !== null || first === undefined) return
    this.holder = first.id
    if (first.id === this.site.self) this.enter()
    else this.site.send(first.id, { kind: 'grant', rank: first.rank })
  }

  private enter(): void {
    this.isWaiting = false
    this.site.granted()
  }
}

class RightOne extends WrongHead {
  protected override remove(from: NodeId): void {
    this.queue = this.queue.filter(({ id }) => id !== from)
  }
}

export const wrongHead = brokenOf(
  WrongHead,
  defineAlgorithm<Message>({ name: 'right-one', create: (site) => new RightOne(site) }),
  {
    name: 'wrong-head',
    property: 'liveness',
    breaks:
      'A release removes the request that is over. If it removes the head of the queue, it takes away a more urgent request that came meanwhile, which waits for ever.',
    source: 'Lamport 1978',
    nodes: 2,
    cure: 'A release names whose request is over.',
  },
)
