/**
 * One token, and a site asks all others for it (after Suzuki and Kasami 1985): correct. Some of the gallery change one method of
 * it.
 */
import type { NodeId } from '../../base/ids.ts'
import type { Site } from '../../mutex/contract.ts'
import { defineAlgorithm, type OwnAlgorithm } from '../own/define.ts'

export type TokenMessage =
  | { readonly kind: 'request'; readonly number: number }
  /** `served`: how many requests of each site have been. */
  | { readonly kind: 'token'; readonly served: Readonly<Record<NodeId, number>>; readonly queue: readonly NodeId[] }

export class SimpleToken implements OwnAlgorithm<TokenMessage> {
  protected readonly site: Site<TokenMessage>
  protected hasToken: boolean
  protected isWaiting = false
  protected isInside = false
  /** How many requests of each site this one knows of. */
  protected readonly asked: Record<NodeId, number> = {}
  protected served: Record<NodeId, number> = {}
  protected queue: NodeId[] = []

  constructor(site: Site<TokenMessage>) {
    this.site = site
    this.hasToken = site.self === site.firstPlace
  }

  request(): void {
    const { self, peers } = this.site
    this.isWaiting = true
    const number = (this.asked[self] ?? 0) + 1
    this.asked[self] = number
    if (this.hasToken) return this.enter()
    this.site.broadcast(peers, { kind: 'request', number })
  }

  receive(from: NodeId, message: TokenMessage): void {
    if (message.kind === 'request') {
      this.asked[from] = Math.max(this.asked[from] ?? 0, message.number)
      if (this.hasToken && !this.isInside && this.isOutstanding(from)) this.pass(from)
      return
    }
    this.hasToken = true
    this.served = { ...message.served }
    this.queue = [...message.queue]
    this.enter()
  }

  release(): void {
    const { self, peers } = this.site
    this.isInside = false
    this.served[self] = this.asked[self] ?? 0
    for (const peer of peers) if (this.isOutstanding(peer) && !this.queue.includes(peer)) this.queue.push(peer)
    this.passOn()
  }

  protected passOn(): void {
    const next = this.queue.shift()
    if (next !== undefined) this.pass(next)
  }

  /** Whether that site still waits for the token. */
  protected isOutstanding(peer: NodeId): boolean {
    return (this.asked[peer] ?? 0) > (this.served[peer] ?? 0)
  }

  protected pass(to: NodeId): void {
    this.hasToken = false
    this.site.send(to, { kind: 'token', served: this.served, queue: this.queue })
  }

  protected enter(): void {
    this.isWaiting = false
    this.isInside = true
    this.site.granted()
  }
}

/** The correct one. */
export const simpleToken = defineAlgorithm<TokenMessage>({
  name: 'simple-token',
  create: (site) => new SimpleToken(site),
  links: 'unordered',
})
