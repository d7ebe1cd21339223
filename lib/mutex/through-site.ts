/** This file is a `Site` that passes every call on to another site. Sites that watch or delay messages are built on it. */
import type { NodeId } from '../base/ids.ts'
import type { Stamp } from '../clock/stamp.ts'
import type { Body, Site } from './contract.ts'
import type { Carried } from '../view/flush-host.ts'

/** A site that passes everything on to another: for code that watches or delays messages. */
export class ThroughSite<Message extends Body> implements Site<Message> {
  protected readonly site: Site<Message>

  constructor(site: Site<Message>) {
    this.site = site
  }

  get self(): NodeId {
    return this.site.self
  }

  get peers(): readonly NodeId[] {
    return this.site.peers
  }

  get carried(): readonly Carried[] {
    return this.site.carried
  }

  get firstPlace(): NodeId {
    return this.site.firstPlace
  }

  send(to: NodeId, message: Message): void {
    this.site.send(to, message)
  }

  broadcast(to: Iterable<NodeId>, message: Message): void {
    for (const id of to) this.send(id, message)
  }

  granted(stamp?: Stamp): void {
    this.site.granted(stamp)
  }

  refused(): void {
    this.site.refused()
  }

  pause(isBrief?: boolean): void {
    this.site.pause(isBrief)
  }

  isSilent(peer: NodeId): boolean {
    return this.site.isSilent(peer)
  }
}
