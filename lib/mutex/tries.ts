/**
 * This file answers tries (`ifFree`) at the end of a queue, in the algorithms whose token follows a pointer: the last site in the
 * queue answers a try. If it has the token unused it gives it, and if it is inside or waits the answer is no. But the last place
 * may be a withdrawn one: no request waits there, and yet the token is elsewhere. The site cannot know whether another request is
 * before its place, or whether the token is about to come. It asks every site: a site that is inside or waits says `taken`, and
 * if none does, nothing keeps the token from coming. A site that is neither now but could still enter before remembers the
 * question as a *hope* to disappoint.
 */
import type { NodeId } from '../base/ids.ts'
import type { Mode } from '../base/mode.ts'
import { sameStamp, type Stamp } from '../clock/stamp.ts'
import type { Common } from './common-messages.ts'
import type { Site } from './contract.ts'

/** A request to enter. */
export interface Wanted {
  readonly stamp: Stamp
  readonly mode: Mode
  /** It is a try: refused instead of kept waiting. */
  readonly ifFree: boolean
}

/** The tries that one site knows of and has not answered. */
export class Tries {
  protected readonly site: Site<Common<'anybody' | 'taken' | 'busy'>>
  /** The tries that came to this site's withdrawn place. */
  private readonly parked: Wanted[] = []
  /** Those at other places which depend on no request entering here. */
  private readonly hopes: { readonly at: NodeId; readonly stamp: Stamp }[] = []

  constructor(site: Site<Common<'anybody' | 'taken' | 'busy'>>) {
    this.site = site
  }

  get isEmpty(): boolean {
    return this.parked.length === 0 && this.hopes.length === 0
  }

  /** A try that came to this withdrawn place waits here for the token, or for the `taken` of another site. */
  park(wanted: Wanted): void {
    this.parked.push(wanted)
    this.askAnybody(wanted.stamp)
  }

  /** A site that is inside or waits says so to this site. */
  askAnybody(stamp: Stamp): void {
    const question = { kind: 'anybody', stamp } as const
    const asked = this.site.peers.filter((peer) => peer !== stamp.id)
    this.site.broadcast(asked, question)
  }

  /** Another site asks for the try at its place: `now` this site is inside or waits, or `later` it might be. */
  answer(from: NodeId, stamp: Stamp, isTaken: 'now' | 'later' | 'no'): void {
    if (isTaken === 'now') this.site.send(from, { kind: 'taken', stamp })
    else if (isTaken === 'later') this.hopes.push({ at: from, stamp })
  }

  /** This site enters, or waits again at its place: before all of them. */
  disappoint(): void {
    this.refuse()
    for (const { at, stamp } of this.hopes.splice(0)) this.site.send(at, { kind: 'taken', stamp })
  }

  /** The token leaves this site, or has rested here for long: no request enters here now. */
  forgetHopes(): void {
    this.hopes.length = 0
  }

  /** Refuses the tries parked here, or only the try that another site refused. */
  refuse(only?: Stamp): void {
    for (const wanted of this.parked.splice(0)) {
      const { stamp } = wanted
      if (only === undefined || sameStamp(only, stamp)) this.site.send(stamp.id, { kind: 'busy', stamp })
      else this.parked.push(wanted)
    }
  }

  /** The token has come here unused: all that are parked here. */
  takeAll(): readonly Wanted[] {
    return this.parked.splice(0)
  }

  /** The token has come here unused: the first try parked here gets it, the others are refused. */
  takeFirst(): Wanted | null {
    const first = this.parked.shift() ?? null
    this.refuse()
    return first
  }
}
