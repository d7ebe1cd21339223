/**
 * This file is one site's instance of a user's algorithm, with what its author left out filled in. Its state is plain data and
 * holds no reference to itself, so that the explorer can copy it and compare it.
 */
import type { NodeId } from '../../base/ids.ts'
import type { Mode } from '../../base/mode.ts'
import type { Stamp } from '../../clock/stamp.ts'
import type { Algorithm, Body, Description, Site } from '../../mutex/contract.ts'
import type { OwnAlgorithm } from './define.ts'
import { ThroughSite } from '../../mutex/through-site.ts'

/** What the author's code is given: the site, except that a grant which is not wanted any more goes no further. */
class OwnSite<Message extends Body> extends ThroughSite<Message> {
  /** The user has gone away from a request that the algorithm still makes. */
  isAbandoned = false
  /** It was granted nevertheless. */
  mustGiveBack = false

  override granted(stamp?: Stamp): void {
    if (!this.isAbandoned) return this.site.granted(stamp)
    this.isAbandoned = false
    this.mustGiveBack = true
  }

  override refused(): void {
    if (!this.isAbandoned) return this.site.refused()
    this.isAbandoned = false
  }
}

export class Completed<Message extends Body> implements Algorithm<Message> {
  private readonly site: OwnSite<Message>
  private readonly outside: Site<Message>
  private readonly own: OwnAlgorithm<Message>

  constructor(site: Site<Message>, make: (site: Site<Message>) => OwnAlgorithm<Message>) {
    this.outside = site
    this.site = new OwnSite(site)
    this.own = make(this.site)
  }

  request(stamp: Stamp, mode: Mode, ifFree: boolean): void {
    // The abandoned request is still being made: it now stands for this one.
    if (this.site.isAbandoned) this.site.isAbandoned = false
    else if (!ifFree) return this.own.request(stamp, mode.plain, false)
    else return this.requestIfFree(stamp, mode)
    if (!ifFree) return
    this.site.isAbandoned = true
    this.outside.refused()
  }

  receive(from: NodeId, message: Message): void {
    this.own.receive(from, message)
    this.giveBack()
  }

  release(): void {
    this.own.release()
    this.giveBack()
  }

  cancel(): void {
    if (this.own.cancel !== undefined) this.own.cancel()
    else this.site.isAbandoned = true
    this.giveBack()
  }

  wake(): void {
    this.own.wake?.()
    this.giveBack()
  }

  wanted(): boolean {
    return this.own.wanted?.() ?? true
  }

  mayHold(peer: NodeId): boolean {
    return this.own.mayHold?.(peer) ?? true
  }

  idle(): boolean {
    return !this.site.isAbandoned && (this.own.idle?.() ?? false)
  }

  rest(): void {
    this.own.rest?.()
  }

  describe(): Description {
    return this.own.describe?.() ?? { token: false, permissions: [] }
  }

  /** The grant is held back until the algorithm knows whether it came before `request` returned. */
  private requestIfFree(stamp: Stamp, mode: Mode): void {
    this.site.isAbandoned = true
    this.own.request(stamp, mode.plain, false)
    if (this.site.mustGiveBack) {
      this.site.mustGiveBack = false
      return this.outside.granted()
    }
    if (this.site.isAbandoned && this.own.cancel !== undefined) {
      this.site.isAbandoned = false
      this.own.cancel()
    }
    this.outside.refused()
  }

  /** Only once the author's own code has returned: it must not be called while it is at work. */
  private giveBack(): void {
    while (this.site.mustGiveBack) {
      this.site.mustGiveBack = false
      this.own.release()
    }
  }
}
