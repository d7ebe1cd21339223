/**
 * Ricart and Agrawala 1981 as a student would write it: correct. Several of the gallery change one method of it, and are then not.
 */
import type { NodeId } from '../../base/ids.ts'
import type { Site } from '../../mutex/contract.ts'
import { defineAlgorithm, type OwnAlgorithm } from '../own/define.ts'

export interface RicartAgrawalaMessage {
  readonly kind: 'request' | 'reply'
  /** When the request was made that this is, or replies to. */
  readonly time: number
}

export class SimpleRicartAgrawala implements OwnAlgorithm<RicartAgrawalaMessage> {
  protected readonly site: Site<RicartAgrawalaMessage>
  protected clock = 0
  /** When this site asked; null when it does not want to enter. */
  protected asked: number | null = null
  /** Whose reply is missing. */
  protected missing = new Set<NodeId>()
  /** Who waits for this site's reply, to which request. */
  protected deferred = new Map<NodeId, number>()

  constructor(site: Site<RicartAgrawalaMessage>) {
    this.site = site
  }

  request(): void {
    this.asked = this.tick()
    this.missing = new Set(this.asks())
    this.site.broadcast(this.missing, { kind: 'request', time: this.asked })
    if (this.missing.size === 0) this.site.granted()
  }

  receive(from: NodeId, { kind, time }: RicartAgrawalaMessage): void {
    if (kind === 'reply') return this.replied(from, time)
    this.merge(time)
    if (this.comesBefore(time, from)) this.defer(from, time)
    else this.reply(from, time)
  }

  release(): void {
    this.asked = null
    this.replyToDeferred()
  }

  cancel(): void {
    this.release()
  }

  /** Whom a request asks. */
  protected asks(): readonly NodeId[] {
    return this.site.peers
  }

  protected tick(): number {
    return ++this.clock
  }

  protected merge(time: number): void {
    this.clock = Math.max(this.clock, time)
  }

  /** Whether this site's own request is older than that one; of equal times the name decides. */
  protected comesBefore(time: number, from: NodeId): boolean {
    return this.asked !== null && (this.asked < time || (this.asked === time && this.site.self < from))
  }

  protected replied(from: NodeId, time: number): void {
    if (time !== this.asked || !this.missing.delete(from)) return
    if (this.missing.size === 0) this.site.granted()
  }

  protected defer(from: NodeId, time: number): void {
    // A withdrawn request may arrive after its successor.
    this.deferred.set(from, Math.max(time, this.deferred.get(from) ?? time))
  }

  protected reply(to: NodeId, time: number): void {
    this.site.send(to, { kind: 'reply', time })
  }

  protected replyToDeferred(): void {
    for (const [peer, time] of this.deferred) this.reply(peer, time)
    this.deferred.clear()
  }
}

/** The correct one. */
export const simpleRicartAgrawala = defineAlgorithm<RicartAgrawalaMessage>({
  name: 'simple-ricart-agrawala',
  create: (site) => new SimpleRicartAgrawala(site),
  links: 'unordered',
})
